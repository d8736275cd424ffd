/** Adjustments applied to a grade: pure, and always from what the grader said, so that doing it again changes nothing. */
import { assertNever } from '../bytes/index.ts';
import type { Adjusted, Adjustment } from './adjusted.ts';
import { rounded } from './grade-context.ts';
import { counts, type Grade, type GradedCheck, gradeScore } from './grade.ts';

/** What whoever made an adjustment has to know of it. `unknown-check` and `above` keep it from being made. */
export type AdjustmentNote<A extends Adjustment = Adjustment> = { readonly adjustment: A } & (
  | { readonly kind: 'unknown-check'; readonly known: readonly string[] }
  /** Points are set that are more than there are, and it does not say `bonus`. */
  | { readonly kind: 'above'; readonly max: number }
  /** What is added would lead above the maximum, or below 0, and stops there. */
  | { readonly kind: 'stopped'; readonly at: number }
  /** The task as a whole is set or excused, so what is adjusted within it counts for nothing. */
  | { readonly kind: 'moot' }
  /** The grader gives other points than those that it was decided upon. */
  | { readonly kind: 'changed'; readonly upon: number; readonly now: number }
);

export interface AdjustedGrade<A extends Adjustment> {
  readonly grade: Grade;
  readonly notes: readonly AdjustmentNote<A>[];
}

/** `grade` is as the grader made it; of `adjustments` there is at most one for each check, and one for the whole. */
export function adjustGrade<A extends Adjustment>(grade: Grade, adjustments: readonly A[]): AdjustedGrade<A> {
  const notes: AdjustmentNote<A>[] = [];
  const note = (one: AdjustmentNote<A>): number => notes.push(one);
  const counted = counts(grade.checks);
  const known = grade.checks.map(({ id }) => id);
  const whole = adjustments.find(({ check }) => check === undefined);
  const settled = whole !== undefined && whole.change.kind !== 'add';
  for (const adjustment of adjustments) {
    if (adjustment.check === undefined) continue;
    if (!known.includes(adjustment.check)) note({ adjustment, kind: 'unknown-check', known });
    else if (settled) note({ adjustment, kind: 'moot' });
  }
  const checks = grade.checks.map((check): GradedCheck => {
    const adjustment = adjustments.find((one) => one.check === check.id);
    if (adjustment === undefined) return check;
    const grader = { points: check.points, of: counted(check) ? check.maxPoints : 0 };
    const points = pointsOf(adjustment, check.points, check.maxPoints, note);
    return { ...check, points, adjusted: adjustedBy(adjustment, grader, note) };
  });
  const sum = gradeScore(checks);
  if (whole === undefined) {
    const score = checks.some(({ adjusted }) => adjusted !== undefined)
      ? { ...sum, points: rounded(sum.points), grader: grade.score }
      : grade.score;
    return { grade: { ...grade, checks, score }, notes };
  }
  const adjusted = adjustedBy(whole, grade.score, note);
  const score =
    whole.change.kind === 'excused'
      ? { points: 0, of: 0, grader: grade.score }
      : { points: pointsOf(whole, sum.points, sum.of, note), of: sum.of, grader: grade.score };
  return { grade: { ...grade, checks, score, adjusted }, notes };
}

function pointsOf<A extends Adjustment>(
  adjustment: A,
  before: number,
  max: number,
  note: (one: AdjustmentNote<A>) => void,
): number {
  const { change, bonus } = adjustment;
  switch (change.kind) {
    case 'excused':
      return 0;
    case 'points':
      if (change.points > max && !bonus) note({ adjustment, kind: 'above', max });
      return change.points;
    case 'add': {
      const wanted = rounded(before + change.points);
      // Who had more than the maximum before, by a bonus, keeps it.
      const most = bonus ? Number.POSITIVE_INFINITY : Math.max(max, before);
      const at = Math.max(0, Math.min(most, wanted));
      if (at !== wanted) note({ adjustment, kind: 'stopped', at });
      return at;
    }
    default:
      return assertNever(change);
  }
}

function adjustedBy<A extends Adjustment>(
  adjustment: A,
  grader: Adjusted['grader'],
  note: (one: AdjustmentNote<A>) => void,
): Adjusted {
  const { change, reason, by, at, upon } = adjustment;
  const now = rounded(grader.points);
  const changed = upon !== undefined && rounded(upon) !== now;
  if (changed) note({ adjustment, kind: 'changed', upon, now });
  return {
    ...{ grader, change, reason },
    ...(by === undefined ? {} : { by }),
    ...(at === undefined ? {} : { at }),
    ...(changed ? { upon } : {}),
  };
}

/** Where only passed or not can be said: an adjusted check passes by its points, and one that is excused was not tried. */
export function standing({ verdict, points, maxPoints, adjusted }: GradedCheck): GradedCheck['verdict'] {
  if (adjusted === undefined) return verdict;
  if (adjusted.change.kind === 'excused') return 'skipped';
  return points >= maxPoints ? 'pass' : 'fail';
}
