import { safeJson } from '../bytes/index.ts';
import type { Grade, GradedCheck } from './grade.ts';
import { adjustedText } from './adjusted-text.ts';
import { story } from './grade-text.ts';
import { type Language, text } from './text.ts';

/** What a format wants to know that is no part of the grade. */
export interface GradeContext {
  readonly language: Language;
  /** When it was graded. */
  readonly at: Date;
  /** Version of the kit. */
  readonly kit: string;
}

/** JSON that may be printed: what a student's program put into it steers no terminal and deceives no reader. */
export const pretty = (value: unknown): string => `${safeJson(JSON.stringify(value, null, 2))}\n`;

/** Points with two digits behind the point and no more: what a sum of fractions would otherwise look like. */
export const rounded = (points: number): number => Math.round(points * 100) / 100;

/** The whole story of a check as text: of one that passed what came, of another why it did not. */
export function checkOutput(check: GradedCheck, language: Language): string {
  if (check.verdict === 'pass') return [...story(check, language), check.actual[language]].join('\n');
  const unstable =
    check.unstable === true
      ? [
          text(
            'Unstable: it came out otherwise when it was repeated. No points are lost.',
            '不稳定：重复时结果不同，不扣分。',
          )[language],
        ]
      : [];
  return [...unstable, ...story(check, language)].join('\n');
}

/** For formats without visibility, which students read as they are: hidden checks are counted and not told. */
export function shown({ checks }: Grade): { visible: GradedCheck[]; hidden: GradedCheck[] } {
  return {
    visible: checks.filter(({ visibility }) => visibility === 'visible'),
    hidden: checks.filter(({ visibility }) => visibility !== 'visible'),
  };
}

/** Of a grade as a whole: what was adjusted of it, and what does not fit in it. */
export const wholeLines = ({ adjusted, problems }: Grade, language: Language): string[] =>
  [...(adjusted === undefined ? [] : [adjustedText(adjusted)]), ...problems].map((line) => line[language]);

export const HIDDEN_TITLE = text('hidden checks', '隐藏的检查');
