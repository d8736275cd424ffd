import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { CELL_FLAGS, type Notebook, readNotebook } from '../../src/jupyter/index.ts';
import { SOLUTIONS } from './solutions.ts';
import { program } from '../helpers/programs.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const execute = promisify(execFile);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a code that is not 0 is a value. */
export async function ran(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd = root,
): Promise<Ran> {
  try {
    return { code: 0, ...(await execute(file, args, { cwd, env, maxBuffer: 1 << 26 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
}

export const chatLab = (...args: string[]): Promise<Ran> =>
  ran(process.execPath, [...CELL_FLAGS, program('bin/chat-lab'), ...args]);

/** A notebook of code cells. */
export function notebookOf(...sources: string[]): string {
  const cells = sources.map((source, at) => ({
    ...{ cell_type: 'code', id: `cell-${at + 1}`, metadata: {}, source },
    ...{ execution_count: null, outputs: [] },
  }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

const LOOPS = [
  'setTimeout(() => { for (;;); }, 1)',
  'process.nextTick(() => { for (;;); })',
  "(await import('node:net')).createServer().listen(0, () => { for (;;); })",
];

/** Cells whose callbacks never return, each in another place of Node's event loop, between two that must run. */
export function busyNotebook(): string {
  const sources = ['kept = 7', ...LOOPS.map((code) => `${code}; await sleep(1e9)`), 'kept'];
  const notebook = JSON.parse(notebookOf(...sources)) as { cells: { metadata: object }[] };
  for (const cell of notebook.cells.slice(1, -1)) cell.metadata = { tags: ['raises-exception'] };
  return JSON.stringify(notebook);
}

export function expectAllEnded(file: string): void {
  const outputs = readNotebook(file).cells.map((cell) => cell.outputs ?? []);
  const ends = outputs.slice(1, -1).map(([first]) => [first?.output_type, first?.['ename']]);
  expect(ends).toEqual(LOOPS.map(() => ['error', 'Interrupted']));
  expect(outputs.at(-1)).toMatchObject([{ data: { 'text/plain': ['7'] } }]);
}

/** `01-one-connection.ipynb` and so on. */
export const NAMES = readdirSync(join(root, 'notebooks/src')).map((name) => name.replace(/\.md$/, '.ipynb'));

/** One of the kit's notebooks with answers in it: those of `answers`, by exercise, else the right or the wrong ones. */
export function answered(
  language: 'en' | 'zh',
  name: string,
  which: 'right' | 'wrong',
  answers: Readonly<Record<string, string>> = {},
): Notebook {
  const notebook = readNotebook(join(root, 'notebooks', language, name));
  for (const cell of notebook.cells) {
    const solution = SOLUTIONS.find(({ exercise }) => cell.id === `answer-${exercise}`);
    if (solution) cell.source = answers[solution.exercise] ?? solution[which];
  }
  return notebook;
}

/** Writes a notebook into a folder that may not be there yet, as a student's copy: nothing of the kit lies beside it. */
export function placed(folder: string, name: string, notebook: Notebook): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(notebook));
  return file;
}

/** Does `work` for each, so many at a time: notebooks mostly wait. */
export async function each<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
