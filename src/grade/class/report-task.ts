/** A report of a submission, graded in a process of its own. */
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { safeText } from '../../bytes/index.ts';
import { GRADE, text } from '../../check/index.ts';
import { exec } from '../../host/index.ts';
import type { TaskOf } from './class-file.ts';
import { siblingScript } from './script.ts';
import { nearestFolder, type Submission } from './submissions.ts';
import { compiledIn, fault, type TaskResult, type TaskSetting, ungradable } from './task-grade.ts';
import { labOf } from './worth.ts';

/** A report is read in minutes at most, however large its captures are. */
const REPORT_BOUND_MS = 300_000;

const OUTCOME = z.object({
  grade: GRADE,
  prints: z.array(
    z.object({ kind: z.enum(['isn', 'time', 'stamp', 'bytes']), value: z.string(), where: z.string() }),
  ),
});

export async function gradeReportTask(
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
