/** Puts frames on a terminal: our cells first, the charts of blessed-contrib over them. */
import type { Readable, Writable } from 'node:stream';
import {
  type BarChart,
  type BlessedScreen,
  type KeyPress,
  type LineChart,
  makeBarChart,
  makeBox,
  makeLineChart,
  makeScreen,
  type ScreenCell,
} from './blessed.ts';
import type { Cell, Style } from './cells.ts';
import type { Past } from './snapshot.ts';
import type { Key } from './ui.ts';
import type { Frame } from './views/frame.ts';
import type { Rect } from './views/layout.ts';

export interface PainterOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly colours: boolean;
  /** What TERM would say. */
  readonly terminal?: string;
}

export class Painter {
  readonly screen: BlessedScreen;
  #frame: Frame | undefined;
  #lines: Placed<LineChart> | undefined;
  #bars: Placed<BarChart> | undefined;

  constructor({ input, output, colours, terminal }: PainterOptions) {
    this.screen = makeScreen({
      ...{ input, output, fullUnicode: true, forceUnicode: true, smartCSR: false, title: 'chat-lab top' },
      ...(terminal === undefined ? {} : { terminal }),
    });
    // Lines as the characters that they are, and not as letters of another character set.
    this.screen.tput.brokenACS = true;
    this.screen.program.hideCursor();
    const ground = makeBox({ left: 0, top: 0, width: '100%', height: '100%' });
    const render = ground.render.bind(ground);
    ground.render = () => {
      const drawn = render();
      this.#paint();
      return drawn;
    };
    this.screen.append(ground);
    if (!colours) withoutColours(this.screen);
  }

  onKey(listener: (key: Key) => void): void {
    this.screen.on('keypress', (text, key) => {
      const named = keyOf(text, key);
      if (named !== undefined) listener(named);
    });
  }

  onResize(listener: () => void): void {
    this.screen.on('resize', listener);
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    this.#lines = this.#place(this.#lines, frame.lines?.rect, (rect) => makeLineChart(rect));
    this.#bars = this.#place(this.#bars, frame.bars?.rect, (rect) => makeBarChart(rect, BARS));
    if (frame.lines !== undefined)
      this.#lines?.chart.setData(series(frame.lines.history, frame.lines.rect.width));
    if (frame.bars !== undefined) this.#bars?.chart.setData(bars(frame.bars.states, frame.bars.rect.width));
    this.screen.render();
  }

  /** Draws all cells anew: something else has written on the terminal. */
  redraw(): void {
    this.screen.realloc();
    if (this.#frame !== undefined) this.draw(this.#frame);
  }

  close(): void {
    this.screen.destroy();
  }

  #paint(): void {
    const { lines } = this.screen;
    this.#frame?.cells.forEach((row, y) => {
      const line = lines[y];
      if (line === undefined) return;
      row.forEach((cell, x) => {
        const there = line[x];
        if (there === undefined) return;
        write(there, cell);
        line.dirty = true;
      });
    });
  }

  /** A chart of contrib cannot change its size: a new one is made. */
  #place<T extends LineChart | BarChart>(
    before: Placed<T> | undefined,
    rect: Rect | undefined,
    make: (rect: Rect) => T,
  ): Placed<T> | undefined {
    if (before !== undefined && rect !== undefined && same(before.rect, rect)) return before;
    before?.chart.detach();
    if (rect === undefined) return undefined;
    const chart = make(rect);
    this.screen.append(chart);
    return { chart, rect };
  }
}

interface Placed<T> {
  readonly chart: T;
  readonly rect: Rect;
}

const BARS = { width: 5, spacing: 8 } as const;

const same = (a: Rect, b: Rect): boolean =>
  a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;

const DEFAULT_COLOUR = 0x1ff;

function write(there: ScreenCell, { text, style }: Cell): void {
  there[0] = attributeOf(style);
  // The second half of a wide character is passed over when the line is drawn.
  there[1] = text === '' ? ' ' : text;
}

function attributeOf({
  fg = DEFAULT_COLOUR,
  bg = DEFAULT_COLOUR,
  bold = false,
  inverse = false,
}: Style): number {
  return (((bold ? 1 : 0) | (inverse ? 8 : 0)) << 18) | (fg << 9) | bg;
}

/** NO_COLOR: what would have a background is inverse, so that head, keys and the chosen row still stand out. */
function withoutColours(screen: BlessedScreen): void {
  const draw = screen.draw.bind(screen);
  screen.draw = (from, to) => {
    for (const line of screen.lines) {
      for (const cell of line) {
        const coloured = (cell[0] & 0x1ff) !== DEFAULT_COLOUR;
        cell[0] = (cell[0] & ~0x3ffff) | 0x3ffff | (coloured ? 8 << 18 : 0);
      }
    }
    draw(from, to);
  };
}

/** As many seconds as the chart has room for, and labels for some of them. */
function series(history: readonly Past[], width: number): Parameters<LineChart['setData']>[0] {
  const shown = history.slice(-Math.max(2, width - 18));
  // A line has two ends.
  const rates = shown.length < 2 ? [NONE, NONE] : shown;
  const now = rates.at(-1)?.atMs ?? 0;
  const x = rates.map(({ atMs }) => String(Math.round((atMs - now) / 1000)));
  return [
    { title: 'req/s', x, y: rates.map(({ requests }) => Math.round(requests)), style: { line: 'cyan' } },
    {
      title: 'KB/s',
      x,
      y: rates.map(({ bytesIn, bytesOut }) => Math.round((bytesIn + bytesOut) / 1000)),
      style: { line: 'yellow' },
    },
  ];
}

const NONE: Past = { atMs: 0, requests: 0, bytesIn: 0, bytesOut: 0 };

/** Names short enough to stand under a bar. */
const SHORT: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  SYN_SENT: 'SYN_S',
  SYN_RECV: 'SYN_R',
  FIN_WAIT1: 'FIN_W1',
  FIN_WAIT2: 'FIN_W2',
  TIME_WAIT: 'T_WAIT',
  CLOSE_WAIT: 'C_WAIT',
  LAST_ACK: 'L_ACK',
};

function bars(
  states: readonly (readonly [string, number])[],
  width: number,
): Parameters<BarChart['setData']>[0] {
  const shown = states.slice(0, Math.max(1, Math.floor((width - 3) / BARS.spacing)));
  return { titles: shown.map(([state]) => SHORT[state] ?? state), data: shown.map(([, count]) => count) };
}

function keyOf(text: string | undefined, key: KeyPress): Key | undefined {
  const name = key.full ?? key.name ?? text;
  if (name === undefined) return undefined;
  // blessed tells of Enter twice, as `return` and as `enter`.
  if (name === 'return') return undefined;
  const named = { linefeed: 'enter', 'S-tab': 'tab' }[name] ?? name;
  const writes = text !== undefined && key.ctrl !== true && key.meta !== true && !/\p{Cc}/u.test(text);
  // Upper case letters are keys of their own: `S-i` is `I`.
  return { name: writes && Array.from(text).length === 1 ? text : named, text: writes ? text : undefined };
}
