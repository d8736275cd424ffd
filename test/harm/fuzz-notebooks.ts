/**
 * Notebooks from strangers: the kit's own, answered, with values of their JSON changed, repeated, moved and taken out, and
 * characters of the file itself; and some made to cost time and memory. Each is a notebook, whose exam can be set and
 * whose results can be read, or is refused with a KitError. No cell runs here: what a cell does is the sandbox's matter.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '../../src/bytes/index.ts';
import { examOf, notebookText, readNotebook, resultsOf } from '../../src/jupyter/index.ts';
import type { Allowances } from './effort.ts';
import { harmed } from './fuzz-captures.ts';
import { fuzzInputs, type InputFigures, type InputPlan } from './fuzz-inputs.ts';
import type { Chance } from './random.ts';

const FOLDER = fileURLToPath(new URL('../../notebooks/en/', import.meta.url));
/** For each exam the kit's own notebooks are read again, in both languages. */
const ALLOWED: Allowances = {
  allocatedBytes: { base: 256 * 1024 ** 2, perByte: 256 },
  cpuUs: { base: 30_000_000, perByte: 20 },
};
const LONGEST_ERROR = 2_000;

export interface NotebookFigures extends InputFigures {
  readonly read: number;
  readonly exams: number;
  readonly refused: number;
}

/** Throws when something does not hold, with the seed that shows it again. */
export function fuzzNotebooks(count: number, seed: number): NotebookFigures {
  const folder = mkdtempSync(join(tmpdir(), 'notebooks '));
  const file = join(folder, 'handed-in.ipynb');
  const figures = { read: 0, exams: 0, refused: 0 };
  const seeds = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.ipynb'))
    .map((name) => readFileSync(FOLDER + name, 'utf8'));
  const plan: InputPlan<Uint8Array> = {
    kind: 'notebook',
    named: bombs(seeds[0] ?? '').map(([name, text]) => [name, Buffer.from(text)] as const),
    byChance: (chance) => {
      const text = chance.of(seeds);
      return chance.below(4) === 0
        ? harmed(Buffer.from(text), chance)
        : Buffer.from(JSON.stringify(spoilt(JSON.parse(text), chance)));
    },
    lengthOf: ({ length }) => length,
    allowed: ALLOWED,
    judge: (bytes) => {
      writeFileSync(file, bytes);
      const end = examined(file);
      if (end !== 'refused') figures.read++;
      if (end === 'exam') figures.exams++;
      if (end === 'refused') figures.refused++;
    },
  };
  try {
    return { ...fuzzInputs(plan, count, seed), ...figures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As `grade notebook` reads it, up to where the sandbox begins. */
function examined(file: string): 'exam' | 'no exam' | 'refused' {
  try {
    const notebook = readNotebook(file);
    resultsOf(notebook);
    notebookText(notebook);
    return isExam(() => examOf(notebook, file)) ? 'exam' : 'no exam';
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'bad-notebook') throw error;
    if (error.message.length > LONGEST_ERROR)
      throw new Error(`an error of ${error.message.length} characters`, { cause: error });
    return 'refused';
  }
}

function isExam(set: () => { readonly exercises: readonly unknown[] }): boolean {
  try {
    return set().exercises.length > 0;
  } catch (error) {
    if (error instanceof KitError && error.code === 'unknown-notebook') return false;
    throw error;
  }
}

const ODD: readonly unknown[] = [
  ...[null, true, -1, 0, 1e308, 4, 5, '', 'code', 'markdown', [], {}, [[]], { cells: [] }],
  ...['__proto__', 'constructor', '\u202e', '\x1b[2J', '\ud800', 'answer-01-a', "exercise('01-a'"],
  'x'.repeat(10_000),
];

/** One to four changes, each to a value somewhere in it. */
function spoilt(value: unknown, chance: Chance): unknown {
  for (let left = 1 + chance.below(4); left > 0; left--) value = spoiltOnce(value, chance);
  return value;
}

function spoiltOnce(value: unknown, chance: Chance): unknown {
  if (typeof value !== 'object' || value === null || chance.below(12) === 0) return chance.of(ODD);
  if (Array.isArray(value)) {
    const items = value as unknown[];
    if (items.length === 0) return [chance.of(ODD)];
    const at = chance.below(items.length);
    const other = items[chance.below(items.length)];
    const kind = chance.below(8);
    if (kind === 0) return items.toSpliced(at, 1);
    if (kind === 1) return items.toSpliced(at, 0, other);
    if (kind === 2) return items.toSpliced(at, 1, other);
    return items.with(at, spoiltOnce(items[at], chance));
  }
  const entries = Object.entries(value);
  const at = chance.below(Math.max(1, entries.length));
  const [key, inner] = (entries[at] ?? ['', null]) as [string, unknown];
  const kind = chance.below(8);
  const rest = entries.filter(([name]) => name !== key);
  if (kind === 0) return Object.fromEntries(rest);
  return Object.fromEntries([
    ...rest,
    [kind === 1 ? String(chance.of(ODD)) : key, spoiltOnce(inner, chance)],
  ]);
}

const MIB = 1024 ** 2;

/** By name: what costs time, memory or the stack. `text` is a notebook of the kit. */
function bombs(text: string): [string, string][] {
  const notebook = JSON.parse(text) as { cells: object[] };
  const withCells = (...cells: object[]): string =>
    JSON.stringify({ ...notebook, cells: [...notebook.cells, ...cells] });
  const code = (source: unknown, more: object = {}): object => ({
    ...{ cell_type: 'code', id: 'x', metadata: {}, source, execution_count: null, outputs: [] },
    ...more,
  });
  return [
    ['nested deeply', `{"cells": ${'['.repeat(MIB)}${']'.repeat(MIB)}}`],
    ['nested deeply and cut off', `{"cells": ${'['.repeat(4 * MIB)}`],
    ['blanks before a word', withCells(code(`${' '.repeat(MIB)}x`))],
    ['a line without an end', withCells(code('x'.repeat(8 * MIB)))],
    ['lines without a word', withCells(code('\n'.repeat(4 * MIB)))],
    ['a source of a million lines', withCells(code(Array<string>(MIB).fill('\n')))],
    ['exercises without an end', withCells(code("exercise('".repeat(MIB / 4)))],
    ['exercises and blanks', withCells(code(`exercise(${' '.repeat(MIB)}`.repeat(4)))],
    ['five thousand cells', withCells(...Array.from({ length: 4_900 }, (_, at) => code(`x${at}`)))],
    ['more cells than are read', withCells(...Array.from({ length: 20_000 }, () => code('x')))],
    [
      'five thousand copies of one answer',
      withCells(...Array.from({ length: 4_900 }, () => code('x', { id: 'answer-01-a' }))),
    ],
    [
      'a megabyte in each of thirty cells',
      withCells(...Array.from({ length: 30 }, () => code(' x\n'.repeat(MIB / 3)))),
    ],
    ['a number of ten thousand digits', text.replace('"nbformat": 4', `"nbformat": ${'4'.repeat(10_000)}`)],
    [
      'an output of eight megabytes',
      withCells(
        code('x', { outputs: [{ output_type: 'stream', name: 'stdout', text: 'y'.repeat(8 * MIB) }] }),
      ),
    ],
    [
      'keys that are prototypes',
      withCells(
        code('x', { metadata: JSON.parse('{"__proto__": {"nbgrader": {"grade": true}}}') as object }),
      ),
    ],
    ['more than is read', `{"cells": [], "x": "${'x'.repeat(65 * MIB)}"}`],
  ];
}
