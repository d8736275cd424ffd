/** Text of students in a page: no markup of theirs works, nothing of it is invisible, and none of it is endless. */
import { safeText } from '../../bytes/index.ts';

/** Longest name or sentence that is shown; the rest is counted. */
const MOST = 400;
const MOST_LINES = 200;
const MOST_OF_A_LINE = 600;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const markupless = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

const cut = (value: string, most: number): string =>
  value.length <= most ? value : `${value.slice(0, most)}… (${value.length})`;

/** One line, for element content and attributes. */
export const html = (value: string): string => markupless(safeText(cut(value, MOST)));

/** Lines, for a `pre`. */
export function htmlLines(value: string): string {
  const lines = value.split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => markupless(safeText(cut(line, MOST_OF_A_LINE))));
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [`… (${left})`] : [])].join('\n');
}
