/** The columns of the table: what stands in them, how wide they are, which go first when there is no room. */
import { widthOf } from '../cells.ts';
import { short, timerText } from '../figures.ts';
import type { Connection, Snapshot } from '../snapshot.ts';
import type { Ui } from '../ui.ts';
import type { Words } from '../words.ts';

export type ColumnId = keyof Words['columns'];

export interface Column {
  readonly id: ColumnId;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** Low ones go last when the screen is narrow. */
  readonly rank: number;
  readonly text: (row: Connection, snapshot: Snapshot) => string;
  readonly order: (row: Connection, snapshot: Snapshot) => number | string;
}

type Parts = [width: number, align: 'left' | 'right', rank: number];

const column = (
  id: ColumnId,
  [width, align, rank]: Parts,
  text: Column['text'],
  order: Column['order'] = text,
): Column => ({ id, width, align, rank, text, order });

const speedOf = (
  row: Connection,
  snapshot: Snapshot,
  what: 'requests' | 'bytesIn' | 'bytesOut',
): number | undefined => (row[what] === undefined ? undefined : (snapshot.speeds.get(row.key)?.[what] ?? 0));

/** In the order in which they stand. */
export const COLUMNS: readonly Column[] = [
  column('host', [8, 'left', 3], ({ host }) => host),
  column(
    'id',
    [4, 'right', 1],
    ({ id }) => (id === undefined ? '-' : String(id)),
    ({ id }) => id ?? Infinity,
  ),
  column('name', [12, 'left', 2], ({ name }) => name),
  column('remote', [21, 'left', 0], ({ remote }) => remote),
  column('local', [21, 'left', 12], ({ local }) => local),
  column('state', [11, 'left', 0], ({ state }) => state ?? '-'),
  column('peer', [11, 'left', 8], ({ peerState }) => peerState ?? '-'),
  column(
    'receive',
    [6, 'right', 4],
    ({ receiveQueue }) => short(receiveQueue),
    ({ receiveQueue }) => receiveQueue ?? -1,
  ),
  column(
    'send',
    [6, 'right', 4],
    ({ sendQueue }) => short(sendQueue),
    ({ sendQueue }) => sendQueue ?? -1,
  ),
  column(
    'timer',
    [12, 'left', 5],
    ({ timer }) => timerText(timer),
    ({ timer }) => timer?.leftMs ?? Infinity,
  ),
  column(
    'requests',
    [5, 'right', 6],
    (row, snapshot) => short(speedOf(row, snapshot, 'requests')),
    (row, snapshot) => speedOf(row, snapshot, 'requests') ?? -1,
  ),
  column(
    'bytesIn',
    [5, 'right', 9],
    (row, snapshot) => short(speedOf(row, snapshot, 'bytesIn')),
    (row, snapshot) => speedOf(row, snapshot, 'bytesIn') ?? -1,
  ),
  column(
    'bytesOut',
    [5, 'right', 10],
    (row, snapshot) => short(speedOf(row, snapshot, 'bytesOut')),
    (row, snapshot) => speedOf(row, snapshot, 'bytesOut') ?? -1,
  ),
  column(
    'unsent',
    [6, 'right', 7],
    ({ unsent }) => short(unsent),
    ({ unsent }) => unsent ?? -1,
  ),
];

export const COLUMN_IDS: readonly ColumnId[] = COLUMNS.map(({ id }) => id);

/** The columns that `width` cells have room for, the important ones, with one blank between; the name takes the rest. */
export function columnsFor(width: number, withHosts: boolean, sort: ColumnId, words: Words): Column[] {
  const wanted = COLUMNS.filter(({ id }) => withHosts || id !== 'host').map((each) => ({
    ...each,
    // The column that it is sorted by has a mark behind its name.
    width: Math.max(each.width, widthOf(words.columns[each.id]) + (each.id === sort ? 1 : 0)),
  }));
  const chosen = new Set<Column>();
  let used = -1;
  for (const each of [...wanted].sort((a, b) => a.rank - b.rank)) {
    if (used + 1 + each.width > width) break;
    used += 1 + each.width;
    chosen.add(each);
  }
  const rest = Math.max(0, width - used);
  return wanted
    .filter((each) => chosen.has(each))
    .map((each) => (each.id === 'name' ? { ...each, width: each.width + Math.min(rest, 20) } : each));
}

/** The rows as they stand in the table: filtered and in order. */
export function listed(snapshot: Snapshot, ui: Pick<Ui, 'sort' | 'descending' | 'filter'>): Connection[] {
  const by = COLUMNS.find(({ id }) => id === ui.sort);
  const rows = snapshot.connections.filter((row) => ui.filter === '' || contains(row, ui.filter));
  if (by === undefined) return rows;
  const sorted = [...rows].sort((one, other) => {
    const [a, b] = [by.order(one, snapshot), by.order(other, snapshot)];
    if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a - b;
    return String(a).localeCompare(String(b));
  });
  return ui.descending ? sorted.reverse() : sorted;
}

/** Is that its name, its number, or part of its addresses? */
export function isCalled({ name, local, remote, id }: Connection, text: string): boolean {
  const wanted = text.toLowerCase();
  return [name, local, remote, String(id ?? '')].some((one) => one.toLowerCase().includes(wanted));
}

/** Does a row have `text` somewhere? */
function contains(row: Connection, text: string): boolean {
  const { state = '', peerState = '', host } = row;
  return (
    isCalled(row, text) ||
    [state, peerState, host].some((one) => one.toLowerCase().includes(text.toLowerCase()))
  );
}
