/**
 * What decides a verdict besides the submission, as digests: the kit's own code and labs, the task, its limits, and the
 * lecturer's files. A grade stands as long as none of them changes, and a regrade says which one did.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDescription } from '../../wire/index.ts';
import type { SandboxLimits } from '../../host/index.ts';
import type { Task } from './class-file.ts';

const SOURCE = fileURLToPath(new URL('../../', import.meta.url));
const TOP = fileURLToPath(new URL('../../../', import.meta.url));

/** Rooms that show or teach, and judge nothing; but a notebook is run again by the rooms that run it for its student. */
const JUDGE_NOTHING = { notebook: ['dash'], other: ['dash', 'jupyter', 'repl'] } as const;

export const RULES = ['kit', 'task', 'limits', 'files'] as const;
export type Rule = (typeof RULES)[number];

/** Sixteen digits of a digest for each rule. */
export type Rules = Readonly<Record<Rule, string>>;

const digest = (parts: Iterable<string | Uint8Array>): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
};

function* filesBelow(folder: string, skip: readonly string[]): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (skip.includes(relative(SOURCE, path))) continue;
    if (entry.isDirectory()) yield* filesBelow(path, skip);
    else if (/\.(ts|js|yaml|ipynb)$/.test(entry.name)) yield path;
  }
}

/** The code that judges, the labs and the protocols, as they lie on the disk now: an edited check is another check. */
export function kitDigest(
  version: string,
  judges: keyof typeof JUDGE_NOTHING = 'other',
  labs = join(TOP, 'labs'),
): string {
  const lessons = judges === 'notebook' ? [join(TOP, 'notebooks')] : [];
  const files = [SOURCE, labs, join(TOP, 'protocols'), ...lessons].flatMap((folder) => [
    ...filesBelow(folder, JUDGE_NOTHING[judges]),
  ]);
  return digest([version, ...files.flatMap((file) => [relative(TOP, file), readFileSync(file)])]);
}

/** `kit` is from `kitDigest` for tasks of that kind, once for a whole class. */
export function rulesOf(kit: string, task: Task, limits: SandboxLimits): Rules {
  return {
    kit,
    task: digest([JSON.stringify({ ...task, ...placeless(task) })]),
    limits: task.kind === 'report' ? '' : digest([JSON.stringify(limits)]),
    files: digest(lecturersFiles(task)),
  };
}

/** A file counts by what is in it and not by where the class lies. */
function placeless(task: Task): Record<string, string> {
  if (task.kind === 'client' && isAbsolute(task.script)) return { script: 'beside class.yaml' };
  return {};
}

function lecturersFiles(task: Task): string[] {
  if (task.kind !== 'server' && task.kind !== 'client') return [];
  // A description within the submission is part of the submission's own digest.
  const own = /\.ya?ml$/.test(task.protocol) && !isAbsolute(task.protocol);
  const script = task.kind === 'client' && isAbsolute(task.script) ? [readFileSync(task.script, 'utf8')] : [];
  return [...(own ? [] : [readDescription(task.protocol).text]), ...script];
}

/** As it stands in the database, `kit=… task=…`. */
export const rulesText = (rules: Rules): string => RULES.map((rule) => `${rule}=${rules[rule]}`).join(' ');

/** The rules that differ between two such texts. */
export function changedRules(before: string, after: string): Rule[] {
  const values = (text: string): Map<string, string> =>
    new Map(text.split(' ').map((part) => part.split('=') as [string, string]));
  const [old, now] = [values(before), values(after)];
  return RULES.filter((rule) => old.get(rule) !== now.get(rule));
}
