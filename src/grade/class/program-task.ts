/** A program of a submission, built and run in a sandbox. */
import { safeLines } from '../../bytes/index.ts';
import { type Grade, type GradedInput, text, type Text } from '../../check/index.ts';
import { runSandboxed, sandboxEnd, type SandboxResult } from '../../host/index.ts';
import type { TaskOf } from './class-file.ts';
import { quoted } from './peer-command.ts';
import type { Submission } from './submissions.ts';
import { gradeFor, type TaskSetting } from './task-grade.ts';

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
export async function gradeProgramTask(
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
    return gradeFor(submission, task, [
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
  return gradeFor(submission, task, [...builds, runs]);
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
