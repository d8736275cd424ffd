/** The adjustments of a class, made on what its grader said. */
import { createHash } from 'node:crypto';
import { safeText } from '../../bytes/index.ts';
import { adjustGrade } from '../../check/index.ts';
import { type Adjustments, type Entry, type EntryProblem, sameTwice } from '../adjustments/file.ts';
import { problemOf, remarkOf, unknownName } from '../adjustments/notes.ts';
import type { ClassFile } from './class-file.ts';
import type { Row, Store } from './store.ts';
import type { Submission } from './submissions.ts';

export interface AdjustedRows {
  readonly rows: readonly Row[];
  /** How many adjustments were made, and on how many submissions. */
  readonly made: number;
  readonly submissions: number;
  /** Those to be looked at again, and why. */
  readonly remarks: readonly string[];
}

/**
 * The same adjustments with each submission under its name, also where the file has the student's number.
 *
 * @throws KitError `bad-adjustments` (usage): a submission or a task that there is not, or what is adjusted twice.
 */
export function whoseAdjustments(
  adjustments: Adjustments,
  submissions: readonly Pick<Submission, 'name' | 'student'>[],
  { tasks }: Pick<ClassFile, 'tasks'>,
): Adjustments {
  const problems: EntryProblem[] = [];
  const ids = tasks.map(({ id }) => id);
  const entries = adjustments.entries.map((entry): Entry => {
    if (!ids.includes(entry.task))
      problems.push({ entry, key: 'task', message: unknownName('task', entry.task, ids) });
    const submission = named(entry.submission, submissions);
    if (typeof submission === 'string') return { ...entry, submission };
    problems.push({ entry, key: 'submission', ...submission });
    return entry;
  });
  if (problems.length === 0)
    problems.push(
      ...sameTwice(entries, ({ submission, task, check }) => JSON.stringify([submission, task, check])),
    );
  if (problems.length > 0) throw adjustments.error(problems);
  return { ...adjustments, entries };
}

function named(
  wanted: string,
  submissions: readonly Pick<Submission, 'name' | 'student'>[],
): string | { readonly message: string } {
  if (submissions.some(({ name }) => name === wanted)) return wanted;
  const [one, ...more] = submissions.filter(({ student }) => student === wanted);
  if (one !== undefined && more.length === 0) return one.name;
  const names = (all: readonly { name: string }[]): string[] => all.map(({ name }) => name);
  if (one === undefined) return { message: unknownName('submission', wanted, names(submissions)) };
  return {
    message: `${more.length + 1} submissions have the number ${wanted}: ${names([one, ...more])
      .map(safeText)
      .join(', ')}; name one of them`,
  };
}

/**
 * `rows` as they count. The store remembers what the grader had given when it saw an adjustment first, so that a regrade
 * which gives other points is noticed also where the file does not say.
 *
 * @throws KitError `bad-adjustments` (usage): a check that there is not, or more points than there are.
 */
export function adjustRows(rows: readonly Row[], adjustments: Adjustments, store: Store): AdjustedRows {
  const { file, entries, error } = adjustments;
  const results = rows.map((row) => {
    const own = entries
      .filter(({ submission, task }) => submission === row.submission && task === row.task)
      .map((entry): Entry => ({ ...entry, ...uponOf(entry, row, store) }));
    const { grade, notes } = adjustGrade(row.grade, own);
    return { row: { ...row, grade }, notes };
  });
  const notes = results.flatMap((result) => result.notes);
  const problems = notes.flatMap((note) => problemOf(note) ?? []);
  if (problems.length > 0) throw error(problems);
  const adjusted = results.filter(({ row }) => row.grade.score.grader !== undefined).map(({ row }) => row);
  store.setAdjusted(adjusted);
  return {
    rows: results.map(({ row }) => row),
    made: entries.length,
    submissions: new Set(entries.map(({ submission }) => submission)).size,
    remarks: notes.flatMap((note) => remarkOf(note, file) ?? []),
  };
}

/** The grader's points that an adjustment was decided upon: those that it names, or those when it was first seen. */
function uponOf(entry: Entry, { grade, submission, task }: Row, store: Store): { upon?: number } {
  if (entry.upon !== undefined) return { upon: entry.upon };
  const { check, change, bonus, reason, by = '', at = '' } = entry;
  const of = check === undefined ? grade.score : grade.checks.find(({ id }) => id === check);
  if (of === undefined) return {};
  const words = JSON.stringify([submission, task, check ?? '', change, bonus, reason, by, at]);
  return { upon: store.firstSeen(createHash('sha256').update(words).digest('hex'), of.points) };
}
