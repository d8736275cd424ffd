/** One direction of a connection: what one side sent, counted and put back in order. */
import type { AppFeed } from './app-feed.ts';
import {
  ByteStream,
  REPEATS_DELIVERED,
  type Hole,
  type Piece,
  type StreamGap,
  type StreamSink,
} from './byte-stream.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import { StreamRecord } from './stream-record.ts';

export class Direction implements StreamSink {
  readonly side: Side;
  segments = 0;
  /** Sequence number that is relative number 0: the SYN's, or what it would have been. */
  baseSeq = 0;
  hasBase = false;
  /** Shift of the window scale option in this side's SYN; -1: none seen. */
  windowShift = -1;
  synFrame = 0;
  finFrame = 0;
  rstFrame = 0;
  readonly #stream = new ByteStream(this);
  /** Nobody asks for the bytes of a stream that is neither kept nor decoded. */
  readonly #record: StreamRecord | undefined;
  readonly #feed: AppFeed | undefined;

  constructor(side: Side, keep: boolean, feed: AppFeed | undefined) {
    this.side = side;
    this.#record = keep || feed !== undefined ? new StreamRecord(keep) : undefined;
    this.#feed = feed;
  }

  /** Segments that carried data, those of them that repeated bytes, and the bytes, each counted once. */
  get dataSegments(): number {
    return this.#stream.dataSegments;
  }
  get bytes(): number {
    return this.#stream.bytes;
  }
  get retransmittedSegments(): number {
    return this.#stream.repeatedSegments;
  }
  get retransmittedBytes(): number {
    return this.#stream.repeatedBytes;
  }
  /** Length of the stream as far as it is there without a hole; holes that were stepped over count. */
  get streamLength(): number {
    return this.#stream.next;
  }
  /** Ranges of the stream that the capture does not have although later ones are there. */
  get gaps(): readonly Hole[] {
    return this.#stream.gaps;
  }
  get nextSeq(): number {
    return this.#stream.nextSeq;
  }

  /** A second call (another SYN-ACK than before) moves the stream only while it has no bytes. */
  setBase(seq: number): void {
    this.baseSeq = seq;
    this.hasBase = true;
    if (this.#stream.high === 0) this.#stream.begin((seq + 1) >>> 0);
  }

  accept(segment: Segment): void {
    this.segments++;
    this.#stream.accept(segment);
    if (segment.repeats === REPEATS_DELIVERED) {
      const offset = this.#stream.offsetOf(segment.seq);
      segment.repeats = this.framesOf(Math.max(0, offset), segment.payloadLength)[0] ?? 0;
    }
    if (segment.flags & FLAG.syn) this.synFrame ||= segment.frame;
    if (segment.flags & FLAG.fin) this.finFrame ||= segment.frame;
    if (segment.flags & FLAG.rst) this.rstFrame ||= segment.frame;
  }

  acknowledged(seq: number): void {
    this.#stream.acknowledged(seq);
  }

  offsetOf(seq: number): number {
    return this.#stream.offsetOf(seq);
  }

  /** The frames that carried a range of this side's stream. */
  framesOf(offset: number, length: number): number[] {
    return this.#record?.framesOf(offset, length) ?? [];
  }

  /** A range of the stream, all of it by default; zeros where the capture has nothing, listed in `missing`. */
  streamBytes(offset = 0, length = this.streamLength - offset): { bytes: Uint8Array; missing: StreamGap[] } {
    return (this.#record ?? new StreamRecord(false)).bytes(offset, Math.max(0, length));
  }

  release(offset: number): void {
    this.#record?.release(offset);
  }

  end(): void {
    this.#stream.end();
    this.#feed?.end(this.side);
  }

  piece(piece: Piece): void {
    this.#record?.add(piece);
    if (this.#feed === undefined) return;
    const { offset, length, captured, data, start } = piece;
    if (captured > 0) this.#feed.bytes(this.side, data.subarray(start, start + captured), offset);
    if (captured < length) this.#feed.gap(this.side, offset + captured, length - captured);
    this.#record?.settle();
  }

  gap(offset: number, length: number): void {
    this.#feed?.gap(this.side, offset, length);
  }
}
