/** check50's JSON (cs50.readthedocs.io/projects/check50, "JSON specification"), as `check50 -o json` prints it. */
import { standing } from './adjust.ts';
import { checkOutput, type GradeContext, shown } from './grade-context.ts';
import type { Grade, GradedCheck } from './grade.ts';
import type { Language } from './text.ts';

interface Check50Result {
  readonly name: string;
  readonly description: string;
  /** null: it could not be tried. */
  readonly passed: boolean | null;
  readonly log: readonly string[];
  readonly cause: { readonly rationale: string; readonly help: string | null } | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** One at most: the first that it needs. */
  readonly dependency: string | null;
}

export interface Check50 {
  readonly slug: string;
  readonly results: readonly Check50Result[];
  readonly version: string;
}

/** check50 knows no hidden checks, and students read its output: they are left out. */
export function check50(grade: Grade, { language, kit }: GradeContext): Check50 {
  const { visible } = shown(grade);
  const known = new Set(visible.map(({ id }) => id));
  return {
    slug: `socket-lab-kit/${grade.kind}/${grade.subject}`,
    results: visible.map((check) => ({
      name: check.id,
      description: check.title[language],
      passed: passed(check),
      log: check.steps.map((step) => step[language]),
      cause: standing(check) === 'pass' ? null : cause(check, language),
      data: {
        ...{ verdict: check.verdict, points: check.points, maxPoints: check.maxPoints },
        ...(check.adjusted === undefined ? {} : { adjusted: check.adjusted }),
      },
      dependency: check.dependsOn.find((id) => known.has(id)) ?? null,
    })),
    version: kit,
  };
}

function passed(check: GradedCheck): boolean | null {
  const stands = standing(check);
  if (stands === 'pass' || (check.adjusted === undefined && check.unstable === true)) return true;
  return stands === 'fail' ? false : null;
}

function cause(check: GradedCheck, language: Language): NonNullable<Check50Result['cause']> {
  return {
    rationale: checkOutput({ ...check, steps: [], hint: undefined }, language),
    help: check.hint?.[language] ?? null,
  };
}
