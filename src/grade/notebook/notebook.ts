/**
 * The grade of a student's notebook. No output in the file is believed: the answers run again, in a sandbox, against the
 * kit's own lesson and checks, and what the file says instead is only compared.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { safeLines, safeText } from '../../bytes/index.ts';
import { type Grade, type GradedInput, gradeOf, text, type Text } from '../../check/index.ts';
import { findProgram, runSandboxed, sandboxEnd, type SandboxLimits } from '../../host/index.ts';
import {
  CELL_FLAGS,
  type Exam,
  examOf,
  type ExamExercise,
  notebookText,
  readNotebook,
  resultsOf,
} from '../../jupyter/index.ts';
import { kitInSandbox } from './kit-in-sandbox.ts';
import { type Course, courseOf } from './course.ts';

export interface NotebookGradeOptions {
  readonly student?: string;
  /** A cell that takes longer is ended. */
  readonly cellSeconds?: number;
  readonly signal?: AbortSignal;
}

/** Hosts of a world are processes of Node, with a dozen threads each. */
const LIMITS: SandboxLimits = {
  ...{ seconds: 900, memoryMiB: 3072, processes: 600, outputKiB: 1024, fileMiB: 256, scratchMiB: 512 },
};

/** @throws KitError `bad-notebook` or `unknown-notebook` (usage). */
export async function gradeNotebook(
  file: string,
  { student, cellSeconds = 60, signal }: NotebookGradeOptions = {},
): Promise<Grade> {
  const given = readNotebook(file);
  const exam = examOf(given, file);
  const course = findProgram('bwrap') === undefined ? undefined : await sit(exam, cellSeconds, signal);
  const checks = exam.exercises.map((one) =>
    course === undefined ? notTried(one) : judged(one, exam, course),
  );
  const claimed = new Set(
    resultsOf(given).outcomes.flatMap(({ id, status }) => (status === 'right' ? [id] : [])),
  );
  const claims = checks.flatMap(({ id, verdict }) =>
    claimed.has(id) && verdict === 'fail'
      ? [
          text(
            `the file’s output says that ${id} is right; run again, it is not`,
            `文件中的输出说 ${id} 正确；重新运行的结果并非如此`,
          ),
        ]
      : [],
  );
  return gradeOf({
    kind: 'notebook',
    subject: exam.lesson,
    student: student ?? null,
    problems: [...exam.changed.map(changedText), ...claims],
    checks,
  });
}

async function sit(exam: Exam, cellSeconds: number, signal: AbortSignal | undefined): Promise<Course> {
  const folder = mkdtempSync(join(tmpdir(), 'exam-'));
  try {
    writeFileSync(join(folder, 'exam.ipynb'), notebookText(exam.notebook), { mode: 0o644 });
    const kit = kitInSandbox();
    const key = randomBytes(32).toString('hex');
    const result = await runSandboxed(
      { folder, limits: LIMITS, alsoSeen: kit.seen, input: key },
      [
        ...[kit.node, ...CELL_FLAGS, kit.program('grade/notebook/examinee')],
        ...['/submission/exam.ipynb', kit.file(exam.path), String(cellSeconds)],
      ],
      signal,
    );
    return courseOf(result.stdout, key, {
      end: sandboxEnd(result),
      limit: result.limit,
      said: result.stderr,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judged(exercise: ExamExercise, exam: Exam, course: Course): GradedInput {
  const { id, points, question, answer } = exercise;
  const shown = safeLines(answer).slice(0, 2_000);
  const base = {
    id,
    title: text(`Exercise ${id}`, `练习 ${id}`),
    maxPoints: points,
    expected: text(question.en, question.zh),
    steps: [
      text(
        `run ${exam.lesson} (${exam.language}) from top to bottom with the student’s answers`,
        `从头到尾运行 ${exam.lesson}（${exam.language}），填入学生的答案`,
      ),
      text(`the answer: ${shown}`, `答案：${shown}`),
      text(`run the kit’s own check-${id}`, `运行工具包自己的 check-${id}`),
    ],
  };
  const status = course.statuses.get(id);
  if (status === 'right') return { ...base, verdict: 'pass', actual: text('right', '正确') };
  // Before anything of the student's ran, a lesson that fails is not the student's doing.
  const { ownFailure } = course;
  if (ownFailure !== undefined) {
    const noWorld = ownFailure.error.startsWith('no-worlds');
    const why = `${ownFailure.id}: ${safeText(ownFailure.error)}`;
    return {
      ...base,
      verdict: noWorld ? 'skipped' : 'error',
      actual: text(`the lesson itself failed: ${why}`, `课程本身运行失败：${why}`),
    };
  }
  if (course.broken !== undefined) {
    return { ...base, verdict: 'error', actual: text(course.broken, course.broken) };
  }
  return { ...base, verdict: 'fail', ...fault(exercise, course, status) };
}

/** Why an answer has no points, from what became of its cells. */
function fault(
  { id }: ExamExercise,
  course: Course,
  status: 'wrong' | 'open' | undefined,
): Pick<GradedInput, 'actual'> {
  const error = course.errors.get(`answer-${id}`);
  if (error !== undefined) {
    const why = safeText(error);
    return { actual: text(`the answer’s cell failed: ${why}`, `答案单元格出错：${why}`) };
  }
  if (status === 'open') return { actual: text('not answered', '尚未作答') };
  if (status === 'wrong') return { actual: text('the check says: not right', '检查结果：不正确') };
  const why = course.errors.get(`check-${id}`);
  if (why !== undefined) {
    return { actual: text(`the check failed: ${safeText(why)}`, `检查出错：${safeText(why)}`) };
  }
  const { en, zh } = course.ended;
  return {
    actual: text(`the run ended before the check: ${en}`, `运行在检查之前结束：${zh}`),
  };
}

function notTried({ id, points, question }: ExamExercise): GradedInput {
  return {
    ...{ id, title: text(`Exercise ${id}`, `练习 ${id}`), verdict: 'skipped', maxPoints: points },
    expected: text(question.en, question.zh),
    actual: text(
      'not run: strangers’ code runs in bubblewrap only, which this machine lacks',
      '未运行：陌生代码只在 bubblewrap 中运行，而本机没有它',
    ),
    hint: text('install the package bubblewrap', '安装软件包 bubblewrap'),
  };
}

function changedText({ id, how, check }: Exam['changed'][number]): Text {
  const cell = safeText(id);
  const what = check ? text('the check', '检查单元格') : text('the lesson’s cell', '课程单元格');
  return how === 'missing'
    ? text(
        `${what.en} ${cell} was taken out; the kit’s own was run`,
        `${what.zh} ${cell} 被删除；运行的是工具包自己的`,
      )
    : text(
        `${what.en} ${cell} was changed; the kit’s own was run`,
        `${what.zh} ${cell} 被改动；运行的是工具包自己的`,
      );
}

/** What a subject is called where a class lists it. */
export const isNotebook = (path: string): boolean => basename(path).endsWith('.ipynb');
