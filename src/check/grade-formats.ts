/** The formats that a grade can be written in, by name. Each is text; docs/GRADING.md says which reader wants which. */
import { checkCsv } from './grade-csv.ts';
import { check50 } from './grade-check50.ts';
import { gradescope } from './grade-gradescope.ts';
import { junit } from './grade-junit.ts';
import { prairielearn } from './grade-prairielearn.ts';
import { gradeText } from './grade-text.ts';
import { type GradeContext, pretty } from './grade-context.ts';
import type { Grade } from './grade.ts';

export type GradeWriter = (grade: Grade, context: GradeContext) => string;

export const GRADE_FORMATS = {
  text: (grade, { language }) => gradeText(grade, language),
  json: (grade) => pretty(grade),
  gradescope: (grade, context) => pretty(gradescope(grade, context)),
  prairielearn: (grade, context) => pretty(prairielearn(grade, context)),
  check50: (grade, context) => pretty(check50(grade, context)),
  junit,
  csv: checkCsv,
} as const satisfies Readonly<Record<string, GradeWriter>>;

export type GradeFormat = keyof typeof GRADE_FORMATS;
export const GRADE_FORMAT_NAMES = Object.keys(GRADE_FORMATS) as GradeFormat[];
