import { safeLines, safeText } from '../bytes/index.ts';

/** Text from outside as a cell or a sentence of markdown: no control characters, no markup, no table borders. */
export function plain(value: string): string {
  return safeText(value).replaceAll(/[\\`*_[\]<>#|~&]/g, (character) => `\\${character}`);
}

/** Inline code; backticks inside are kept (CommonMark 0.31, section 6.1). */
export function code(value: string): string {
  if (value === '') return '';
  const safe = safeText(value).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return longest > 0 ? `${ticks} ${safe} ${ticks}` : `${ticks}${safe}${ticks}`;
}

/** A fenced block whose fence is longer than any in it. */
export function fence(content: string, language = ''): string {
  const longest = Math.max(2, ...(content.match(/`{3,}/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${safeLines(content.replace(/\n+$/, ''))}\n${ticks}`;
}

/** A table; `right` names the columns (from 0) that hold numbers. Cells are markdown already. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (right.includes(column) ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
export const numbered = (items: readonly string[]): string =>
  items.map((item, index) => `${index + 1}. ${item}`).join('\n');
