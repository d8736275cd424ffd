/** A side's stream as it was put together: which bytes, and which frames carried them. */
import type { Piece, StreamGap } from './byte-stream.ts';
import { copyOf } from './copy.ts';

/** When not everything is kept: pieces that are remembered, by place and frame only. */
const WINDOW_PIECES = 4096;
/** And bytes from the last message's end on: enough to show how the next one begins. */
const WINDOW_BYTES = 8192;
const NO_BYTES = new Uint8Array(0);

export class StreamRecord {
  readonly pieces: Piece[] = [];
  readonly #keep: boolean;
  /** The stream's beginning, for streams that nobody decodes. */
  #released = 0;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  add(piece: Piece): void {
    this.pieces.push(piece);
    if (!this.#keep && this.pieces.length > WINDOW_PIECES) this.#thin();
  }

  /** Lets go of what ends at or before `offset`, unless everything is kept. */
  release(offset: number): void {
    if (this.#keep) return;
    this.#released = offset;
    const count = indexAt(this.pieces, offset);
    if (count === this.pieces.length) this.pieces.length = 0;
    else if (count > 0) this.pieces.splice(0, count);
  }

  /** The last piece has been handed on: what remains of it must not hold the chunk of the file that it came in. */
  settle(): void {
    const piece = this.pieces.at(-1);
    if (this.#keep || piece === undefined) return;
    const wanted = Math.min(piece.captured, this.#released + WINDOW_BYTES - piece.offset);
    this.pieces[this.pieces.length - 1] =
      wanted > 0
        ? {
            ...piece,
            captured: wanted,
            data: copyOf(piece.data, piece.start, piece.start + wanted),
            start: 0,
          }
        : { ...piece, captured: 0, data: NO_BYTES, start: 0 };
  }

  /** Forgets half of the pieces, but not those with bytes at the beginning. */
  #thin(): void {
    const from = indexAt(this.pieces, this.#released + WINDOW_BYTES);
    this.pieces.splice(from, Math.max(0, WINDOW_PIECES / 2 - from));
    if (this.pieces.length > WINDOW_PIECES) this.pieces.splice(0, WINDOW_PIECES / 2);
  }

  /** The frames that first carried the bytes of a range, in stream order. Empty where the capture has none of them. */
  framesOf(offset: number, length: number): number[] {
    const end = offset + length;
    const from = indexAt(this.pieces, offset);
    const first = this.pieces[from];
    if (first === undefined || first.offset >= end) return [];
    // Mostly the only one.
    const frames = [first.frame];
    for (let index = from + 1; index < this.pieces.length; index++) {
      const piece = this.pieces[index];
      if (piece === undefined || piece.offset >= end) break;
      if (frames.at(-1) !== piece.frame) frames.push(piece.frame);
    }
    return frames;
  }

  /**
   * The bytes of a range in one array. What the capture does not have (a lost segment, a cut snapshot) is zeros, and
   * listed in `missing`.
   */
  bytes(offset: number, length: number): { bytes: Uint8Array; missing: StreamGap[] } {
    const bytes = new Uint8Array(length);
    const missing: StreamGap[] = [];
    const end = offset + length;
    let at = offset;
    for (let index = indexAt(this.pieces, offset); index < this.pieces.length && at < end; index++) {
      const piece = this.pieces[index];
      if (piece === undefined || piece.offset >= end) break;
      if (piece.offset > at) missing.push({ offset: at, length: piece.offset - at });
      const from = Math.max(at, piece.offset);
      const until = Math.min(end, piece.offset + piece.length);
      const there = Math.min(until, piece.offset + piece.captured);
      if (there > from) {
        const start = piece.start + from - piece.offset;
        bytes.set(piece.data.subarray(start, start + there - from), from - offset);
      }
      if (there < until)
        missing.push({ offset: Math.max(from, there), length: until - Math.max(from, there) });
      at = until;
    }
    if (at < end) missing.push({ offset: at, length: end - at });
    return { bytes, missing };
  }
}

/** Index of the first piece that ends after `offset`. */
function indexAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.offset + piece.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
