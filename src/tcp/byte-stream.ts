/**
 * What one end sent, put back in order: segments may be lost, repeated, overlapping and out of order, and sequence
 * numbers wrap. Offsets count bytes from the start of the stream (0 is the first byte after the SYN) and do not wrap.
 *
 * Bytes that came first are kept when segments overlap. A hole that the receiver acknowledged is a hole in the capture,
 * not in the stream; it is stepped over, and said so.
 */
import { copyOf } from './copy.ts';
import { FLAG, type Segment } from './segment.ts';
import { seqDiff } from './seq.ts';

/** A run of stream bytes and the frame that first carried it. `captured` may be less than `length`: a cut snapshot. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly captured: number;
  readonly frame: number;
  readonly data: Uint8Array;
  readonly start: number;
}

export interface StreamGap {
  readonly offset: number;
  readonly length: number;
}

/** A hole that was stepped over. Acknowledged: its receiver has the bytes, so they were not lost, only not captured. */
export interface Hole extends StreamGap {
  readonly acknowledged: boolean;
  /** The frame that carried what comes right behind the hole; 0 when nothing does. */
  readonly nextFrame: number;
}

/** Receives the stream in order. */
export interface StreamSink {
  piece(piece: Piece): void;
  gap(offset: number, length: number): void;
}

/** Bounds on what waits for a hole to be filled. */
const MAX_PENDING_PIECES = 65_536;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** An acknowledged hole is given up when this much lies behind it: until then the capture may only be out of order. */
const PATIENCE_PIECES = 3;
const MAX_GAPS = 1000;

/** In `segment.repeats`: bytes already handed over; whoever kept the pieces knows the frame. */
export const REPEATS_DELIVERED = -1;

export class ByteStream {
  /** Offset of the first byte not yet there, and one past the last byte seen. */
  next = 0;
  high = 0;
  /** Offset of the FIN, -1 while none was seen. */
  finOffset = -1;

  dataSegments = 0;
  bytes = 0;
  repeatedSegments = 0;
  repeatedBytes = 0;
  readonly gaps: Hole[] = [];

  #base = 0;
  #acked = 0;
  #pending: Piece[] = [];
  #pendingBytes = 0;
  readonly #sink: StreamSink;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** `seq` is the sequence number of offset 0. */
  begin(seq: number): void {
    this.#base = seq;
  }

  offsetOf(seq: number): number {
    return this.high + seqDiff(seq, (this.#base + this.high) >>> 0);
  }

  /** Sequence number of the first byte not yet there; what the FIN's arrival is judged by. */
  get nextSeq(): number {
    return (this.#base + this.next) >>> 0;
  }

  /** Takes a segment of this end; sets its `newBytes` and `repeats`. */
  accept(segment: Segment): void {
    const seq = segment.flags & FLAG.syn ? segment.seq + 1 : segment.seq;
    const offset = this.offsetOf(seq >>> 0);
    const length = segment.payloadLength;
    if (segment.flags & FLAG.fin) this.finOffset = offset + length;
    if (length === 0) return;
    this.dataSegments++;
    const piece = {
      offset,
      length,
      captured: segment.payloadCaptured,
      frame: segment.frame,
      data: segment.data,
      start: segment.payloadStart,
    };
    if (offset === this.next && this.#pending.length === 0) {
      this.#deliver(piece);
      segment.newBytes = length;
    } else this.#insert(piece, segment);
    if (offset + length > this.high) this.high = offset + length;
    this.bytes += segment.newBytes;
    // Bytes from before the first one that the capture has are neither new nor known to be repeated.
    const beforeStart = Math.min(length, Math.max(0, -offset));
    const repeated = length - segment.newBytes - beforeStart;
    if (repeated > 0) {
      this.repeatedSegments++;
      this.repeatedBytes += repeated;
    } else segment.repeats = 0;
  }

  /** The other end acknowledged everything before `seq`. */
  acknowledged(seq: number): void {
    const offset = this.offsetOf(seq);
    if (offset > this.#acked) this.#acked = offset;
    if (this.#pending.length >= PATIENCE_PIECES) this.#skipHole();
  }

  /** No more segments come: what waits behind holes is handed over with the holes named. */
  end(): void {
    while (this.#pending.length > 0) this.#skipHole(true);
    const lost = Math.min(this.#acked, this.finOffset < 0 ? this.#acked : this.finOffset) - this.next;
    if (lost > 0) this.#gap(lost, 0);
  }

  #deliver(piece: Piece): void {
    this.next = piece.offset + piece.length;
    this.#sink.piece(piece);
  }

  #insert(piece: Piece, segment: Segment): void {
    const stop = piece.offset + piece.length;
    let at = piece.offset;
    if (at < this.next) {
      at = Math.min(this.next, stop);
      segment.repeats = REPEATS_DELIVERED;
    }
    const fresh: Piece[] = [];
    for (let index = lowerBound(this.#pending, at); at < stop; index++) {
      const waiting = this.#pending[index];
      const until = waiting === undefined ? stop : Math.min(stop, waiting.offset);
      if (until > at) fresh.push(partOf(piece, at, until));
      if (waiting === undefined || until === stop) break;
      segment.repeats = segment.repeats || waiting.frame;
      at = Math.max(until, waiting.offset + waiting.length);
    }
    for (const part of fresh) {
      segment.newBytes += part.length;
      if (part.offset === this.next) this.#deliver(part);
      else if (this.#hasRoom(part.length)) {
        this.#pending.splice(lowerBound(this.#pending, part.offset), 0, ownBytes(part));
        this.#pendingBytes += part.length;
      }
    }
    this.#releaseReady();
    if (this.#pending.length >= PATIENCE_PIECES) this.#skipHole();
  }

  #hasRoom(length: number): boolean {
    if (this.#pending.length < MAX_PENDING_PIECES && this.#pendingBytes + length <= MAX_PENDING_BYTES)
      return true;
    this.#skipHole(true);
    return this.#pending.length < MAX_PENDING_PIECES;
  }

  #releaseReady(): void {
    let count = 0;
    for (const piece of this.#pending) {
      if (piece.offset > this.next) break;
      this.#pendingBytes -= piece.length;
      this.#deliver(piece);
      count++;
    }
    if (count > 0) this.#pending.splice(0, count);
  }

  #skipHole(force = false): void {
    const first = this.#pending[0];
    if (first === undefined || first.offset <= this.next) return;
    if (!force && this.#acked < first.offset) return;
    this.#gap(first.offset - this.next, first.frame);
    this.#releaseReady();
  }

  #gap(length: number, nextFrame: number): void {
    const acknowledged = this.#acked >= this.next + length;
    if (this.gaps.length < MAX_GAPS) this.gaps.push({ offset: this.next, length, acknowledged, nextFrame });
    this.#sink.gap(this.next, length);
    this.next += length;
  }
}

/** What waits must not rely on the chunk that it came in. */
function ownBytes(piece: Piece): Piece {
  const { data, start, captured } = piece;
  return { ...piece, data: copyOf(data, start, start + captured), start: 0 };
}

function partOf(piece: Piece, from: number, until: number): Piece {
  const skipped = from - piece.offset;
  if (skipped === 0 && until - from === piece.length) return piece;
  return {
    ...piece,
    offset: from,
    length: until - from,
    captured: Math.max(0, Math.min(piece.captured - skipped, until - from)),
    start: piece.start + skipped,
  };
}

/** Index of the first waiting piece that ends after `offset`. */
function lowerBound(pieces: readonly Piece[], offset: number): number {
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
