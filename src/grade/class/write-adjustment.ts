/** One adjustment more in the lecturer's file, with what the grader gives now, so that a later change is noticed. */
import { existsSync } from 'node:fs';
import { dump } from 'js-yaml';
import { english, KitError, safeText } from '../../bytes/index.ts';
import { adjustGrade, type Grade } from '../../check/index.ts';
import { writeOrdinaryFile } from '../../files/index.ts';
import { type Adjustments, readAdjustments } from '../adjustments/file.ts';
import { problemOf, remarkOf } from '../adjustments/notes.ts';
import { readTextFile } from '../lecturers-file.ts';
import { whoseAdjustments } from './adjusted.ts';
import { readClassFile } from './class-file.ts';
import { Store } from './store.ts';
import { findSubmissions, whoseIs } from './submissions.ts';

/** As an entry of the file; exactly one of `points`, `add` and `excused`. */
export interface NewAdjustment {
  readonly submission: string;
  readonly task: string;
  readonly check?: string;
  readonly points?: number;
  readonly add?: number;
  readonly excused?: true;
  readonly bonus?: true;
  readonly reason: string;
  readonly by?: string;
  readonly at: string;
}

export interface Places {
  /** The folder of the submissions. */
  readonly directory: string;
  /** class.yaml. */
  readonly file: string;
  readonly adjustments: string;
  readonly database: string;
}

export interface Written {
  readonly submission: string;
  readonly line: number;
  /** As it counts now, all adjustments of it made. */
  readonly grade: Grade;
  readonly remarks: readonly string[];
}

const HEAD = '# What I change of what the grader said, and why: docs/GRADING.md, "Adjustments".\n';

/**
 * Nothing is written unless the file as a whole is right with it.
 *
 * @throws KitError (usage) `not-graded`, `bad-adjustments`, `bad-yaml`, `bad-class`, `unreadable-file`.
 */
export async function writeAdjustment(places: Places, wanted: NewAdjustment): Promise<Written> {
  const { directory, file, adjustments, database } = places;
  const classFile = readClassFile(readTextFile(file), file);
  const student = new RegExp(classFile.student);
  const submissions = findSubmissions(directory).map((name) => whoseIs(name, student));
  const resolved = (all: Adjustments): Adjustments => whoseAdjustments(all, submissions, classFile);
  const typed = resolved(unplaced(readAdjustments(dump([wanted]), 'the adjustment', 'class')));
  const [entry] = typed.entries;
  const graded = entry === undefined ? undefined : await latest(database, entry.submission, entry.task);
  if (entry === undefined || graded === undefined)
    throw new KitError(
      'not-graded',
      english(`${safeText(wanted.task)} of ${safeText(wanted.submission)} has no grade yet`),
      {
        fault: 'usage',
        hint: english('labs/grade class grades it first.'),
      },
    );
  refuse(typed, graded);

  const of = entry.check === undefined ? graded.score : graded.checks.find(({ id }) => id === entry.check);
  const before = existsSync(adjustments) ? readTextFile(adjustments) : HEAD;
  const more = dump([{ ...wanted, submission: entry.submission, grader: of?.points ?? 0 }], {
    lineWidth: 100,
  });
  const after = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${more}`;
  const all = resolved(appended(before, after, adjustments, more));
  const own = all.entries.filter(
    ({ submission, task }) => submission === entry.submission && task === entry.task,
  );
  const { grade, notes } = refuse({ ...all, entries: own }, graded);
  writeOrdinaryFile(adjustments, after);
  return {
    ...{ submission: entry.submission, grade, line: own.at(-1)?.line ?? 0 },
    remarks: notes.flatMap((note) => remarkOf(note, adjustments) ?? []),
  };
}

/** What was typed on a command line has no lines to name. */
const unplaced = (all: Adjustments): Adjustments => ({
  ...all,
  error: (problems) =>
    new KitError('bad-adjustments', english(problems.map(({ message }) => message).join('\n')), {
      fault: 'usage',
      hint: english('Nothing was written.'),
    }),
});

function refuse(
  { entries, error }: Adjustments,
  grade: Grade,
): ReturnType<typeof adjustGrade<(typeof entries)[number]>> {
  const adjusted = adjustGrade(grade, entries);
  const problems = adjusted.notes.flatMap((note) => problemOf(note) ?? []);
  if (problems.length > 0) throw error(problems);
  return adjusted;
}

/** A file that is right, but no list of entries that begin with a dash, cannot be written on. */
function appended(before: string, after: string, file: string, more: string): Adjustments {
  readAdjustments(before, file, 'class');
  try {
    return readAdjustments(after, file, 'class');
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'bad-yaml') throw error;
    throw new KitError('bad-adjustments', english(`nothing can be written behind what stands in ${file}`), {
      fault: 'usage',
      hint: english(`Write it in yourself:\n${more}`),
      cause: error,
    });
  }
}

async function latest(database: string, submission: string, task: string): Promise<Grade | undefined> {
  if (!existsSync(database)) return undefined;
  const store = await Store.open(database);
  try {
    return store.history(submission, task, 1)[0]?.grade;
  } finally {
    store.close();
  }
}
