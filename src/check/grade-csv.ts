import { safeLines } from '../bytes/index.ts';
import type { GradeContext } from './grade-context.ts';
import type { Grade } from './grade.ts';

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
    ]),
  ]);
}

/** Rows as CSV. A cell that a spreadsheet would take for a formula gets an apostrophe: some of these a student wrote. */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const seen = safeLines(value);
  const safe = /^[=+\-@\t\r]/.test(seen) ? `'${seen}` : seen;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
