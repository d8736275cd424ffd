/** A side's stream as it was put together: which bytes, and which frames carried them. */
import type { Piece, StreamGap } from './byte-stream.ts';

/** When nothing is kept, this many pieces remain for a message that is still being put together. */
const WINDOW_PIECES = 256;

export class StreamRecord {
  readonly pieces: Piece[] = [];
  readonly #keep: boolean;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  add(piece: Piece): void {
    this.pieces.push(piece);
    if (!this.#keep && this.pieces.length > 2 * WINDOW_PIECES) this.pieces.splice(0, WINDOW_PIECES);
  }

  /** Lets go of what ends at or before `offset`, unless everything is kept. */
  release(offset: number): void {
    if (this.#keep) return;
    const count = indexAt(this.pieces, offset);
    if (count > 0) this.pieces.splice(0, count);
  }

  /** The frames that first carried the bytes of a range, in stream order. Empty where the capture has none of them. */
  framesOf(offset: number, length: number): number[] {
    const frames: number[] = [];
    const end = offset + length;
    for (let index = indexAt(this.pieces, offset); index < this.pieces.length; index++) {
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
