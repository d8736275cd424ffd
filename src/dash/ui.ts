/** What the user has chosen, and what a key does to it. Pure: a key and a state give a state. */
import type { Snapshot } from './snapshot.ts';
import { COLUMN_IDS, type ColumnId, isCalled, listed } from './views/columns.ts';

export interface Ui {
  readonly screen: 'all' | 'log' | 'ladder';
  readonly help: boolean;
  readonly chosen: string | undefined;
  readonly sort: ColumnId;
  readonly descending: boolean;
  readonly filter: string;
  readonly search: string;
  /** A text is being typed. */
  readonly typing: 'filter' | 'search' | undefined;
  readonly paused: boolean;
  /** Lines that the log is scrolled back. */
  readonly back: number;
}

export const START: Ui = {
  screen: 'all',
  help: false,
  chosen: undefined,
  sort: 'id',
  descending: false,
  filter: '',
  search: '',
  typing: undefined,
  paused: false,
  back: 0,
};

export interface Key {
  /** `up`, `pageup`, `f1`, `enter`, `escape`, `backspace`, `tab`, `C-c`, or a character. */
  readonly name: string;
  /** What it would write; undefined for keys that write nothing. */
  readonly text: string | undefined;
}

/** `page`: how many rows a page has. `leave`: the user wants to go. */
export function press(
  ui: Ui,
  key: Key,
  snapshot: Snapshot | undefined,
  page: number,
): Ui | 'leave' | 'interrupt' {
  if (key.name === 'C-c') return 'interrupt';
  if (ui.typing !== undefined) return type(ui, ui.typing, key, snapshot);
  if (ui.help) return key.name === 'q' || key.name === 'f10' ? 'leave' : { ...ui, help: false };
  switch (key.name) {
    case 'q':
    case 'f10':
      return 'leave';
    case 'f1':
    case '?':
    case 'h':
      return { ...ui, help: true };
    case 'up':
      return move(ui, snapshot, -1);
    case 'down':
      return move(ui, snapshot, 1);
    case 'pageup':
      return move(ui, snapshot, -page);
    case 'pagedown':
      return move(ui, snapshot, page);
    case 'home':
      return move(ui, snapshot, -Infinity);
    case 'end':
      return move(ui, snapshot, Infinity);
    case 'enter':
      return { ...ui, screen: ui.screen === 'ladder' ? 'all' : 'ladder' };
    case 'tab':
      return { ...ui, screen: after(['all', 'log', 'ladder'] as const, ui.screen, 1), back: 0 };
    case 'escape':
      return { ...ui, screen: 'all', filter: '', back: 0 };
    case 'f3':
    case '/':
      return ui.search !== '' && key.name === 'f3'
        ? find(ui, snapshot, 1)
        : { ...ui, typing: 'search', search: '' };
    case 'f4':
    case '\\':
      return { ...ui, typing: 'filter' };
    case 'f6':
    case '>':
    case '.':
      return { ...ui, sort: after(COLUMN_IDS, ui.sort, 1) };
    case '<':
    case ',':
      return { ...ui, sort: after(COLUMN_IDS, ui.sort, -1) };
    case 'I':
    case 'i':
      return { ...ui, descending: !ui.descending };
    case 'Z':
    case 'z':
      return { ...ui, paused: !ui.paused };
    default:
      return ui;
  }
}

function type(ui: Ui, what: 'filter' | 'search', key: Key, snapshot: Snapshot | undefined): Ui {
  const changed = (text: string): Ui => {
    const next = { ...ui, [what]: text };
    return what === 'search' && text !== '' ? find(next, snapshot, 0) : next;
  };
  switch (key.name) {
    case 'enter':
      return { ...ui, typing: undefined };
    case 'escape':
      return { ...ui, typing: undefined, [what]: '' };
    case 'f3':
      return what === 'search' ? find(ui, snapshot, 1) : ui;
    case 'backspace':
      return changed(Array.from(ui[what]).slice(0, -1).join(''));
    default:
      return key.text === undefined ? ui : changed(ui[what] + key.text);
  }
}

function move(ui: Ui, snapshot: Snapshot | undefined, by: number): Ui {
  if (ui.screen === 'log')
    return { ...ui, back: Math.max(0, Math.min(snapshot?.log.length ?? 0, ui.back - by)) };
  const rows = snapshot === undefined ? [] : listed(snapshot, ui);
  const at = rows.findIndex(({ key }) => key === ui.chosen);
  const from = at === -1 ? (by > 0 ? -1 : 0) : at;
  const to = Math.max(0, Math.min(rows.length - 1, from + by));
  return { ...ui, chosen: rows[to]?.key };
}

/** The next row, from the chosen one on, that is called so. */
function find(ui: Ui, snapshot: Snapshot | undefined, skip: 0 | 1): Ui {
  const rows = snapshot === undefined ? [] : listed(snapshot, ui);
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === ui.chosen),
  );
  const turned = [...rows.slice(at + skip), ...rows.slice(0, at + skip)];
  const found = turned.find((row) => isCalled(row, ui.search));
  return found === undefined ? ui : { ...ui, chosen: found.key };
}

function after<T>(all: readonly T[], one: T, by: 1 | -1): T {
  return all[(all.indexOf(one) + by + all.length) % all.length] ?? one;
}
