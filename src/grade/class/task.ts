/** One task of one submission, graded. Whatever goes wrong with it becomes its own grade. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertNever } from '../../bytes/index.ts';
import { text } from '../../check/index.ts';
import type { Task } from './class-file.ts';
import { gradeNotebookTask, gradePeerTask } from './command-task.ts';
import { gradeProgramTask } from './program-task.ts';
import { gradeReportTask } from './report-task.ts';
import type { Submission } from './submissions.ts';
import { type TaskResult, type TaskSetting, ungradable } from './task-grade.ts';

export async function gradeTask(
  submission: Submission,
  task: Task,
  setting: TaskSetting,
): Promise<TaskResult> {
  if (submission.folder === '')
    return ungradable(submission, task, text(submission.problems.join('; '), submission.problems.join('；')));
  switch (task.kind) {
    case 'report':
      return gradeReportTask(submission, task, setting);
    case 'program':
      return { grade: await gradeProgramTask(submission, task, setting), prints: [] };
    case 'server':
    case 'client':
      return gradePeerTask(submission, task, setting);
    case 'notebook':
      return gradeNotebookTask(submission, task, setting);
    default:
      return assertNever(task);
  }
}

/** A new folder that is ours alone; as root, one that the sandbox's user can pass through. */
export function makeWork(): string {
  const directory = mkdtempSync(join(tmpdir(), 'class-'));
  chmodSync(directory, process.geteuid?.() === 0 ? 0o711 : 0o700);
  return directory;
}
