/** Results as text: for people, or as one JSON value. */
import { inspect, types } from 'node:util';
import { safeJson, safeLines, safeText } from '../bytes/index.ts';
import type { Paint } from './paint.ts';
import { showOf } from './shown.ts';
import { asRows, table } from './table.ts';

/**
 * `value` for people. A text is shown raw for scripts (`raw`) and quoted at the prompt. Nothing in the result can steer
 * a terminal: colours are the only escape sequences in it, and only with `paint.colours`.
 */
export function show(value: unknown, paint: Paint, { raw = false }: { raw?: boolean } = {}): string {
  if (typeof value === 'string' && raw) return safeLines(value);
  const own = showOf(value);
  if (own) return own(safeText);
  if (types.isDate(value)) return dateText(value);
  const rows = asRows(value);
  if (rows) return table(rows, safeText, paint);
  return safeColoured(inspect(value, { colors: paint.colours, depth: 4 }));
}

/** `value` as JSON on one line. What JSON cannot say becomes a text (bigint) or null, as JSON.stringify does. */
export function toJson(value: unknown): string {
  const replaced = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part instanceof Error) return Object.assign({ name: part.name, message: part.message }, part);
    if (part instanceof Map) return Object.fromEntries(part as Map<PropertyKey, unknown>);
    if (part instanceof Set) return [...(part as Set<unknown>)];
    return part;
  }) as string | undefined;
  return safeJson(replaced ?? 'null');
}

// The characters are the point of it.
// eslint-disable-next-line no-control-regex
const COLOUR = /(\u001b\[\d+m)/;

/** As `safeLines`, but colours stay: `inspect` wrote them, and it escapes whatever looks like one in the data. */
export function safeColoured(text: string): string {
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : safeLines(part)))
    .join('');
}

/** `2026-11-20 12:51:58.123 +01:00`: local time, and how far it is from UTC. */
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'Invalid Date';
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString();
  const two = (part: number): string => String(Math.trunc(part)).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 23)} ${zone}`;
}
