/**
 * Text as cells of a terminal. What comes from a peer is escaped first, and then takes exactly the cells that it is
 * given: nothing in it can reach a neighbour's, whatever it is made of.
 *
 * Terminals agree on how wide a single character is, and not on sequences: an emoji with a skin tone, a flag, a family.
 * So a cell holds one character and the accents on it; variation selectors and skin tones are left out.
 */
import { safeText, stringWidth } from '../bytes/index.ts';

export interface Style {
  /** Of the terminal's 256 colours; absent: the default. */
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly inverse?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style?: Style;
}

/** A line of spans, one behind the other. */
export type Line = readonly Span[];

/** `text` is empty in the second half of a wide character. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

interface Glyph {
  text: string;
  readonly width: 1 | 2;
}

const VARIATION = /^[\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]$/u;
const SKIN = /^\p{Emoji_Modifier}$/u;
const FLAG_LETTER = /^\p{Regional_Indicator}$/u;
const MOST_ACCENTS = 3;

/** More than any terminal is wide: of a text of a megabyte the rest is not looked at, several times for each screen. */
const LONGEST = 4_096;

/** `text`, made safe, one character for each glyph. */
export function glyphs(text: string): Glyph[] {
  const found: Glyph[] = [];
  for (const character of safeText(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)) {
    const last = found.at(-1);
    if (VARIATION.test(character)) continue;
    if (SKIN.test(character) && last?.width === 2) continue;
    const width = FLAG_LETTER.test(character) ? 1 : stringWidth(character);
    if (width === 0) {
      if (last !== undefined && last.text.length <= MOST_ACCENTS) last.text += character;
      continue;
    }
    found.push({ text: character, width: width >= 2 ? 2 : 1 });
  }
  return found;
}

export const widthOf = (text: string): number => glyphs(text).reduce((sum, { width }) => sum + width, 0);

/** Exactly `width` cells: cut with `…`, or filled with blanks. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const all = glyphs(text);
  const whole = all.reduce((sum, glyph) => sum + glyph.width, 0);
  if (whole <= width) {
    const made = all.map((glyph) => glyph.text).join('');
    const blanks = ' '.repeat(width - whole);
    return align === 'left' ? made + blanks : blanks + made;
  }
  let made = '';
  let used = 0;
  for (const glyph of all) {
    if (used + glyph.width > width - 1) break;
    made += glyph.text;
    used += glyph.width;
  }
  return `${made}…${' '.repeat(width - 1 - used)}`;
}

/** A line as exactly `width` cells. A wide character that does not fit whole is a blank. */
export function cellsOf(line: Line, width: number): Cell[] {
  const cells: Cell[] = [];
  let style: Style = {};
  for (const span of line) {
    style = span.style ?? {};
    for (const glyph of glyphs(span.text)) {
      if (cells.length + glyph.width > width) break;
      cells.push({ text: glyph.text, style });
      if (glyph.width === 2) cells.push({ text: '', style });
    }
  }
  // The rest of a line looks as its end: a bar goes to the edge.
  const rest = line.at(-1)?.text === '' ? style : {};
  while (cells.length < width) cells.push({ text: ' ', style: rest });
  return cells;
}

/** Cells as text, for tests, documents and terminals that cannot be drawn on. */
export const textOf = (cells: readonly Cell[]): string => cells.map(({ text }) => text).join('');
