/**
 * Gradescope's results.json (gradescope-autograders.readthedocs.io, "Autograder Specifications", "Output Format").
 *
 * The total is set in the assignment and not here, so a check that our own fault or the machine kept from being tried
 * would cost its points: the score is therefore the share of what could be tried, of the whole.
 */
import { standing } from './adjust.ts';
import { scoreText } from './adjusted-text.ts';
import { type GradeContext, checkOutput, rounded, wholeLines } from './grade-context.ts';
import { counts, type Grade, type GradedCheck } from './grade.ts';

interface GradescopeTest {
  readonly score?: number;
  readonly max_score?: number;
  readonly status?: 'passed' | 'failed';
  readonly name: string;
  readonly number: string;
  readonly output: string;
  readonly output_format: 'text';
  readonly tags: readonly string[];
  readonly visibility: GradedCheck['visibility'];
  readonly extra_data: Readonly<Record<string, unknown>>;
}

export interface Gradescope {
  readonly score: number;
  readonly output: string;
  readonly output_format: 'text';
  readonly test_output_format: 'text';
  readonly test_name_format: 'text';
  readonly visibility: 'visible';
  readonly stdout_visibility: 'hidden';
  readonly extra_data: Readonly<Record<string, unknown>>;
  readonly tests: readonly GradescopeTest[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function gradescope(grade: Grade, { language, kit }: GradeContext): Gradescope {
  const whole = sum(grade.checks.map(({ maxPoints }) => maxPoints));
  const counted = counts(grade.checks);
  const tried = grade.score.of;
  return {
    score: tried === 0 ? 0 : rounded((grade.score.points / tried) * whole),
    output: [`${grade.subject}: ${scoreText(grade)[language]}`, ...wholeLines(grade, language)].join('\n'),
    output_format: 'text',
    test_output_format: 'text',
    test_name_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    extra_data: {
      ...{ kit, kind: grade.kind, student: grade.student, protocol: grade.protocol },
      ...(grade.adjusted === undefined ? {} : { adjusted: grade.adjusted }),
    },
    tests: grade.checks.map((check, index) => ({
      ...(counted(check) ? points(check) : {}),
      name: check.title[language],
      number: String(index + 1),
      output: checkOutput(check, language),
      output_format: 'text',
      tags: [
        check.verdict,
        ...(check.unstable === true ? ['unstable'] : []),
        ...(check.adjusted === undefined ? [] : ['adjusted']),
      ],
      visibility: check.visibility,
      extra_data: {
        ...{ id: check.id, dependsOn: check.dependsOn, lab: check.lab ?? null },
        ...(check.adjusted === undefined ? {} : { adjusted: check.adjusted }),
      },
    })),
  };
}

/** Without these a test is shown as information. */
function points(check: GradedCheck): Pick<GradescopeTest, 'score' | 'max_score' | 'status'> {
  const passed = standing(check) === 'pass' || check.points === check.maxPoints;
  return { score: check.points, max_score: check.maxPoints, status: passed ? 'passed' : 'failed' };
}
