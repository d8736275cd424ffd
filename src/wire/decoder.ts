import { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import { Invalid } from './invalid.ts';
import { type Message, type MessageType, operationOf } from './message.ts';
import type { FrameLength, ParseFrame } from './protocol.ts';

/** Not an error: the bytes so far are a packet's beginning. */
export const NEED_MORE = { type: 'need-more' } as const;
export type NeedMore = typeof NEED_MORE;

/**
 * Takes the byte stream of one direction as it arrives and answers packets.
 *
 *     decoder.push(chunk);
 *     for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) …
 *
 * Packets that lie whole in a chunk are read in place. The beginning of a packet whose rest is still to come is kept in
 * a buffer of its own, which never holds more than one packet: its length is checked against the description's limit
 * as soon as it is known, and before anything is kept. A byte of the payload is copied at most once, however the stream
 * is cut (a header that arrives in pieces is copied once more when the length is known), and a terminator is not looked
 * for again where it was already missed.
 *
 * After `Invalid` the decoder answers the same Invalid for ever: on a byte stream nobody knows where the next packet
 * would begin.
 */
export class Decoder {
  readonly #frame: FrameLength;
  readonly #parse: ParseFrame;
  #chunk: Buffer = EMPTY;
  #at = 0;
  /** The beginning of a packet, and how much of it is there. */
  #partial: Buffer = EMPTY;
  #held = 0;
  #scanned = 0;
  /** Stream offset of #chunk[0]. */
  #chunkOffset = 0;
  #failed: Invalid | undefined;
  #offset = 0;
  #length = 0;
  #bytes: Buffer = EMPTY;
  #bytesAt = 0;

  /** How the stream begins, until that is behind us. */
  #opening: Opening | undefined;
  /** Operations whose answers are due, the oldest first; undefined where answers say themselves what they are. */
  readonly #awaited: string[] | undefined;

  /** Use `Protocol.decoder`. */
  constructor(
    frame: FrameLength,
    parse: ParseFrame,
    options: { readonly opening?: Opening; readonly answersInOrder?: boolean },
  ) {
    this.#frame = frame;
    this.#parse = parse;
    this.#opening = options.opening;
    this.#awaited = options.answersInOrder === true ? [] : undefined;
  }

  /**
   * Says that a request was sent the other way. Some protocols have answers without a type: only the order of the
   * requests tells what they are. Harmless for all others.
   */
  expect(type: MessageType): void {
    if (type.endsWith('.request')) this.#awaited?.push(operationOf(type));
  }

  /** Stream offset of the packet that `next` answered last. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes of the packet that `next` answered last. */
  get length(): number {
    return this.#length;
  }

  /** The packet that `next` answered last, as it came: a view that is valid until the next `push` or `release`. */
  get bytes(): Buffer {
    return this.#bytes.subarray(this.#bytesAt, this.#bytesAt + this.#length);
  }

  /** Bytes of an unfinished packet that are kept. */
  get pending(): number {
    return this.#held + (this.#chunk.length - this.#at);
  }

  /**
   * Adds the next bytes of the stream; call it when `next` has answered need-more. The chunk must not change until
   * `next` answers need-more again.
   */
  push(chunk: Buffer): void {
    this.#chunkOffset += this.#chunk.length;
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** Lets go of the chunk, whose memory its owner wants back: what `next` has not answered yet is copied. */
  release(): void {
    const rest = this.#at === this.#chunk.length ? EMPTY : Buffer.from(this.#chunk.subarray(this.#at));
    this.#chunkOffset += this.#at;
    this.#chunk = rest;
    this.#at = 0;
    this.#bytes = EMPTY;
  }

  next(): Message | NeedMore | Invalid {
    if (this.#failed !== undefined) return this.#failed;
    return this.#held > 0 ? this.#resume() : this.#inPlace();
  }

  #frameLength(b: Buffer, at: number, end: number, from: number): number | Invalid {
    if (this.#opening === undefined) return this.#frame(b, at, end, from);
    const length = this.#opening.frame(b, at, end, from);
    if (length !== 0) return length;
    this.#opening = undefined;
    return this.#frame(b, at, end, at);
  }

  /**
   * The greeting, when the caller has waited long enough to think it whole: of some protocols' greetings only the next
   * packet shows the end. Undefined where there is nothing of that kind.
   */
  flush(): Message | Invalid | undefined {
    if (this.#failed !== undefined || this.#opening?.begins === undefined || this.#held === 0)
      return undefined;
    const partial = this.#partial;
    const length = this.#held;
    this.#partial = EMPTY;
    this.#held = 0;
    return this.#answer(partial, 0, length, this.#chunkOffset + this.#at - length);
  }

  /** Says that the stream has ended: an Invalid when that was in the middle of a packet. */
  end(): Invalid | undefined {
    if (this.#failed !== undefined || this.pending === 0) return this.#failed;
    // A greeting that only a packet would have ended is whole; a caller who wants it has called `flush`.
    if (this.#opening?.begins?.some((begin) => this.#startsLike(begin)) === false) {
      const greeting = this.#opening.parse(this.#partial, 0, this.#held, undefined);
      return greeting.type === 'invalid'
        ? greeting.movedBy(this.#chunkOffset + this.#at - this.#held)
        : undefined;
    }
    const end = this.#chunkOffset + this.#chunk.length;
    return new Invalid(
      'cut',
      end,
      text(
        `the connection ended after ${this.pending} bytes of a packet`,
        `分组只收到 ${this.pending} 字节，连接就结束了`,
      ),
    );
  }

  /** What is kept could be the beginning of a packet that begins so. */
  #startsLike(begin: Uint8Array): boolean {
    const there = Math.min(begin.length, this.#held);
    return this.#partial.subarray(0, there).equals(begin.subarray(0, there));
  }

  #inPlace(): Message | NeedMore | Invalid {
    const chunk = this.#chunk;
    const at = this.#at;
    const end = chunk.length;
    if (at === end) return NEED_MORE;
    const length =
      this.#opening === undefined ? this.#frame(chunk, at, end, at) : this.#frameLength(chunk, at, end, at);
    if (typeof length !== 'number') return this.#fail(length, this.#chunkOffset + at);
    if (length > end - at) {
      this.#keep(chunk, at, end, length);
      this.#at = end;
      return NEED_MORE;
    }
    this.#at = at + length;
    return this.#answer(chunk, at, length, this.#chunkOffset + at);
  }

  #keep(chunk: Buffer, at: number, end: number, length: number): void {
    this.#partial = Buffer.allocUnsafeSlow(Math.max(length, SMALLEST_PARTIAL));
    this.#held = chunk.copy(this.#partial, 0, at, end);
    this.#scanned = this.#held;
  }

  /** Completes the packet that began in an earlier chunk, with no more bytes than it needs. */
  #resume(): Message | NeedMore | Invalid {
    for (;;) {
      const from = Math.max(0, this.#scanned - LONGEST_TERMINATOR + 1);
      const length = this.#frameLength(this.#partial, 0, this.#held, from);
      const start = this.#chunkOffset + this.#at - this.#held;
      if (typeof length !== 'number') return this.#fail(length, start);
      if (length <= this.#held) {
        const partial = this.#partial;
        const rest = this.#held - length;
        this.#partial = EMPTY;
        this.#held = 0;
        // A greeting ends where a packet begins, of which we then have some bytes.
        if (rest > 0) this.#keep(partial, length, length + rest, rest);
        return this.#answer(partial, 0, length, start);
      }
      if (this.#at === this.#chunk.length) return NEED_MORE;
      this.#scanned = this.#held;
      this.#take(length);
    }
  }

  #take(length: number): void {
    if (length > this.#partial.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#partial.length));
      this.#partial.copy(grown, 0, 0, this.#held);
      this.#partial = grown;
    }
    const taken = this.#chunk.copy(this.#partial, this.#held, this.#at, this.#at + length - this.#held);
    this.#held += taken;
    this.#at += taken;
  }

  #answer(bytes: Buffer, at: number, length: number, offset: number): Message | Invalid {
    this.#offset = offset;
    this.#length = length;
    this.#bytes = bytes;
    this.#bytesAt = at;
    if (this.#opening !== undefined || this.#awaited !== undefined)
      return this.#answerByPlace(bytes, at, length);
    const message = this.#parse(bytes, at, at + length, undefined);
    return message.type === 'invalid' ? this.#fail(message, offset) : message;
  }

  /** The same where the place of a packet in its stream says what it is. */
  #answerByPlace(bytes: Buffer, at: number, length: number): Message | Invalid {
    const parse = this.#opening?.parse ?? this.#parse;
    this.#opening = undefined;
    const message = parse(bytes, at, at + length, this.#awaited?.[0]);
    if (message.type === 'invalid') return this.#fail(message, this.#offset);
    if (this.#awaited !== undefined && message.type.endsWith('.response')) this.#awaited.shift();
    return message;
  }

  #fail(invalid: Invalid, base: number): Invalid {
    this.#failed = invalid.movedBy(base);
    this.#partial = EMPTY;
    this.#held = 0;
    return this.#failed;
  }
}

interface Opening {
  /** Nothing in these bytes says where they end, but what comes behind them: one of these. */
  readonly begins: readonly Uint8Array[] | undefined;
  readonly frame: FrameLength;
  readonly parse: ParseFrame;
}

const EMPTY = Buffer.alloc(0);
/** Most packets are smaller than this, so that a split header is not moved when the length becomes known. */
const SMALLEST_PARTIAL = 256;
/** The schema allows no longer one. */
const LONGEST_TERMINATOR = 8 * 4;
