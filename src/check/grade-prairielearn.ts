/**
 * PrairieLearn's results.json of an external grader (docs.prairielearn.com/externalGrading, "Grading results"), which is
 * limited to 1 MB: the longest texts are cut until it fits.
 */
import {
  checkOutput,
  type GradeContext,
  HIDDEN_TITLE,
  pretty,
  rounded,
  shown,
  wholeLines,
} from './grade-context.ts';
import { counts, type Grade, type GradedCheck } from './grade.ts';
import { text } from './text.ts';

interface PrairieLearnTest {
  readonly name: string;
  readonly description: string;
  readonly points: number;
  readonly max_points: number;
  readonly message: string;
  readonly output: string;
}

export interface PrairieLearn {
  /** false: nothing could be tried, and the student has the attempt again. */
  readonly gradable: boolean;
  readonly format_errors?: readonly string[];
  /** From 0 to 1. */
  readonly score: number;
  readonly message: string;
  readonly output: string;
  readonly tests: readonly PrairieLearnTest[];
}

const LIMIT_BYTES = 1_000_000;

export function prairielearn(grade: Grade, context: GradeContext): PrairieLearn {
  const whole = results(grade, context);
  let cut = whole;
  for (let most = 64_000; new TextEncoder().encode(pretty(cut)).length > LIMIT_BYTES && most > 1; most /= 2)
    cut = shortened(whole, Math.floor(most));
  return cut;
}

function shortened(whole: PrairieLearn, most: number): PrairieLearn {
  const short = (text: string): string => (text.length <= most ? text : `${text.slice(0, most)}…`);
  return {
    ...whole,
    message: short(whole.message),
    tests: whole.tests.map((test) => ({
      ...test,
      message: short(test.message),
      output: short(test.output),
    })),
  };
}

function results(grade: Grade, { language }: GradeContext): PrairieLearn {
  const counted = counts(grade.checks);
  const { points, of } = grade.score;
  const { visible, hidden } = shown(grade);
  const nothing = text(
    'Nothing could be tried here; this is not your fault.',
    '此处无法进行任何检查，这不是你的问题。',
  );
  const total = (checks: readonly GradedCheck[], key: 'points' | 'maxPoints'): number =>
    rounded(checks.filter(counted).reduce((all, check) => all + check[key], 0));
  return {
    gradable: of > 0,
    ...(of > 0 ? {} : { format_errors: [nothing[language]] }),
    // A bonus is in the points; PrairieLearn knows no score above 1.
    score: of === 0 ? 0 : Math.min(1, points / of),
    message: wholeLines(grade, language).join('\n'),
    output: '',
    tests: [
      ...visible.map((check) => ({
        name: check.title[language],
        description: check.id,
        points: check.points,
        max_points: total([check], 'maxPoints'),
        message:
          check.verdict === 'pass' && check.adjusted === undefined
            ? ''
            : checkOutput({ ...check, output: undefined }, language),
        output: check.output ?? '',
      })),
      ...(hidden.length === 0
        ? []
        : [
            {
              name: HIDDEN_TITLE[language],
              description: 'hidden',
              points: total(hidden, 'points'),
              max_points: total(hidden, 'maxPoints'),
              message: '',
              output: '',
            },
          ]),
    ],
  };
}
