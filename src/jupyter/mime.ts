/** Values as a notebook shows them: a text always, and a table, drawing or formatted text where there is one. */
import { Buffer } from 'node:buffer';
import { asRows, makePaint, show } from '../repl/index.ts';
import { safeText } from '../bytes/index.ts';
import type { MimeBundle } from './outputs.ts';

/**
 * The hidden method of a value that knows how a notebook shows it; it gives a MIME bundle. The same symbol as in
 * Deno's kernel, so that libraries written for that one show here as well.
 */
export const DISPLAY = Symbol.for('Jupyter.display');

const PLAIN = makePaint(false);

/** The same object, shown in a notebook by `bundle`; `text` is made of it in a terminal as for any other object. */
export function displayedAs<T extends object>(value: T, bundle: () => MimeBundle): T {
  return Object.defineProperty(value, DISPLAY, { value: bundle, enumerable: false });
}

/** `value` as MIME types. A display method that throws is the user's mistake and is thrown on. */
export function mimeOf(value: unknown): MimeBundle {
  const own = displayOf(value);
  if (own) {
    const bundle: unknown = own.call(value);
    if (typeof bundle === 'object' && bundle !== null) return { 'text/plain': '', ...bundle };
  }
  const text = show(value, PLAIN);
  // A page is wider than a terminal.
  const rows = asRows(value, 12);
  return rows === undefined ? { 'text/plain': text } : { 'text/plain': text, 'text/html': tableHtml(rows) };
}

function displayOf(value: unknown): (() => unknown) | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  const found = (value as { [DISPLAY]?: unknown })[DISPLAY];
  return typeof found === 'function' ? (found as () => unknown) : undefined;
}

export function escapeHtml(text: string): string {
  return safeText(text).replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * A drawing as a picture in HTML. A page keeps it whole that way: its style stays its own, and nbconvert, which strips most
 * of SVG from a page as unsafe, has nothing to strip.
 */
export function pictureHtml(svg: string, alt: string): string {
  const data = Buffer.from(svg).toString('base64');
  return `<p><img alt="${escapeHtml(alt)}" src="data:image/svg+xml;base64,${data}" style="max-width:100%"></p>`;
}

/** A drawing in both forms; a front that can show HTML takes that one. */
export const drawingBundle = (svg: string, alt: string): MimeBundle => ({
  'text/plain': alt,
  'text/html': pictureHtml(svg, alt),
  'image/svg+xml': svg,
});

/** Rows of one shape as an HTML table; every text is escaped. */
export function tableHtml(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: unknown): string => {
    const right = typeof value === 'number' ? ' style="text-align:right"' : ' style="text-align:left"';
    const text = value === undefined ? '' : typeof value === 'string' ? value : show(value, PLAIN);
    return `<td${right}>${escapeHtml(text)}</td>`;
  };
  const head = columns.map((name) => `<th style="text-align:left">${escapeHtml(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${columns.map((name) => cell(row[name])).join('')}</tr>`).join('\n');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}
