/**
 * blessed and blessed-contrib, as far as we use them.
 *
 * `blessed` is @pm2/blessed under that name: contrib requires a package called blessed and does not depend on one
 * (docs/ARCHITECTURE.md says why this fork). Of contrib only the two charts are loaded: its index would load maps,
 * markdown and pictures too, with all that they depend on.
 */
import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import { stringWidth } from '../bytes/index.ts';

/** One character on the screen and how it looks: flags, foreground and background in 9 bits each. */
export type ScreenCell = [attribute: number, text: string];

export interface BlessedScreen {
  readonly width: number;
  readonly height: number;
  readonly lines: (ScreenCell[] & { dirty: boolean })[];
  readonly program: { hideCursor(): void };
  readonly tput: { brokenACS: boolean };
  append(element: Element): void;
  render(): void;
  draw: (from: number, to: number) => void;
  realloc(): void;
  destroy(): void;
  on(event: 'keypress', listener: (text: string | undefined, key: KeyPress) => void): void;
  on(event: 'resize', listener: () => void): void;
}

export interface KeyPress {
  readonly name?: string;
  readonly full?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
  readonly shift?: boolean;
}

export interface Element {
  render: () => unknown;
  detach(): void;
}

export interface LineChart extends Element {
  setData(series: readonly { title: string; x: string[]; y: number[]; style: { line: string } }[]): void;
}

export interface BarChart extends Element {
  setData(bars: { titles: string[]; data: number[] }): void;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Blessed {
  screen(options: {
    input: Readable;
    output: Writable;
    fullUnicode: boolean;
    smartCSR: boolean;
    forceUnicode: boolean;
    terminal?: string;
    title?: string;
  }): BlessedScreen;
  box(options: object): Element;
  readonly unicode: { charWidth: (text: string | number, at?: number) => number };
}

const require = createRequire(import.meta.url);
const blessed = require('blessed') as Blessed;

// blessed's own table is of 2013 and knows no emoji. A cell of ours holds one character, and accents.
blessed.unicode.charWidth = (text, at = 0) => {
  if (typeof text === 'number') return stringWidth(String.fromCodePoint(text));
  return stringWidth(String.fromCodePoint(text.codePointAt(at) ?? 0));
};

export const makeScreen = (options: Parameters<Blessed['screen']>[0]): BlessedScreen =>
  blessed.screen(options);
export const makeBox = (options: object): Element => blessed.box(options);

const Line = require('blessed-contrib/lib/widget/charts/line.js') as new (options: object) => LineChart;
const Bar = require('blessed-contrib/lib/widget/charts/bar.js') as new (options: object) => BarChart;

export const makeLineChart = (place: Place): LineChart =>
  new Line({
    ...place,
    showLegend: false,
    xPadding: 4,
    xLabelPadding: 2,
    numYLabels: 3,
    style: { line: 'cyan', text: 'normal', baseline: 'normal' },
  });

export const makeBarChart = (place: Place, bars: { width: number; spacing: number }): BarChart =>
  new Bar({
    ...place,
    barWidth: bars.width,
    barSpacing: bars.spacing,
    xOffset: 1,
    maxHeight: 1,
    barBgColor: 'cyan',
    barFgColor: 'normal',
    labelColor: 'normal',
  });
