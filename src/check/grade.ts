import { z } from 'zod';
import { ADJUSTED, SCORE } from './adjusted.ts';
import { WHERE, TEXT } from './result.ts';
import type { Text } from './text.ts';
import type { Where } from './verdict.ts';

/**
 * The one result that every way of grading has, and that every output format is made from: a report's checks, a
 * server's, a client's, a notebook's. docs/GRADING.md explains it, docs/grade.schema.json is made from it.
 */

/** Why a check has no outcome: whose fault it is, or that there is nothing to try. */
export const BECAUSE = ['kit', 'machine', 'does-not-apply', 'depends'] as const;
export type Because = (typeof BECAUSE)[number];

export const GRADE_CHECK = z.strictObject({
  id: z.string().min(1).describe('the same in every grade of this kind: regrades and class pages go by it'),
  title: TEXT,
  verdict: z.enum(['pass', 'fail', 'skipped', 'ungradable', 'error']),
  because: z
    .enum(BECAUSE)
    .optional()
    .describe(
      'of error and skipped: a fault of kit or machine; the protocol, the program or its script has no such thing; or a check that it depends on has no outcome',
    ),
  points: z.number().min(0).describe('what counts: reached, or as adjusted'),
  maxPoints: z.number().min(0),
  visibility: z
    .enum(['visible', 'hidden', 'after_due_date', 'after_published'])
    .describe('when the student may see it, in the words of Gradescope'),
  unstable: z
    .boolean()
    .optional()
    .describe('true: repeated under another timing seed it came out otherwise; then it costs no points'),
  dependsOn: z.array(z.string()).describe('checks without which this one could not be tried'),
  expected: TEXT,
  actual: TEXT,
  steps: z.array(TEXT).describe('what was done, in order; shown numbered'),
  witnesses: z
    .array(TEXT)
    .optional()
    .describe('what each witness says of a failure, in a line: the calls, the wire, the kernel'),
  where: z.array(WHERE),
  ladder: z.string().optional().describe('the packets around it, drawn as text'),
  bytes: z.string().optional().describe('the bytes it is about, as a hexdump with the place marked'),
  cause: TEXT.optional().describe('the likely cause'),
  lab: z.string().optional().describe('the lab that shows it'),
  hint: TEXT.optional(),
  output: z.string().optional().describe('what the student’s program printed meanwhile, safe to show'),
  adjusted: ADJUSTED.optional().describe('what a lecturer changed; the verdict is the grader’s still'),
});
export type GradedCheck = z.infer<typeof GRADE_CHECK>;

export const GRADE = z.strictObject({
  format: z.literal('socket-lab-kit grade'),
  version: z.literal(1),
  kind: z.enum(['report', 'server', 'client', 'notebook', 'interop']),
  subject: z.string().describe('what was graded: the lab, or the command'),
  student: z.string().nullable(),
  protocol: z.string().nullable(),
  problems: z.array(TEXT).describe('what does not fit in the evidence as a whole'),
  checks: z.array(GRADE_CHECK),
  score: SCORE.extend({
    grader: SCORE.optional().describe('what the grader gave, where something was adjusted'),
  }),
  adjusted: ADJUSTED.optional().describe(
    'what a lecturer changed of the whole, after what was changed of its checks',
  ),
});
export type Grade = z.infer<typeof GRADE>;

/** What a grader says of a check; everything that is usually empty may be left out. */
export type GradedInput = Pick<
  GradedCheck,
  'id' | 'title' | 'verdict' | 'maxPoints' | 'expected' | 'actual'
> &
  Partial<Omit<GradedCheck, 'where'>> & { readonly where?: readonly Where[] };

/** A check with its points: those of `points` when they were given (part of them reached), else all for `pass`. */
export function gradedCheck(input: GradedInput): GradedCheck {
  const full = input.verdict === 'pass' || input.unstable === true ? input.maxPoints : 0;
  return GRADE_CHECK.parse({
    visibility: 'visible',
    dependsOn: [],
    steps: [],
    where: [],
    points: full,
    ...input,
  });
}

export interface GradeInput {
  readonly kind: Grade['kind'];
  readonly subject: string;
  readonly student?: string | null;
  readonly protocol?: string | null;
  readonly problems?: readonly Text[];
  readonly checks: readonly GradedInput[];
}

export function gradeOf({ kind, subject, student, protocol, problems, checks }: GradeInput): Grade {
  const graded = checks.map(gradedCheck);
  return {
    format: 'socket-lab-kit grade',
    version: 1,
    kind,
    subject,
    student: student ?? null,
    protocol: protocol ?? null,
    problems: [...(problems ?? [])],
    checks: graded,
    score: gradeScore(graded),
  };
}

/**
 * Whether a check counts: what the kit or the machine could not try does not, and what could not be tried because a
 * check before it failed does, or a server that does not start would have a full score. What does not apply never counts,
 * whatever failed before it. What a lecturer set points for counts, and what was excused does not. Every format goes by this.
 */
export function counts(checks: readonly GradedCheck[]): (check: GradedCheck) => boolean {
  const byId = new Map(checks.map((check) => [check.id, check]));
  const lost = (check: GradedCheck, below: ReadonlySet<string>): boolean => {
    if (check.verdict === 'fail' || check.verdict === 'ungradable') return true;
    if (check.verdict !== 'skipped' || below.has(check.id)) return false;
    const deeper = new Set([...below, check.id]);
    return check.dependsOn.some((id) => {
      const other = byId.get(id);
      return other !== undefined && lost(other, deeper);
    });
  };
  const countsByVerdict = (check: GradedCheck): boolean =>
    check.verdict === 'pass' || (check.because !== 'does-not-apply' && lost(check, new Set()));
  return (check) =>
    check.adjusted === undefined ? countsByVerdict(check) : check.adjusted.change.kind !== 'excused';
}

/** Points reached and reachable. */
export function gradeScore(checks: readonly GradedCheck[]): { points: number; of: number } {
  const counted = checks.filter(counts(checks));
  const sum = (key: 'points' | 'maxPoints'): number => counted.reduce((all, check) => all + check[key], 0);
  return { points: sum('points'), of: sum('maxPoints') };
}
