/**
 * Bytes for reading: 16 to a row, with their offset and their ASCII.
 *
 * With `fields`, each named field starts a line of its own, its name and value beside its bytes: a student looks for
 * "where is the length" and should not have to count columns. A field that encloses others is a heading above them.
 * Rows that repeat (padding, mostly) are counted and not printed.
 */
import { safeText } from './safe-text.ts';

/** A named range of bytes. `offset` counts from the start of the dumped bytes, not from `base`. */
export type Span = { offset: number; length: number; label: string; value?: string };

const ROW = 16;
const HEX_WIDTH = ROW * 3;

/** `options.base` is added to the offsets that are shown. Fields outside the bytes are cut to what is there. */
export function hexdump(
  bytes: Uint8Array,
  options: { fields?: readonly Span[]; base?: number } = {},
): string {
  const base = options.base ?? 0;
  const digits = Math.max(4, (base + bytes.length).toString(16).length);
  const rows = new Rows(bytes, base, digits);
  const fields = arrange(options.fields ?? [], bytes.length);
  let position = 0;
  for (const { span, depth, encloses } of fields) {
    if (span.offset > position) rows.add(position, span.offset);
    const note = '  '.repeat(depth) + safeText(span.label) + (span.value ? ` = ${safeText(span.value)}` : '');
    if (encloses || span.length === 0) rows.heading(span.offset, note);
    else rows.add(span.offset, span.offset + span.length, note);
    position = Math.max(position, encloses ? span.offset : span.offset + span.length);
  }
  if (position < bytes.length) rows.add(position, bytes.length);
  return rows.lines.join('\n');
}

type Placed = { span: Span; depth: number; encloses: boolean };

/** Fields in reading order, cut to the bytes, each with its depth below the fields that enclose it. */
function arrange(fields: readonly Span[], size: number): Placed[] {
  const cut = fields
    .filter((span) => span.offset >= 0 && span.offset <= size)
    .map((span) => ({ ...span, length: Math.max(0, Math.min(span.length, size - span.offset)) }))
    .sort(
      (a, b) => a.offset - b.offset || Number(a.length > 0) - Number(b.length > 0) || b.length - a.length,
    );
  const open: number[] = [];
  return cut.map((span, index) => {
    while (open.length > 0 && span.offset >= (open.at(-1) ?? 0)) open.pop();
    const next = cut[index + 1];
    const end = span.offset + span.length;
    const encloses =
      next !== undefined &&
      next.length > 0 &&
      next.offset < end &&
      next.offset + next.length <= end &&
      next.length < span.length;
    const depth = open.length;
    if (encloses) open.push(end);
    return { span, depth, encloses };
  });
}

class Rows {
  readonly lines: string[] = [];
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #digits: number;

  constructor(bytes: Uint8Array, base: number, digits: number) {
    this.#bytes = bytes;
    this.#base = base;
    this.#digits = digits;
  }

  heading(offset: number, note: string): void {
    this.#push(offset, '', '', note);
  }

  add(start: number, end: number, note = ''): void {
    for (let at = start; at < end; at += ROW) {
      const stop = Math.min(at + ROW, end);
      this.#push(at, hexOf(this.#bytes, at, stop), asciiOf(this.#bytes, at, stop), at === start ? note : '');
      const same = this.#repeats(at, end);
      if (same < 2) continue;
      this.lines.push(`${' '.repeat(this.#digits)}  … ${same} more rows like it (${same * ROW} bytes)`);
      at += same * ROW;
    }
  }

  #push(offset: number, hex: string, ascii: string, note: string): void {
    const at = (this.#base + offset).toString(16).padStart(this.#digits, '0');
    const left = `${at}  ${hex.padEnd(HEX_WIDTH)} ${ascii}`;
    this.lines.push(note === '' ? left.trimEnd() : `${left.padEnd(this.#digits + HEX_WIDTH + 20)} ${note}`);
  }

  /** How many full rows after the one at `at` are the same as it. */
  #repeats(at: number, end: number): number {
    let next = at + ROW;
    while (next + ROW <= end && this.#sameRow(at, next)) next += ROW;
    return (next - at) / ROW - 1;
  }

  #sameRow(a: number, b: number): boolean {
    for (let i = 0; i < ROW; i++) if (this.#bytes[a + i] !== this.#bytes[b + i]) return false;
    return true;
  }
}

/** Bytes as hex pairs, a wider gap after the eighth. */
function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    if (i > start) text += i - start === 8 ? '  ' : ' ';
    text += (bytes[i] ?? 0).toString(16).padStart(2, '0');
  }
  return text;
}

function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  }
  return text;
}
