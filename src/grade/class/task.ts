/** One task of one submission, graded. Whatever goes wrong with it becomes its own grade. */
import { chmodSync, existsSync, lstatSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { assertNever, EXIT, safeLines, safeText } from '../../bytes/index.ts';
import { GRADE, type Grade, type GradedInput, gradeOf, text, type Text } from '../../check/index.ts';
import { exec, runSandboxed, sandboxEnd, type SandboxLimits, type SandboxResult } from '../../host/index.ts';
import { siblingScript } from './script.ts';
import type { Task, TaskOf } from './class-file.ts';
import type { Fingerprint } from './fingerprints.ts';
import { peerCommand, peerProblem, peerProtocol, type PeerTask, quoted, scriptFile } from './peer-command.ts';
import { nearestFolder, type Submission } from './submissions.ts';
import { labOf, worthOf } from './worth.ts';

export interface TaskResult {
  readonly grade: Grade;
  readonly prints: readonly Fingerprint[];
}

export interface TaskSetting {
  readonly limits: SandboxLimits;
  readonly kit: string;
  /** A folder of ours where Node keeps compiled modules: most of a short grading would be loading them. */
  readonly modules: string;
  readonly signal?: AbortSignal;
}

/** For our own processes only: a submission's has none of our environment, and sees no folder of ours. */
const compiledIn = ({ modules }: TaskSetting): Record<string, string> => ({ NODE_COMPILE_CACHE: modules });

/** A report is read in minutes at most, however large its captures are. */
const REPORT_BOUND_MS = 300_000;
/** All checks of a server or a client, with repetitions. */
const PEER_BOUND_MS = 1_200_000;

export async function gradeTask(
  submission: Submission,
  task: Task,
  setting: TaskSetting,
): Promise<TaskResult> {
  if (submission.folder === '')
    return ungradable(submission, task, text(submission.problems.join('; '), submission.problems.join('；')));
  switch (task.kind) {
    case 'report':
      return report(submission, task, setting);
    case 'program':
      return { grade: await program(submission, task, setting), prints: [] };
    case 'server':
    case 'client':
      return peer(submission, task, setting);
    default:
      return assertNever(task);
  }
}

const OUTCOME = z.object({
  grade: GRADE,
  prints: z.array(
    z.object({ kind: z.enum(['isn', 'time', 'stamp', 'bytes']), value: z.string(), where: z.string() }),
  ),
});

async function report(
  submission: Submission,
  task: TaskOf<'report'>,
  setting: TaskSetting,
): Promise<TaskResult> {
  const folder = join(submission.folder, task.folder);
  if (!existsSync(folder) || !lstatSync(folder).isDirectory()) {
    const near = nearestFolder(submission.folder, task.folder);
    const hint = near === undefined ? '' : ` (there is ${JSON.stringify(near)})`;
    return ungradable(
      submission,
      task,
      text(`no folder ${task.folder}${hint}`, `没有文件夹 ${task.folder}${hint}`),
    );
  }
  const command = [process.execPath, '--max-old-space-size=2048', siblingScript('report-worker')];
  const { code, signal, stdout, stderr } = await exec(
    [],
    [...command, folder, submission.student ?? '', setting.kit],
    {
      boundMs: REPORT_BOUND_MS,
      env: compiledIn(setting),
      captureBytes: 64 * 1024 ** 2,
      ...(setting.signal === undefined ? {} : { signal: setting.signal }),
    },
  );
  if (code === 0) {
    const outcome = OUTCOME.parse(JSON.parse(stdout));
    const wanted = labOf(task);
    const { subject } = outcome.grade;
    if (wanted === undefined || wanted === subject) return outcome;
    const words = text(
      `it is the evidence of lab ${subject}, and the task wants ${wanted}`,
      `这是实验 ${subject} 的证据，而任务要求 ${wanted}`,
    );
    return { ...(await ungradable(submission, task, words)), prints: outcome.prints };
  }
  // Ended from outside, or by the kernel for want of memory: the machine's, and tried again.
  if (signal === 'SIGKILL')
    return { grade: fault(submission, task, 'the grading process was killed'), prints: [] };
  // The worker says a student's fault by its last line; it has the stack of ours above it.
  const said = /KitError: ([^\n]+)/.exec(stderr)?.[1];
  const why = safeText(said ?? stderr.trim().slice(-300));
  return ungradable(submission, task, text(`the evidence cannot be read: ${why}`, `证据无法读取：${why}`));
}

const EXPECTED_BUILD = text('the build command ends with exit code 0', '构建命令以退出码 0 结束');

/** What a program did, as a check's words. */
function told(result: SandboxResult): Text {
  const end = sandboxEnd(result);
  return text(
    `${end}; at most ${result.processes} processes and ${result.memoryMiB.toFixed(0)} MiB`,
    `${end}；最多 ${result.processes} 个进程、${result.memoryMiB.toFixed(0)} MiB`,
  );
}

const outputOf = ({ stdout, stderr }: SandboxResult): string =>
  safeLines(`${stdout}${stderr}`.slice(0, 8_000));

/** Nothing that a program prints is taken for more than output, so a forged result is none. */
async function program(
  submission: Submission,
  task: TaskOf<'program'>,
  setting: TaskSetting,
): Promise<Grade> {
  const builds = task.build === undefined ? [] : [await built(submission, task.build, setting)];
  const ok = builds.every(({ verdict }) => verdict === 'pass');
  const command = task.build === undefined ? task.run : both(task.build, task.run);
  const check = {
    id: 'runs',
    title: text('It runs', '可以运行'),
    maxPoints: task.points,
    dependsOn: builds.map(({ id }) => id),
  };
  const wanted = task.expect.output === undefined ? '' : ` and prints /${task.expect.output}/`;
  const expected = text(`exit code ${task.expect.code}${wanted}`, `退出码 ${task.expect.code}${wanted}`);
  if (!ok)
    return grade(submission, task, [
      ...builds,
      {
        ...{ ...check, verdict: 'skipped', because: 'depends', expected },
        actual: text('it was not built', '没有构建成功'),
      },
    ]);
  const result = await runSandboxed(
    { folder: submission.folder, limits: setting.limits },
    command,
    setting.signal,
  );
  const fits = task.expect.output === undefined || new RegExp(task.expect.output, 'm').test(result.stdout);
  const passes = result.limit === undefined && result.end.code === task.expect.code && fits;
  const runs: GradedInput = {
    ...check,
    verdict: passes ? 'pass' : 'fail',
    expected,
    actual: told(result),
    steps: [text(`run ${command.join(' ')} in a sandbox`, `在沙箱中运行 ${command.join(' ')}`)],
    output: outputOf(result),
  };
  return grade(submission, task, [...builds, runs]);
}

/** Built again and run: the sandbox of the build is gone with all that it made. */
const both = (build: readonly string[], run: readonly string[]): string[] => [
  'sh',
  '-c',
  `${quoted(build)} >/dev/null && exec ${quoted(run)}`,
];

async function built(
  submission: Submission,
  build: readonly string[],
  setting: TaskSetting,
): Promise<GradedInput> {
  const result = await runSandboxed(
    { folder: submission.folder, limits: setting.limits },
    build,
    setting.signal,
  );
  const passes = result.limit === undefined && result.end.code === 0;
  return {
    id: 'builds',
    title: text('It builds', '可以构建'),
    maxPoints: 0,
    verdict: passes ? 'pass' : 'fail',
    expected: EXPECTED_BUILD,
    actual: told(result),
    steps: [text(`run ${build.join(' ')}`, `运行 ${build.join(' ')}`)],
    output: outputOf(result),
  };
}

/** `chat-lab grade server` or `client`, in a process of its own, with the student's command behind the sandbox. */
async function peer(submission: Submission, task: PeerTask, setting: TaskSetting): Promise<TaskResult> {
  const { folder } = submission;
  const problem = peerProblem(folder, task);
  if (problem !== undefined) return ungradable(submission, task, problem);
  const script = task.kind === 'client' ? ['--script', scriptFile(folder, task)] : [];
  const only = task.only === undefined ? [] : ['--only', ...task.only];
  // It stands in a sandbox of its own already.
  const held = ['--no-sandbox', '--memory', String(setting.limits.memoryMiB)];
  const flags = ['--protocol', peerProtocol(folder, task), '--format', 'json', ...held, ...script, ...only];
  const { code, stdout, stderr } = await exec(
    [],
    [
      ...[process.execPath, siblingScript('../../bin/chat-lab'), 'grade', task.kind],
      ...[...flags, '--', ...peerCommand(folder, task, setting.limits)],
    ],
    {
      boundMs: PEER_BOUND_MS,
      env: compiledIn(setting),
      captureBytes: 64 * 1024 ** 2,
      ...(setting.signal === undefined ? {} : { signal: setting.signal }),
    },
  );
  const parsed = GRADE.safeParse(stdout.startsWith('{') ? JSON.parse(stdout) : undefined);
  if (parsed.success) {
    // The command stands behind a sandbox of forty words; a class knows it by its task.
    const own = { student: submission.student, subject: task.id };
    return { grade: { ...parsed.data, ...own }, prints: [] };
  }
  const why = `exit code ${code ?? '?'}: ${stderr.trim().slice(-300)}`;
  // A description that the student wrote and that cannot be read is the student's.
  if (code === EXIT.usage) return ungradable(submission, task, text(safeText(why), safeText(why)));
  return { grade: fault(submission, task, why), prints: [] };
}

const KINDS = { report: 'report', program: 'server', server: 'server', client: 'client' } as const;

const grade = (submission: Submission, task: Task, checks: readonly GradedInput[]): Grade =>
  gradeOf({
    kind: KINDS[task.kind],
    subject: task.id,
    student: submission.student,
    checks,
    problems: submission.problems.map((problem) => text(problem, problem)),
  });

export const HANDED_IN = 'handed-in';
const handedIn = {
  id: HANDED_IN,
  title: text('It can be graded', '可以评分'),
  expected: text('a submission that can be graded', '可以评分的提交'),
};

/** Nothing was handed in that could be graded: all points of the task are lost. */
async function ungradable(submission: Submission, task: Task, actual: Text): Promise<TaskResult> {
  const maxPoints = await worthOf(task);
  return {
    grade: grade(submission, task, [{ ...handedIn, verdict: 'ungradable', maxPoints, actual }]),
    prints: [],
  };
}

/** Our own fault, or the machine's: it costs nothing, and is tried again at the next run. */
export function fault(submission: Submission, task: Task, why: string): Grade {
  const actual = text(safeText(why), safeText(why));
  const hint = text(
    'The same command tries it again; what comes again is a fault of the kit: report it.',
    '再次运行同一命令会重试；若再次出现，则是工具包的错误，请报告。',
  );
  return grade(submission, task, [{ ...handedIn, verdict: 'error', maxPoints: 0, actual, hint }]);
}

/** A new folder that is ours alone; as root, one that the sandbox's user can pass through. */
export function makeWork(): string {
  const directory = mkdtempSync(join(tmpdir(), 'class-'));
  chmodSync(directory, process.geteuid?.() === 0 ? 0o711 : 0o700);
  return directory;
}
