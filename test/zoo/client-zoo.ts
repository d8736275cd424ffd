/** The clients of the zoo: read from clients.yaml, made in a folder, ready to be graded. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { load } from 'js-yaml';
import { z } from 'zod';
import { type ClientScript, readClientScript } from '../../src/grade/index.ts';
import { apply, CHANGE } from './zoo.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BASE = z.enum(['py-menu', 'c-menu', 'js-words', 'py-lines', 'c-struct']);
type Base = z.infer<typeof BASE>;
const RIGHT = z.strictObject({ name: z.string(), base: BASE, style: z.string() });
const WRONG = z.strictObject({
  name: z.string(),
  base: BASE,
  fails: z.string(),
  also: z.array(z.string()).default([]),
  fault: z.string(),
  change: z.array(CHANGE),
});
export const clientZoo = z
  .strictObject({ right: z.array(RIGHT), wrong: z.array(WRONG) })
  .parse(load(readFileSync(join(HERE, 'clients.yaml'), 'utf8')));

const FILES = {
  'py-menu': 'py-menu.py',
  'c-menu': 'c-menu.c',
  'js-words': 'js-words.mjs',
  'py-lines': 'py-lines.py',
  'c-struct': 'c-struct.c',
} as const;

const PROTOCOLS: Partial<Record<Base, string>> = { 'py-lines': 'lines', 'c-struct': 'struct264' };
export const clientProtocol = (base: Base): string => PROTOCOLS[base] ?? 'clp';

/** What cannot be tried: a client that asks one question at a time has no answers that could be swapped. */
export const clientLacks = (base: Base): readonly string[] => (base === 'js-words' ? [] : ['swapped']);

/** The changed client in `folder`, compiled where that must be, and the script of its base. */
export async function buildClient(
  folder: string,
  { name, base, change = [] }: { name: string; base: Base; change?: z.infer<typeof CHANGE>[] },
): Promise<{ command: string[]; script: ClientScript; protocol: string }> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const file = join(home, FILES[base]);
  const source = readFileSync(join(HERE, 'clients', FILES[base]), 'utf8');
  writeFileSync(
    file,
    change.reduce((text, one) => apply(text, one, name), source),
  );
  const yaml = join(HERE, 'clients', `${base}.yaml`);
  const script = readClientScript(readFileSync(yaml, 'utf8'), yaml);
  const place = ['{host}', '{port}'];
  const protocol = clientProtocol(base);
  if (!file.endsWith('.c'))
    return {
      command: [base === 'js-words' ? process.execPath : 'python3', file, ...place],
      script,
      protocol,
    };
  const binary = join(home, 'client');
  await execa('cc', ['-std=gnu11', '-O1', '-o', binary, file]);
  return { command: [binary, ...place], script, protocol };
}
