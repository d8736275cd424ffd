/**
 * What a lecturer changed of a grade: an **adjustment** of one check, or of a task as a whole. What the grader said stays
 * as it is beside it, its verdict, its story and its points; only what counts is another.
 */
import { z } from 'zod';
import { TEXT } from './result.ts';

export const SCORE = z.strictObject({
  points: z.number(),
  of: z.number().describe('what could be reached here: a fault of kit or machine counts in neither'),
});

const CHANGE = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('points'), points: z.number().min(0) }),
  z.strictObject({ kind: z.literal('add'), points: z.number().describe('less than 0: taken away') }),
  z.strictObject({ kind: z.literal('excused') }),
]);
export type Change = z.infer<typeof CHANGE>;

export const ADJUSTED = z.strictObject({
  grader: SCORE.describe('what the grader gave; `of` is 0 where it did not count'),
  change: CHANGE.describe('what was decided: points set, points added, or that it counts in neither sum'),
  reason: TEXT,
  by: z.string().optional(),
  at: z.string().optional().describe('a date, or a time in UTC'),
  upon: z
    .number()
    .optional()
    .describe('the grader’s points when it was decided, where the grader gives others now'),
});
export type Adjusted = z.infer<typeof ADJUSTED>;

/** One that is to be made, as far as a grade is concerned. */
export interface Adjustment extends Pick<Adjusted, 'change' | 'reason' | 'by' | 'at'> {
  /** undefined: the task as a whole, behind those of its checks. */
  readonly check?: string;
  /** Whether it may lead above the maximum. */
  readonly bonus: boolean;
  /** The grader's points when it was decided, where that is known. */
  readonly upon?: number;
}
