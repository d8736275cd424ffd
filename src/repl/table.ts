/** Rows of flat objects as an aligned table; a Chinese name takes two columns for each character. */
import { stringWidth } from '../bytes/index.ts';
import type { Paint } from './paint.ts';

type Cell = string | number | boolean | bigint | null | undefined;
export type Row = Readonly<Record<string, Cell>>;

/** Rows that read better as a table: at least one, plain objects, the same few keys, nothing nested. Runs no getter. */
export function asRows(value: unknown, mostKeys = 8): readonly Row[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const rows = value.map(plainRow);
  const first = rows[0];
  if (!first) return undefined;
  const keys = Object.keys(first).join('\0');
  if (keys === '' || Object.keys(first).length > mostKeys) return undefined;
  return rows.every((row) => row !== undefined && Object.keys(row).join('\0') === keys)
    ? (rows as Row[])
    : undefined;
}

function plainRow(value: unknown): Row | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const row: Record<string, Cell> = {};
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    const cell: unknown = descriptor.value;
    if ('get' in descriptor || typeof cell === 'function' || typeof cell === 'symbol') return undefined;
    if (typeof cell === 'object' && cell !== null) return undefined;
    row[key] = cell as Cell;
  }
  return row;
}

/** Numbers stand at the right, everything else at the left. `safe` makes texts fit for a terminal. */
export function table(rows: readonly Row[], safe: (text: string) => string, paint: Paint): string {
  const columns = Object.keys(rows[0] ?? {}).map((key) => {
    const cells = rows.map((row) => safe(String(row[key] ?? '')));
    const title = safe(key);
    return {
      title,
      cells,
      width: Math.max(...[title, ...cells].map((text) => stringWidth(text))),
      right: rows.every((row) => typeof row[key] === 'number' || typeof row[key] === 'bigint'),
    };
  });
  const pad = (text: string, width: number, right: boolean): string => {
    const blanks = ' '.repeat(width - stringWidth(text));
    return right ? blanks + text : text + blanks;
  };
  const head = columns.map(({ title, width, right }) => pad(title, width, right)).join('  ');
  const body = rows.map((_, index) =>
    columns
      .map(({ cells, width, right }) => pad(cells[index] ?? '', width, right))
      .join('  ')
      .trimEnd(),
  );
  return [paint.dim(head.trimEnd()), ...body].join('\n');
}
