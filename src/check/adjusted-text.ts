/** Adjustments in words, for whoever reads a grade: student or lecturer. Reasons are free text, and made safe here. */
import { assertNever, safeText } from '../bytes/index.ts';
import type { Adjusted, Change } from './adjusted.ts';
import type { Grade } from './grade.ts';
import { same, text, type Text } from './text.ts';

const signed = (points: number): string => (points < 0 ? `−${-points}` : `+${points}`);

/** `set to 4`, `+2`, `excused`, which is counted in neither sum. */
export function changeText(change: Change): Text {
  switch (change.kind) {
    case 'points':
      return text(`set to ${change.points}`, `定为 ${change.points} 分`);
    case 'add':
      return same(signed(change.points));
    case 'excused':
      return text('excused', '免计');
    default:
      return assertNever(change);
  }
}

/** What the grader gave: `0/5`; where that did not count, so in words. */
export const graderText = ({ grader }: Pick<Adjusted, 'grader'>): Text =>
  grader.of === 0 ? text('not counted', '未计分') : same(`${grader.points}/${grader.of}`);

/** Why, by whom and when, in a line. */
export function reasonText({ reason, by, at }: Adjusted): Text {
  const who = [by, at].filter((part) => part !== undefined).map(safeText);
  return text(
    `${safeText(reason.en)}${who.length === 0 ? '' : ` (${who.join(', ')})`}`,
    `${safeText(reason.zh)}${who.length === 0 ? '' : `（${who.join('，')}）`}`,
  );
}

/** The whole of it as a line of a story. */
export function adjustedText(adjusted: Adjusted): Text {
  const [change, reason] = [changeText(adjusted.change), reasonText(adjusted)];
  return text(`adjusted, ${change.en}: ${reason.en}`, `已调整（${change.zh}）：${reason.zh}`);
}

/** Points of a whole grade, `4/5`, and behind them what the grader gave, where that is another. */
export function scoreText({
  score: { points, of, grader },
  adjusted,
}: Pick<Grade, 'score' | 'adjusted'>): Text {
  if (grader === undefined) return same(`${points}/${of}`);
  const counts = adjusted?.change.kind === 'excused' ? text('excused', '免计') : same(`${points}/${of}`);
  return text(
    `${counts.en} (adjusted; the grader gave ${grader.points}/${grader.of})`,
    `${counts.zh}（已调整；自动评分为 ${grader.points}/${grader.of}）`,
  );
}
