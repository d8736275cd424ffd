/** What all kinds of tasks have in common: what they are graded in, and the grade of what could not be. */
import { safeText } from '../../bytes/index.ts';
import { type Grade, type GradedInput, gradeOf, text, type Text } from '../../check/index.ts';
import type { SandboxLimits } from '../../host/index.ts';
import type { Task } from './class-file.ts';
import type { Fingerprint } from './fingerprints.ts';
import type { Submission } from './submissions.ts';
import { worthOf } from './worth.ts';

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
export const compiledIn = ({ modules }: TaskSetting): Record<string, string> => ({
  NODE_COMPILE_CACHE: modules,
});

const KINDS = {
  report: 'report',
  program: 'server',
  server: 'server',
  client: 'client',
  notebook: 'notebook',
} as const;

export const gradeFor = (submission: Submission, task: Task, checks: readonly GradedInput[]): Grade =>
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
export async function ungradable(submission: Submission, task: Task, actual: Text): Promise<TaskResult> {
  const maxPoints = await worthOf(task);
  return {
    grade: gradeFor(submission, task, [{ ...handedIn, verdict: 'ungradable', maxPoints, actual }]),
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
  return gradeFor(submission, task, [{ ...handedIn, verdict: 'error', maxPoints: 0, actual, hint }]);
}
