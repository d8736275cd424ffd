/** What `chat-lab grade` grades by itself: a server, a client or a notebook of a submission, in a process of its own. */
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, safeText } from '../../bytes/index.ts';
import { GRADE, type Grade, text } from '../../check/index.ts';
import { exec } from '../../host/index.ts';
import { lessonName } from '../../jupyter/index.ts';
import type { Task, TaskOf } from './class-file.ts';
import { peerCommand, peerProblem, peerProtocol, type PeerTask, scriptFile } from './peer-command.ts';
import { siblingScript } from './script.ts';
import type { Submission } from './submissions.ts';
import { compiledIn, fault, type TaskResult, type TaskSetting, ungradable } from './task-grade.ts';

/** All checks of a server or a client, with repetitions; a notebook has limits of its own within. */
const BOUND_MS = 1_200_000;

export async function gradePeerTask(
  submission: Submission,
  task: PeerTask,
  setting: TaskSetting,
): Promise<TaskResult> {
  const { folder } = submission;
  const problem = peerProblem(folder, task);
  if (problem !== undefined) return ungradable(submission, task, problem);
  const script = task.kind === 'client' ? ['--script', scriptFile(folder, task)] : [];
  const only = task.only === undefined ? [] : ['--only', ...task.only];
  // It stands in a sandbox of its own already.
  const held = ['--no-sandbox', '--memory', String(setting.limits.memoryMiB)];
  const flags = ['--protocol', peerProtocol(folder, task), ...held, ...script, ...only];
  const command = ['--', ...peerCommand(folder, task, setting.limits)];
  return settled(submission, task, await asked([task.kind, ...flags, ...command], setting));
}

/** The file of a notebook task in a submission. */
export const notebookFile = ({ file, notebook }: TaskOf<'notebook'>): string =>
  file ?? `${lessonName(String(notebook))}.ipynb`;

export async function gradeNotebookTask(
  submission: Submission,
  task: TaskOf<'notebook'>,
  setting: TaskSetting,
): Promise<TaskResult> {
  const name = notebookFile(task);
  const file = join(submission.folder, name);
  if (!existsSync(file) || !lstatSync(file).isFile())
    return ungradable(submission, task, text(`no notebook ${name}`, `没有笔记本 ${name}`));
  const answer = await asked(['report', file], setting);
  const wanted = lessonName(String(task.notebook));
  const subject = 'grade' in answer ? answer.grade.subject : wanted;
  if (subject === wanted) return settled(submission, task, answer);
  const words = text(
    `it is the notebook ${subject}, and the task wants ${wanted}`,
    `这是笔记本 ${subject}，而任务要求 ${wanted}`,
  );
  return ungradable(submission, task, words);
}

/** A grade; or how the command ended without one. */
type Answer = { readonly grade: Grade } | { readonly code: number | undefined; readonly why: string };

async function asked(words: readonly string[], setting: TaskSetting): Promise<Answer> {
  const program = [process.execPath, siblingScript('../../bin/chat-lab')];
  const [way = '', ...rest] = words;
  const command = [...program, 'grade', way, '--format', 'json', ...rest];
  const { code, stdout, stderr } = await exec([], command, {
    boundMs: BOUND_MS,
    env: compiledIn(setting),
    captureBytes: 64 * 1024 ** 2,
    ...(setting.signal === undefined ? {} : { signal: setting.signal }),
  });
  const parsed = GRADE.safeParse(stdout.startsWith('{') ? JSON.parse(stdout) : undefined);
  if (parsed.success) return { grade: parsed.data };
  return { code, why: safeText(`exit code ${code ?? '?'}: ${stderr.trim().slice(-300)}`) };
}

async function settled(submission: Submission, task: Task, answer: Answer): Promise<TaskResult> {
  if ('grade' in answer) {
    // A command stands behind a sandbox of forty words; a class knows what it graded by its task.
    const own = { student: submission.student, subject: task.id };
    return { grade: { ...answer.grade, ...own }, prints: [] };
  }
  const { code, why } = answer;
  // A description or a notebook that the student wrote and that cannot be read is the student's.
  if (code === EXIT.usage) return ungradable(submission, task, text(why, why));
  return { grade: fault(submission, task, why), prints: [] };
}
