import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alike, KitError, text } from '../bytes/index.ts';
import type { LabCode } from './definition.ts';
import { type LabFile, readLabFile } from './lab-file.ts';
import { siblingProgram } from './programs.ts';

const FOLDER = new URL('../../labs/', import.meta.url);

export interface Lab {
  readonly file: LabFile;
  readonly code: LabCode;
}

/** The labs that exist, in their order. */
export function labNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(new URL(`${name}/lab.yaml`, FOLDER)))
    .sort();
}

/**
 * A lab by its name or by its number (`3` or `03` for `03-time-100x`).
 *
 * @throws KitError `unknown-lab` (usage) that names those that exist, and the one that it is like.
 */
export function labName(wanted: string): string {
  const names = labNames();
  const found = names.find((name) => name === wanted || Number(name.slice(0, 2)) === Number(wanted || NaN));
  if (found !== undefined) return found;
  const like = alike(wanted, names);
  throw new KitError(
    'unknown-lab',
    text(
      `there is no lab ${wanted}; there are ${names.join(', ')}`,
      `没有实验 ${wanted}；有 ${names.join('、')}`,
    ),
    {
      fault: 'usage',
      hint:
        like === undefined
          ? text('Give its name, or its number: labs/run 3', '请给出实验的名称或编号：labs/run 3')
          : text(`Did you mean: labs/run ${like}`, `是不是：labs/run ${like}`),
    },
  );
}

export async function loadLab(name: string): Promise<Lab> {
  const folder = new URL(`${labName(name)}/`, FOLDER);
  const yaml = new URL('lab.yaml', folder);
  const file = readLabFile(readFileSync(yaml, 'utf8'), fileURLToPath(yaml));
  const code = siblingProgram('lab', folder.href);
  const module = (await import(code)) as { default: LabCode };
  const pairs = [
    ['checks', file.checks, module.default.checks],
    ['answers', file.answers ?? [], module.default.answers ?? {}],
  ] as const;
  for (const [what, texts, rules] of pairs) {
    const strangers = Object.keys(rules).filter((id) => !texts.some((each) => each.id === id));
    const missing = texts.map(({ id }) => id).filter((id) => !(id in rules));
    if (strangers.length + missing.length === 0) continue;
    throw new KitError(
      'bad-lab',
      `${name}: lab.yaml and lab.ts do not have the same ${what}: ${[...strangers, ...missing].join(', ')}`,
    );
  }
  const asked = (file.predictions ?? []).map(({ id }) => id).sort();
  const told = Object.keys(module.default.outcomes ?? {}).sort();
  if (asked.join() !== told.join()) {
    throw new KitError(
      'bad-lab',
      `${name}: lab.yaml asks for predictions of ${asked.join(', ') || 'nothing'}, lab.ts tells ${told.join(', ') || 'nothing'}`,
    );
  }
  return { file, code: module.default };
}
