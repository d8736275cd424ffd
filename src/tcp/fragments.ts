/**
 * Puts IP fragments together again (RFC 791, section 3.2; RFC 8200, section 4.5), within bounds: a hostile capture can
 * open fragments without end, so the oldest open datagram is given up when there are too many.
 */
import { copyOf } from './copy.ts';

const MAX_OPEN = 256;
const MAX_DATAGRAM = 65_535;

type Piece = { offset: number; data: Uint8Array; start: number; length: number };
type Open = { pieces: Piece[]; total: number; wireBytes: number };

/** The payload of a whole datagram. `length` is what was on the wire; fewer bytes may be there if snapshots were cut. */
export type Datagram = { data: Uint8Array; length: number };

export class FragmentTable {
  readonly #open = new Map<string, Open>();
  /** Datagrams given up because a piece never came. */
  lost = 0;

  get openCount(): number {
    return this.#open.size;
  }

  /**
   * Takes one fragment; answers with the datagram when this one completes it. `available` bytes of its `length` were
   * captured.
   */
  add(
    key: string,
    offset: number,
    more: boolean,
    data: Uint8Array,
    start: number,
    available: number,
    length: number,
  ): Datagram | undefined {
    if (offset + length > MAX_DATAGRAM || length <= 0) return undefined;
    let open = this.#open.get(key);
    if (open === undefined) {
      if (this.#open.size >= MAX_OPEN) this.#giveUpOldest();
      open = { pieces: [], total: -1, wireBytes: 0 };
      this.#open.set(key, open);
    }
    if (!more) open.total = offset + length;
    if (open.pieces.some((piece) => piece.offset === offset)) return undefined;
    // A copy: the chunk that it came in may be used again before the datagram is whole.
    const captured = Math.min(available, length);
    open.pieces.push({ offset, data: copyOf(data, start, start + captured), start: 0, length: captured });
    open.wireBytes += length;
    if (open.total < 0 || open.wireBytes < open.total) return undefined;
    this.#open.delete(key);
    return assemble(open);
  }

  #giveUpOldest(): void {
    const oldest = this.#open.keys().next();
    if (oldest.done === true) return;
    this.#open.delete(oldest.value);
    this.lost++;
  }
}

function assemble(open: Open): Datagram {
  const data = new Uint8Array(open.total);
  for (const piece of open.pieces) {
    const room = Math.max(0, Math.min(piece.length, open.total - piece.offset));
    data.set(piece.data.subarray(piece.start, piece.start + room), piece.offset);
  }
  return { data, length: open.total };
}
