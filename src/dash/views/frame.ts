/**
 * The whole screen as cells, and where the charts go over it. A function of what was seen, what was chosen and the size:
 * the same picture on any terminal.
 */
import { type Cell, cellsOf, type Line, type Style, widthOf } from '../cells.ts';
import { short } from '../figures.ts';
import type { Past, Snapshot } from '../snapshot.ts';
import type { Ui } from '../ui.ts';
import type { Words } from '../words.ts';
import { ladderView } from './ladder.ts';
import { LEAST, layoutOf, type Rect } from './layout.ts';
import { logView } from './log.ts';
import { tableView } from './table.ts';

export interface Frame {
  readonly cells: readonly (readonly Cell[])[];
  readonly lines: { readonly rect: Rect; readonly history: readonly Past[] } | undefined;
  readonly bars: { readonly rect: Rect; readonly states: readonly (readonly [string, number])[] } | undefined;
  /** Rows of the table: what a page is. */
  readonly page: number;
}

const TITLE: Style = { bold: true };
const PANE: Style = { fg: 0, bg: 4 };
const KEY: Style = { bold: true };
const KEY_NAME: Style = { fg: 0, bg: 6 };
const ALARM: Style = { fg: 1, bold: true };

export function frame(
  snapshot: Snapshot | undefined,
  ui: Ui,
  words: Words,
  columns: number,
  rows: number,
): Frame {
  const canvas = Array.from({ length: rows }, () => cellsOf([], columns));
  const put = (lines: readonly Line[], { left, top, width, height }: Rect): void => {
    lines
      .slice(0, height)
      .forEach((line, index) => canvas[top + index]?.splice(left, width, ...cellsOf(line, width)));
  };
  const row = (top: number, height = 1): Rect => ({ left: 0, top, width: columns, height });
  if (columns < LEAST.columns || rows < LEAST.rows) {
    put([[{ text: words.small }]], row(0));
    return { cells: canvas, lines: undefined, bars: undefined, page: 1 };
  }
  put([keysLine(ui, words)], row(rows - 1));
  if (snapshot === undefined) return { cells: canvas, lines: undefined, bars: undefined, page: 1 };
  put([titleLine(snapshot, ui, words), factsLine(snapshot)], row(0, 2));
  if (ui.help) {
    put(
      words.help.map((text) => [{ text }]),
      row(3, rows - 4),
    );
    return { cells: canvas, lines: undefined, bars: undefined, page: 1 };
  }
  const layout = layoutOf(columns, rows, ui.screen);
  const { table, log, ladder, lines, bars } = layout;
  if (ui.screen === 'all') {
    put(tableView(snapshot, ui, words, table.width, table.height), {
      ...table,
      top: table.top - 1,
      height: table.height + 1,
    });
  }
  const pane = (rect: Rect, title: string, view: readonly Line[]): void => {
    put(
      [
        [
          { text: ` ${title}`, style: PANE },
          { text: '', style: PANE },
        ],
        ...view,
      ],
      rect,
    );
  };
  if (log !== undefined) pane(log, words.log, logView(snapshot.log, log.height - 1, ui.back));
  if (ladder !== undefined) {
    // A blank column between the two panes.
    const gap = ladder.left > 0 ? 1 : 0;
    const rect = { ...ladder, left: ladder.left + gap, width: ladder.width - gap };
    const seen = snapshot.ladder;
    const witness = seen === undefined ? '' : `, ${seen.witness === 'wire' ? words.wire : words.server}`;
    pane(rect, words.ladder + witness, ladderView(seen, words, rect.width, rect.height - 1));
  }
  if (lines !== undefined) put([chartTitle(snapshot, words)], lines);
  if (bars !== undefined)
    put(
      [
        [
          { text: ` ${words.states}`, style: PANE },
          { text: '', style: PANE },
        ],
      ],
      bars,
    );
  return {
    cells: canvas,
    lines: lines === undefined ? undefined : { rect: below(lines), history: snapshot.history },
    bars: bars === undefined ? undefined : { rect: below(bars), states: countStates(snapshot) },
    page: Math.max(1, table.height),
  };
}

const below = (rect: Rect): Rect => ({ ...rect, top: rect.top + 1, height: rect.height - 1 });

/** How many sockets are in each state, most first. */
export function countStates({ connections }: Snapshot): [string, number][] {
  const counts = new Map<string, number>();
  for (const { state } of connections)
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || a.localeCompare(b));
}

function titleLine({ heading, trouble }: Snapshot, ui: Ui, words: Words): Line {
  return [
    { text: heading.title, style: TITLE },
    ...(ui.paused ? [{ text: `  ${words.paused}`, style: ALARM }] : []),
    ...(ui.filter === '' ? [] : [{ text: `  ${words.filter}${ui.filter}`, style: KEY }]),
    ...(trouble === undefined ? [] : [{ text: `  ${trouble}`, style: ALARM }]),
  ];
}

/** What the lines are, in their colours, and the latest figures. */
function chartTitle({ history }: Snapshot, words: Words): Line {
  const { requests = 0, bytesIn = 0, bytesOut = 0 } = history.at(-1) ?? {};
  return [
    { text: ` ${words.lines[0]} ${short(requests)} `, style: PANE },
    { text: '━━', style: { ...PANE, fg: 14 } },
    { text: `  ${words.lines[1]} ${short((bytesIn + bytesOut) / 1000)} `, style: PANE },
    { text: '━━', style: { ...PANE, fg: 11 } },
    { text: '', style: PANE },
  ];
}

function factsLine({ heading }: Snapshot): Line {
  return heading.facts.flatMap(([label, value], index) => [
    { text: `${index === 0 ? '' : '  '}${label} ` },
    { text: value, style: KEY },
  ]);
}

function keysLine(ui: Ui, words: Words): Line {
  if (ui.typing !== undefined)
    return [{ text: words[ui.typing], style: KEY }, { text: ui[ui.typing] }, { text: '█' }];
  return words.keys.flatMap(([key = '', name = '']) => [
    { text: key, style: KEY },
    { text: `${name}${' '.repeat(Math.max(1, 7 - widthOf(name)))}`, style: KEY_NAME },
  ]);
}
