/** adjustments.yaml: what a lecturer changes of what the grader said, and why. docs/GRADING.md shows a whole one. */
import { z } from 'zod';
import { english, shapeSentence } from '../../bytes/index.ts';
import { type Adjustment, type Change, same, type Text } from '../../check/index.ts';
import {
  type Path,
  type Problem,
  problemsError,
  readSource,
  reporter,
  type Source,
  type SourceKind,
} from '../../wire/index.ts';

/** A class of hundreds, and a reason for each. */
const KIND: SourceKind = {
  mostCharacters: 2 * 1024 ** 2,
  longHint: english('Check that this is the right file.'),
  emptyHint: english('Leave the file out when there is nothing to adjust.'),
};
/** As much of a text as the class page shows of it. */
export const LONGEST_REASON = 400;
const LONGEST_NAME = 300;
const MOST_POINTS = 1_000_000;
const HINT = english('docs/GRADING.md, "Adjustments", shows a whole file.');

/** Several lines of YAML are one sentence. */
const sentence = (most: number) =>
  z
    .string()
    .transform((words) => words.trim().replaceAll(/\s+/g, ' '))
    .pipe(z.string().min(1, 'say it in words').max(most, `at most ${most} characters`));
const reason = z.union([sentence(LONGEST_REASON), bilingual(LONGEST_REASON)], {
  error: `why, in 1 to ${LONGEST_REASON} characters, or { en: …, zh: … } with as many each`,
});
function bilingual(most: number) {
  return z.strictObject({ en: sentence(most), zh: sentence(most) });
}
const NAMED = 'a name or a number; one that begins with 0, or is longer than 15 digits, wants quotes';
const name = z
  .union(
    [
      z.string().min(1).max(LONGEST_NAME),
      // YAML would have rounded a longer one.
      z.number().refine((number) => Number.isSafeInteger(number) && number >= 0, NAMED),
    ],
    { error: NAMED },
  )
  .transform(String);
const points = z.number().min(0).max(MOST_POINTS);

const OF_A_GRADE = {
  check: name.optional(),
  points: points.optional(),
  add: z.number().min(-MOST_POINTS).max(MOST_POINTS).optional(),
  excused: z.literal(true).optional(),
  bonus: z.literal(true).optional(),
  grader: points.optional(),
  reason,
  by: sentence(100).optional(),
  at: z
    .string()
    .regex(
      /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/,
      'a date, 2026-11-26, or a time, 2026-11-26T09:30Z',
    )
    .optional(),
};
const ENTRIES = {
  /** Of one grade, which says itself whose it is. */
  grade: z.array(z.strictObject(OF_A_GRADE)),
  /** Of a class. */
  class: z.array(z.strictObject({ submission: name, task: name, ...OF_A_GRADE })),
} as const;
const KEYS = {
  grade: Object.keys(OF_A_GRADE),
  class: ['submission', 'task', ...Object.keys(OF_A_GRADE)],
} as const;

/** One entry of the file; `submission` and `task` are as they stand there, and empty in a file for one grade. */
export interface Entry extends Adjustment {
  readonly submission: string;
  readonly task: string;
  readonly path: Path;
  readonly line: number;
}

export interface Adjustments {
  readonly file: string;
  readonly entries: readonly Entry[];
  /** An error that names the places of these problems. */
  readonly error: (problems: readonly EntryProblem[]) => Error;
}

/** What is wrong with an entry, or with the value of one of its keys. */
export interface EntryProblem {
  readonly entry: Entry;
  readonly key?: 'submission' | 'task' | 'check' | 'points';
  readonly message: string;
}

export const NO_ADJUSTMENTS: Adjustments = {
  file: '',
  entries: [],
  error: () => new Error('no adjustments'),
};

/**
 * What a file says, not yet held against any grade; entries that adjust the same are refused by `sameTwice`, which needs
 * to know what names mean.
 *
 * @throws KitError `bad-yaml`, `bad-adjustments` (usage), each problem as `file:line:column: sentence`.
 */
export function readAdjustments(text: string, file: string, of: keyof typeof ENTRIES): Adjustments {
  if (text.split('\n').every((line) => /^\s*(#.*)?\r?$/.test(line)))
    return { file, entries: [], error: () => problemsError('bad-adjustments', file, [], HINT) };
  const source = readSource(text, file, KIND);
  const problems: Problem[] = [];
  const report = reporter(source, problems);
  const error = (found: readonly EntryProblem[]): Error => {
    for (const { entry, key, message } of found)
      report(key === undefined ? entry.path : [...entry.path, key], english(message));
    return problemsError('bad-adjustments', file, problems, HINT);
  };
  const parsed = ENTRIES[of].safeParse(source.value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const path = issue.path.filter((step) => typeof step !== 'symbol');
      const stranger = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
      report([...path, ...stranger], english(shapeSentence(issue, source.value, KEYS[of]).en));
    }
    throw error([]);
  }
  const entries = parsed.data.map((raw, index) => entryOf(raw, index, source));
  const faults = entries.flatMap((entry, index) => faultsOf(parsed.data[index] ?? {}, entry));
  if (faults.length > 0) throw error(faults);
  return { file, entries, error };
}

type Raw = z.infer<(typeof ENTRIES)['grade']>[number] & { submission?: string; task?: string };

function entryOf(raw: Raw, index: number, source: Source): Entry {
  const { submission = '', task = '', check, by, at, grader, bonus } = raw;
  return {
    ...{ submission, task, path: [index], line: source.locate([index]).line },
    ...{ change: changeOf(raw), bonus: bonus === true, reason: reasonOf(raw.reason) },
    ...(check === undefined ? {} : { check }),
    ...(by === undefined ? {} : { by }),
    ...(at === undefined ? {} : { at }),
    ...(grader === undefined ? {} : { upon: grader }),
  };
}

const reasonOf = (words: string | Text): Text => (typeof words === 'string' ? same(words) : words);

function changeOf({ points: set, add }: Raw): Change {
  if (set !== undefined) return { kind: 'points', points: set };
  return add === undefined ? { kind: 'excused' } : { kind: 'add', points: add };
}

function faultsOf(raw: Partial<Raw>, entry: Entry): EntryProblem[] {
  const given = (['points', 'add', 'excused'] as const).filter((key) => raw[key] !== undefined);
  if (given.length === 1) return [];
  const message =
    given.length === 0
      ? 'what is adjusted? Give points: N, add: N (or −N), or excused: true'
      : `${given.join(' and ')} cannot stand together: give one of them`;
  return [{ entry, message }];
}

/** Entries that adjust what one before them adjusts. `key` says what an entry adjusts. */
export function sameTwice(entries: readonly Entry[], key: (entry: Entry) => string): EntryProblem[] {
  const first = new Map<string, Entry>();
  return entries.flatMap((entry) => {
    const before = first.get(key(entry));
    if (before === undefined) first.set(key(entry), entry);
    return before === undefined
      ? []
      : [{ entry, message: `line ${before.line} adjusts the same already; put both into one entry` }];
  });
}
