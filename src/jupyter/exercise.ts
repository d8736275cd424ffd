/** Exercises that check themselves: the right answer comes from what the student's own run showed, or from a digest. */
import { KitError, same, text } from '../bytes/index.ts';
import { inLanguage, type Language } from '../check/index.ts';
import { shownAs } from '../repl/index.ts';
import { EXERCISES } from './exercise-table.ts';
import type { Exercise } from './exercise-tests.ts';
import { displayedAs, escapeHtml } from './mime.ts';

/** What an exercise says of itself in the executed notebook, for graders. */
export const EXERCISE_MIME = 'application/vnd.socket-lab-kit.exercise+json';

export interface ExerciseOutcome {
  readonly id: string;
  readonly status: 'right' | 'wrong' | 'open';
  readonly points: number;
  readonly max: number;
}

/** Whether nbgrader executes the notebook: to grade it, or (`nbgrader validate`) before it is handed in. */
export const underNbgrader = (): boolean =>
  process.env['NBGRADER_EXECUTION'] !== undefined || process.env['NBGRADER_VALIDATING'] !== undefined;

/**
 * Checks an answer. A wrong one is shown with a hint and throws nothing, so that a notebook runs to its end; `strict`, as
 * under nbgrader, where a test cell fails by throwing, it throws KitError `wrong-answer` (usage).
 */
export function checkExercise(
  id: string,
  answer: unknown,
  evidence: unknown,
  language: Language,
  { strict = false } = {},
): ExerciseOutcome {
  const exercise = EXERCISES.find((one) => one.id === id);
  if (!exercise) {
    throw new KitError('no-exercise', text(`there is no exercise ${id}`, `没有练习 ${id}`), {
      fault: 'usage',
    });
  }
  const { status, threw } = judge(exercise, answer, evidence);
  const outcome: ExerciseOutcome = {
    ...{ id, status, points: status === 'right' ? exercise.points : 0, max: exercise.points },
  };
  const said = sentence(status, inLanguage(exercise.hint, language), language);
  const words = threw === undefined ? said : `${said} (${threw})`;
  if (status !== 'right' && strict) {
    throw new KitError('wrong-answer', same(`${id}: ${words}`), { fault: 'usage' });
  }
  shownAs(outcome, () => `${id}: ${words}`);
  const colour = { right: '#1a7f37', wrong: '#cf222e', open: '#59636e' }[status];
  const mark = { right: '✓', wrong: '✗', open: '?' }[status];
  return displayedAs(outcome, () => ({
    'text/plain': `${id}: ${words}`,
    'text/html': `<p style="border-left:4px solid ${colour};padding:4px 8px"><b>${mark} ${id}</b> ${escapeHtml(words)}</p>`,
    [EXERCISE_MIME]: { ...outcome },
  }));
}

function judge(
  exercise: Exercise,
  answer: unknown,
  evidence: unknown,
): { readonly status: ExerciseOutcome['status']; readonly threw?: string } {
  if (answer === undefined) return { status: 'open' };
  try {
    return { status: exercise.test(answer, evidence) ? 'right' : 'wrong' };
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'answer-failed') throw error;
    return { status: 'wrong', threw: error.message };
  }
}

function sentence(status: ExerciseOutcome['status'], hint: string, language: Language): string {
  const zh = language === 'zh';
  switch (status) {
    case 'right':
      return zh ? '正确。' : 'right.';
    case 'open':
      return zh ? `尚未作答。提示：${hint}` : `not answered yet. Hint: ${hint}`;
    case 'wrong':
      return zh ? `还不对。提示：${hint}` : `not yet. Hint: ${hint}`;
  }
}
