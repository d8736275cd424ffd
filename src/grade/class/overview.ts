/** A class as its page and its table show it: students by checks. */
import { type Adjusted, type Grade, type GradedCheck, rounded, type Text } from '../../check/index.ts';
import type { Task } from './class-file.ts';
import { notebookFile } from './command-task.ts';
import type { ClassOutcome } from './class.ts';
import type { Matches } from './matches.ts';
import { HANDED_IN } from './task-grade.ts';
import { type CopySignal, copySignals } from './copies.ts';

export interface Student {
  readonly name: string;
  readonly student: string | null;
  /** Where it was handed in, and where its evidence lies below that, by task. */
  readonly source: string;
  /** By task. */
  readonly grades: ReadonlyMap<string, Grade>;
}

export interface Column {
  readonly task: string;
  readonly id: string;
  readonly title: Text;
}

export interface Overview {
  readonly title: string;
  readonly students: readonly Student[];
  readonly columns: readonly Column[];
  /** By task: where its evidence lies within a submission. */
  readonly folders: ReadonlyMap<string, string>;
  readonly copies: readonly CopySignal[];
  readonly interop: Matches;
}

export function overviewOf({ classFile, submissions, rows, interop }: ClassOutcome): Overview {
  const columns = new Map<string, Column>();
  // Task by task, in the order of class.yaml; within a task as the checks come.
  for (const { id: task } of classFile.tasks) {
    for (const { grade } of rows.filter((row) => row.task === task)) {
      for (const { id, title } of grade.checks) {
        const key = `${task}/${id}`;
        if (!columns.has(key)) columns.set(key, { task, id, title });
      }
    }
  }
  // What only a submission has that could not be graded comes behind the checks of its task.
  const last = (task: string, real: boolean): Column[] =>
    [...columns.values()].filter((column) => column.task === task && (column.id !== HANDED_IN) === real);
  return {
    title: classFile.class,
    interop,
    columns: classFile.tasks.flatMap(({ id }) => [...last(id, true), ...last(id, false)]),
    folders: new Map(classFile.tasks.flatMap((task) => handedInAt(task))),
    copies: copySignals(rows.map(({ submission, task, prints }) => ({ name: submission, task, prints }))),
    students: submissions.map(({ name, student, source }) => ({
      ...{ name, student, source },
      // In the order of class.yaml; rows come as they were done.
      grades: new Map(
        classFile.tasks.flatMap(({ id }) =>
          rows.flatMap((row) =>
            row.submission === name && row.task === id ? [[id, row.grade] as const] : [],
          ),
        ),
      ),
    })),
  };
}

/** Where in a submission the evidence of a task lies, for a link. */
function handedInAt(task: Task): [string, string][] {
  if (task.kind === 'report') return [[task.id, task.folder]];
  return task.kind === 'notebook' ? [[task.id, notebookFile(task)]] : [];
}

/** What counts; and, where a lecturer adjusted any of it, what the grader gave. */
export function sumOf(grades: readonly Grade[]): Grade['score'] {
  const sum = (key: 'points' | 'of', of: (grade: Grade) => Grade['score']): number =>
    rounded(grades.reduce((all, grade) => all + of(grade)[key], 0));
  const counting = ({ score }: Grade): Grade['score'] => score;
  const bare = ({ score }: Grade): Grade['score'] => score.grader ?? score;
  return {
    ...{ points: sum('points', counting), of: sum('of', counting) },
    ...(grades.some(({ score }) => score.grader !== undefined)
      ? { grader: { points: sum('points', bare), of: sum('of', bare) } }
      : {}),
  };
}

/** A check as it counts in its class: one of a task that is excused as a whole is excused with it. */
export function checkOf({ grades }: Pick<Student, 'grades'>, { task, id }: Column): GradedCheck | undefined {
  const grade = grades.get(task);
  const check = grade?.checks.find((each) => each.id === id);
  if (check === undefined || grade?.adjusted?.change.kind !== 'excused') return check;
  const grader = check.adjusted?.grader ?? { points: check.points, of: check.maxPoints };
  return { ...check, points: 0, adjusted: { ...grade.adjusted, grader } };
}

/** One adjustment and what it came to; without `check` it is of the task as a whole. */
export interface Adjustment {
  readonly task: string;
  readonly check: { readonly id: string; readonly title: Text } | undefined;
  readonly adjusted: Adjusted;
  readonly points: number;
  readonly of: number;
}

/** Of one student, task by task: those of checks, then that of the whole. */
export function adjustmentsOf({ grades }: Pick<Student, 'grades'>): Adjustment[] {
  return [...grades].flatMap(([task, { checks, score, adjusted }]) => [
    ...checks.flatMap(({ adjusted: own, points, maxPoints, id, title }) =>
      own === undefined ? [] : [{ task, check: { id, title }, adjusted: own, points, of: maxPoints }],
    ),
    ...(adjusted === undefined
      ? []
      : [{ task, check: undefined, adjusted, points: score.points, of: score.of }]),
  ]);
}
