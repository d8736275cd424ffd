/** A whole class: every task of every submission, several at once, each result kept as soon as it is there. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { english, KitError } from '../../bytes/index.ts';
import { findProgram } from '../../host/index.ts';
import { lessonName } from '../../jupyter/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import { CLIENT_CHECKS } from '../clients/checks.ts';
import { readClientScript } from '../clients/script.ts';
import { SERVER_CHECKS } from '../peers/checks/index.ts';
import { type Adjustments, NO_ADJUSTMENTS, readAdjustments } from '../adjustments/file.ts';
import { readTextFile } from '../lecturers-file.ts';
import { type AdjustedRows, adjustRows, whoseAdjustments } from './adjusted.ts';
import { type Change, changeBetween } from './changes.ts';
import { type ClassFile, readClassFile, type Task } from './class-file.ts';
import { type Matches, type MatchOptions, playAll } from './matches.ts';
import type { PeerTask } from './peer-command.ts';
import { kitDigest, rulesOf, rulesText } from './rules.ts';
import { severally, stopIfAsked } from './severally.ts';
import { Store } from './store.ts';
import { findSubmissions, type Submission, unpackSubmission } from './submissions.ts';
import { gradeTask, makeWork } from './task.ts';
import { fault } from './task-grade.ts';
import { labOf } from './worth.ts';

export interface ClassOptions extends MatchOptions {
  /** The folder of the submissions. */
  readonly directory: string;
  /** class.yaml; by default the one in the folder. */
  readonly file: string;
  /** What the lecturer changes of the grades; undefined: nothing. */
  readonly adjustments?: string;
  /** The SQLite file. */
  readonly database: string;
  readonly kit: string;
}

export interface ClassOutcome {
  readonly classFile: ClassFile;
  readonly submissions: readonly Submission[];
  /** As they count: adjusted where the lecturer did. */
  readonly rows: AdjustedRows['rows'];
  readonly adjustments: Omit<AdjustedRows, 'rows'>;
  readonly changes: readonly Change[];
  /** How many were graded now, and how many had been before. */
  readonly graded: number;
  readonly kept: number;
  readonly interop: Matches;
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
 * @throws KitError `bad-class`, `no-submissions`, `unreadable-file`, `bad-yaml`, `bad-adjustments` (usage), `no-sqlite`, `no-sandbox` (machine), `interrupted`.
 */
export async function gradeClass(options: ClassOptions): Promise<ClassOutcome> {
  const { directory, file, kit } = options;
  const classFile = withLecturers(readClassFile(readTextFile(file), file), dirname(resolve(file)));
  const names = findSubmissions(directory);
  if (names.length === 0)
    throw new KitError(
      'no-submissions',
      english(`${directory} has no folder and no archive (.zip, .tar, .tar.gz)`),
      {
        fault: 'usage',
      },
    );
  needSandbox(classFile);
  const wanted = adjustmentsOf(options);
  const store = await Store.open(options.database);
  const work = makeWork();
  try {
    const student = new RegExp(classFile.student);
    const submissions = names.map((name) => unpackSubmission(directory, name, work, student));
    // A slip in a name is said before an hour of grading.
    const adjustments = whoseAdjustments(wanted, submissions, classFile);
    const codeOf = judgesOf(classFile, kit);
    const rules = new Map(
      classFile.tasks.map((task) => [task.id, rulesText(rulesOf(codeOf(task), task, classFile.limits))]),
    );
    const all = submissions.flatMap((submission) =>
      classFile.tasks.map((task): Job => ({ submission, task, checksDigest: rules.get(task.id) ?? '' })),
    );
    const jobs = options.regrade ? all : all.filter((job) => !isGraded(store, job));
    const changes = await gradeAll(jobs, store, classFile, join(work, 'modules'), options);
    const known = new Set(all.map(({ submission, task }) => `${submission.name} ${task.id}`));
    const graded = store.latest().filter((row) => known.has(`${row.submission} ${row.task}`));
    const counts = { graded: jobs.length, kept: all.length - jobs.length };
    const { rows, ...made } = adjustRows(graded, adjustments, store);
    const interop = await playAll(submissions, classFile, rules, store, options);
    return { classFile, submissions, rows, adjustments: made, changes, ...counts, interop };
  } finally {
    store.close();
    rmSync(work, { recursive: true, force: true });
  }
}

const adjustmentsOf = ({ adjustments: file }: ClassOptions): Adjustments =>
  file === undefined ? NO_ADJUSTMENTS : readAdjustments(readTextFile(file), file, 'class');

/** The digest of the code that judges a task: made once for the tasks that it is the same for. */
function judgesOf({ tasks }: ClassFile, kit: string): (task: Task) => string {
  const kindOf = ({ kind }: Task): 'notebook' | 'other' => (kind === 'notebook' ? kind : 'other');
  const digests = new Map([...new Set(tasks.map(kindOf))].map((kind) => [kind, kitDigest(kit, kind)]));
  return (task) => digests.get(kindOf(task)) ?? '';
}

async function gradeAll(
  jobs: readonly Job[],
  store: Store,
  { limits }: ClassFile,
  modules: string,
  options: ClassOptions,
): Promise<Change[]> {
  const { kit, progress, signal } = options;
  const queue = [...jobs];
  const changes: Change[] = [];
  let done = 0;
  const one = async ({ submission, task, checksDigest }: Job): Promise<void> => {
    const setting = { limits, kit, modules, ...(signal === undefined ? {} : { signal }) };
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
  await severally(queue, options.jobs, one, signal);
  stopIfAsked(signal, `${done} of ${jobs.length} were graded`);
  return changes;
}

/** Our own fault is tried again; everything else stands as long as neither submission nor checks change. */
function isGraded(store: Store, { submission, task, checksDigest }: Job): boolean {
  const [row] = store.history(submission.name, task.id, 1);
  if (row === undefined || row.grade.checks.some(({ verdict }) => verdict === 'error')) return false;
  return row.submissionDigest === submission.digest && row.checksDigest === checksDigest;
}

/** A script or a description of the lecturer's goes before one of the same name that a student handed in. */
function withLecturers(classFile: ClassFile, folder: string): ClassFile {
  const beside = (name: string): string | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  const tasks = classFile.tasks.map((task) => {
    // A lab that does not exist is the lecturer's slip, and not each student's.
    if (task.kind === 'report') labOf(task);
    if (task.kind === 'notebook') lessonName(String(task.notebook));
    if (task.kind !== 'client' && task.kind !== 'server') return task;
    const own = /\.ya?ml$/.test(task.protocol) ? beside(task.protocol) : undefined;
    const protocol = own ?? task.protocol;
    // What is wrong with the lecturer's files is said before anything is graded.
    mustKnow(task);
    if (own !== undefined || !/\.ya?ml$/.test(protocol)) loadProtocol(protocol);
    if (task.kind === 'server') return { ...task, protocol };
    const script = beside(task.script);
    if (script !== undefined) readClientScript(readFileSync(script, 'utf8'), script);
    return { ...task, protocol, script: script ?? task.script };
  });
  return { ...classFile, tasks };
}

function mustKnow({ id, kind, only = [] }: PeerTask): void {
  const known = (kind === 'server' ? SERVER_CHECKS : CLIENT_CHECKS).map((check) => check.id);
  const strange = only.find((check) => !known.includes(check));
  if (strange === undefined) return;
  throw new KitError('bad-class', english(`task ${id}: there is no check ${strange}`), {
    fault: 'usage',
    hint: english(`The checks: ${known.join(', ')}`),
  });
}

function needSandbox({ tasks }: ClassFile): void {
  if (tasks.every(({ kind }) => kind === 'report')) return;
  for (const program of ['bwrap', 'prlimit']) {
    if (findProgram(program) !== undefined) continue;
    throw new KitError(
      'no-sandbox',
      english(`${program} is missing, and nothing is run here without a sandbox`),
      {
        fault: 'machine',
        hint: english('apt-get install bubblewrap util-linux'),
      },
    );
  }
}
