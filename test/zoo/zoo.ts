/** The zoo's programs: read from zoo.yaml, made in a folder, ready to be graded. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { z } from 'zod';

const HERE = fileURLToPath(new URL('.', import.meta.url));
export const CHANGE = z.strictObject({
  from: z.string(),
  to: z.string(),
  /** How often `from` stands in the file, and which of them is changed. */
  times: z.number().default(1),
  nth: z.number().default(1),
});
const BASE = z.enum([
  'c-threads',
  'c-epoll',
  'py-threads',
  'py-selectors',
  'js-net',
  'c-struct264',
  'py-struct264',
]);
const WRONG = z.strictObject({
  name: z.string(),
  base: BASE,
  fails: z.string(),
  fault: z.string(),
  /** The change is in the file that both servers of the language share. */
  header: z.boolean().default(false),
  change: z.array(CHANGE),
});
const ZOO = z.strictObject({
  lacks: z.strictObject({ clp: z.array(z.string()), struct264: z.array(z.string()) }),
  right: z.array(z.strictObject({ name: z.string(), base: BASE, style: z.string() })),
  wrong: z.array(WRONG),
});
export type Wrong = z.infer<typeof WRONG>;
type Base = z.infer<typeof BASE>;

export const zoo = ZOO.parse(load(readFileSync(join(HERE, 'zoo.yaml'), 'utf8')));

const FILES: Record<Base, { file: string; shared: string | undefined }> = {
  'c-threads': { file: 'c-threads.c', shared: 'clp.h' },
  'c-epoll': { file: 'c-epoll.c', shared: 'clp.h' },
  'c-struct264': { file: 'c-struct264.c', shared: undefined },
  'py-struct264': { file: 'py-struct264.py', shared: undefined },
  'py-threads': { file: 'py-threads.py', shared: 'clp.py' },
  'py-selectors': { file: 'py-selectors.py', shared: 'clp.py' },
  'js-net': { file: 'js-net.mjs', shared: undefined },
};

/** Copies the base into `folder`, changes it, compiles it where that must be; the command that starts it. */
export async function build(
  folder: string,
  { name, base, change = [], header = false }: { name: string; base: Base } & Partial<Wrong>,
): Promise<string[]> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const { file, shared } = FILES[base];
  for (const one of [file, ...(shared === undefined ? [] : [shared])])
    cpSync(join(HERE, 'servers', one), join(home, one));
  const changed = join(home, header ? (shared ?? file) : file);
  writeFileSync(
    changed,
    change.reduce((text, one) => apply(text, one, name), readFileSync(changed, 'utf8')),
  );
  if (file.endsWith('.c')) {
    const args = ['-std=gnu11', '-O1', '-pthread', '-fstack-protector-strong', '-o', join(home, 'server')];
    await execa('cc', [...args, join(home, file)]);
    return [join(home, 'server'), '{port}'];
  }
  return [base === 'js-net' ? process.execPath : 'python3', join(home, file), '{port}'];
}

export const protocolOf = (base: Base): 'clp' | 'struct264' =>
  base.endsWith('struct264') ? 'struct264' : 'clp';

/** The text with the change made, which must fit. */
export function apply(text: string, { from, to, times, nth }: z.infer<typeof CHANGE>, name: string): string {
  const parts = text.split(from);
  if (parts.length !== times + 1)
    throw new Error(`${name}: ${JSON.stringify(from)} stands ${parts.length - 1} times in its base`);
  return [parts.slice(0, nth).join(from), parts.slice(nth).join(from)].join(to);
}

/** Runs `work` over all items, `width` at once. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
