/** The formats that a grade can be written in, by name. Each is text; docs/GRADING.md says which reader wants which. */
import type { Grade } from './grade.ts';
import { gradeText } from './grade-text.ts';
import type { Language } from './text.ts';

export type GradeWriter = (grade: Grade, language: Language) => string;

export const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export const GRADE_FORMATS = {
  text: gradeText,
  json: (grade) => pretty(grade),
} as const satisfies Readonly<Record<string, GradeWriter>>;

export type GradeFormat = keyof typeof GRADE_FORMATS;
export const GRADE_FORMAT_NAMES = Object.keys(GRADE_FORMATS) as GradeFormat[];
