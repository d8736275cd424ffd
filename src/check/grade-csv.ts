import { safeLines } from '../bytes/index.ts';
import { adjustedText } from './adjusted-text.ts';
import { type GradeContext, rounded } from './grade-context.ts';
import { type Grade, gradeScore } from './grade.ts';
import { type Language, text } from './text.ts';

type Row = readonly (string | number)[];

/** A row for each check (RFC 4180); of a whole class see `chat-lab grade class`. */
export function checkCsv(grade: Grade, { language }: GradeContext): string {
  return csv([
    [
      'kind',
      'subject',
      'student',
      'check',
      'title',
      'verdict',
      'points',
      'max points',
      'visibility',
      'unstable',
      'actual',
      'grader points',
      'adjustment',
    ],
    ...grade.checks.map((check) => [
      grade.kind,
      grade.subject,
      grade.student ?? '',
      check.id,
      check.title[language],
      check.verdict,
      check.points,
      check.maxPoints,
      check.visibility,
      check.unstable === true ? 'yes' : '',
      check.actual[language],
      check.adjusted?.grader.points ?? check.points,
      check.adjusted === undefined ? '' : adjustedText(check.adjusted)[language],
    ]),
    ...wholeRow(grade, language),
  ]);
}

/** What was adjusted of the whole, as points that the sum of the others lacks, or has too many. */
function wholeRow({ adjusted, checks, score, kind, subject, student }: Grade, language: Language): Row[] {
  if (adjusted === undefined) return [];
  const sum = gradeScore(checks);
  const [points, of] = [rounded(score.points - sum.points), rounded(score.of - sum.of)];
  const title = text('the whole', '整体')[language];
  const told = adjustedText(adjusted)[language];
  return [[kind, subject, student ?? '', '', title, 'adjusted', points, of, '', '', '', 0, told]];
}

/** Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe: some of these a student wrote. */
export function csv(rows: readonly Row[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const seen = safeLines(value);
  const safe = /^[=+\-@\t\r]/.test(seen) ? `'${seen}` : seen;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
