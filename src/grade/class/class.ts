/** A whole class: every task of every submission, several at once, each result kept as soon as it is there. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { KitError } from '../../bytes/index.ts';
import { findProgram } from '../../host/index.ts';
import { readClientScript } from '../clients/script.ts';
import { type Change, changeBetween } from './changes.ts';
import { type ClassFile, readClassFile, type Task } from './class-file.ts';
import { Store } from './store.ts';
import { findSubmissions, type Submission, unpackSubmission } from './submissions.ts';
import { fault, gradeTask, makeWork } from './task.ts';

export interface ClassOptions {
  /** The folder of the submissions. */
  readonly directory: string;
  /** class.yaml; by default the one in the folder. */
  readonly file: string;
  /** The SQLite file. */
  readonly database: string;
  readonly jobs: number;
  /** Grade again what has a grade already. */
  readonly regrade: boolean;
  readonly kit: string;
  readonly progress: (what: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface ClassOutcome {
  readonly classFile: ClassFile;
  readonly submissions: readonly Submission[];
  readonly rows: ReturnType<Store['latest']>;
  readonly changes: readonly Change[];
  /** How many were graded now, and how many had been before. */
  readonly graded: number;
  readonly kept: number;
}

interface Job {
  readonly submission: Submission;
  readonly task: Task;
  readonly checksDigest: string;
}

/**
 * Grades what has no grade yet, or has another content than when it was graded. Whoever interrupts it loses only what
 * was under way.
 *
 * @throws KitError `bad-class`, `no-submissions` (usage), `no-sqlite`, `no-sandbox` (machine), `interrupted`.
 */
export async function gradeClass(options: ClassOptions): Promise<ClassOutcome> {
  const { directory, file, kit } = options;
  const classFile = withScripts(readClassFile(readFileSync(file, 'utf8'), file), dirname(resolve(file)));
  const names = findSubmissions(directory);
  if (names.length === 0)
    throw new KitError('no-submissions', `${directory} has no folder and no archive (.zip, .tar, .tar.gz)`, {
      fault: 'usage',
    });
  needSandbox(classFile);
  const store = await Store.open(options.database);
  const work = makeWork();
  try {
    const student = new RegExp(classFile.student);
    const submissions = names.map((name) => unpackSubmission(directory, name, work, student));
    const all = submissions.flatMap((submission) =>
      classFile.tasks.map((task): Job => ({
        submission,
        task,
        checksDigest: digestOf(kit, task, classFile.limits),
      })),
    );
    const jobs = options.regrade ? all : all.filter((job) => !isGraded(store, job));
    const changes = await gradeAll(jobs, store, classFile, options);
    const known = new Set(all.map(({ submission, task }) => `${submission.name} ${task.id}`));
    const rows = store.latest().filter((row) => known.has(`${row.submission} ${row.task}`));
    return { classFile, submissions, rows, changes, graded: jobs.length, kept: all.length - jobs.length };
  } finally {
    store.close();
    rmSync(work, { recursive: true, force: true });
  }
}

async function gradeAll(
  jobs: readonly Job[],
  store: Store,
  { limits }: ClassFile,
  options: ClassOptions,
): Promise<Change[]> {
  const { kit, progress, signal } = options;
  const queue = [...jobs];
  const changes: Change[] = [];
  let done = 0;
  const one = async ({ submission, task, checksDigest }: Job): Promise<void> => {
    const setting = { limits, kit, ...(signal === undefined ? {} : { signal }) };
    const result = await gradeTask(submission, task, setting).catch((error: unknown) => ({
      // Whatever we failed at is ours, costs nothing, and leaves the others alone.
      grade: fault(
        submission,
        task,
        error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      ),
      prints: [],
    }));
    if (signal?.aborted === true) return;
    const [before] = store.history(submission.name, task.id, 1);
    const row = {
      submission: submission.name,
      student: submission.student,
      task: task.id,
      submissionDigest: submission.digest,
      checksDigest,
      ...result,
      gradedAt: new Date().toISOString(),
    };
    store.add(row);
    const change = before === undefined ? undefined : changeBetween(before, row);
    if (change !== undefined) changes.push(change);
    progress(`${submission.name} ${task.id}`, ++done, jobs.length);
  };
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined && signal?.aborted !== true; job = queue.shift())
      await one(job);
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, jobs.length) }, worker));
  if (signal?.aborted === true) {
    throw new KitError('interrupted', `interrupted: ${done} of ${jobs.length} were graded`, {
      fault: 'usage',
      hint: 'The same command goes on where it was.',
    });
  }
  return changes;
}

/** Our own fault is tried again; everything else stands as long as neither submission nor checks change. */
function isGraded(store: Store, { submission, task, checksDigest }: Job): boolean {
  const [row] = store.history(submission.name, task.id, 1);
  if (row === undefined || row.grade.checks.some(({ verdict }) => verdict === 'error')) return false;
  return row.submissionDigest === submission.digest && row.checksDigest === checksDigest;
}

const digestOf = (kit: string, task: Task, limits: ClassFile['limits']): string => {
  const script = task.kind === 'client' && isAbsolute(task.script) ? [readFileSync(task.script, 'utf8')] : [];
  return createHash('sha256')
    .update(JSON.stringify([kit, task, limits, ...script]))
    .digest('hex');
};

/** A script of the lecturer's goes before one of the same name that a student handed in. */
function withScripts(classFile: ClassFile, folder: string): ClassFile {
  const tasks = classFile.tasks.map((task) => {
    if (task.kind !== 'client' || !existsSync(join(folder, task.script))) return task;
    const script = join(folder, task.script);
    readClientScript(readFileSync(script, 'utf8'), script);
    return { ...task, script };
  });
  return { ...classFile, tasks };
}

function needSandbox({ tasks }: ClassFile): void {
  if (tasks.every(({ kind }) => kind === 'report')) return;
  for (const program of ['bwrap', 'prlimit']) {
    if (findProgram(program) !== undefined) continue;
    throw new KitError('no-sandbox', `${program} is missing, and nothing is run here without a sandbox`, {
      fault: 'machine',
      hint: 'apt-get install bubblewrap util-linux',
    });
  }
}
