/**
 * JSON written as bytes, piece by piece, in chunks that are used again: no object, no string and no fresh memory for what
 * there is most of. What is written must be valid JSON by its caller's care; `text` and `number` see to themselves.
 */
import { Buffer } from 'node:buffer';

const CHUNK = 8192;
/** So many chunks wait to be used again; beyond, memory goes back. */
const MAX_FREE = 8192;
/** Digits of the largest number that is written without making a string of it. */
const DIGITS = 16;
const BILLION = 1_000_000_000;
/** From this length on a native copy is faster than a loop. */
const LONG = 40;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A constant piece of JSON, ready to be copied. */
export const piece = (json: string): Buffer => Buffer.from(json);

/** Chunks between one use and the next. */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  get(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  }

  give(chunk: Buffer): void {
    if (chunk.length === CHUNK && this.#free.length < MAX_FREE) this.#free.push(chunk);
  }
}

export class JsonBytes {
  readonly #pool: ChunkPool;
  readonly #full: { readonly chunk: Buffer; readonly used: number }[] = [];
  #chunk: Buffer;
  #at = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    this.#chunk = pool.get();
  }

  get isEmpty(): boolean {
    return this.#at === 0 && this.#full.length === 0;
  }

  /** Hands all to `write`, which must not keep it, and gives the memory back: nothing can be written afterwards. */
  drain(write: (bytes: Uint8Array) => void): void {
    this.#full.push({ chunk: this.#chunk, used: this.#at });
    for (const { chunk, used } of this.#full) {
      if (used > 0) write(chunk.subarray(0, used));
      this.#pool.give(chunk);
    }
    this.#full.length = 0;
    this.#chunk = NO_CHUNK;
    this.#at = 0;
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    this.#ensure(length);
    const chunk = this.#chunk;
    let at = this.#at;
    this.#at += length;
    if (length >= LONG) chunk.set(bytes, at);
    else for (let i = 0; i < length; i++) chunk[at++] = bytes[i] ?? 0;
  }

  /** Any value, the usual way. */
  value(value: unknown): void {
    this.raw(Buffer.from(JSON.stringify(value)));
  }

  /** A finite number. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      this.raw(Buffer.from(String(value)));
      return;
    }
    this.#ensure(DIGITS);
    if (value < BILLION) this.#digits(value, 1);
    else {
      const high = Math.floor(value / BILLION);
      this.#digits(high, 1);
      this.#digits(value - high * BILLION, 9);
    }
  }

  /** A string with its quotes. */
  text(text: string): void {
    const { length } = text;
    this.#ensure(length + 2);
    const chunk = this.#chunk;
    let at = this.#at;
    chunk[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) {
        this.value(text);
        return;
      }
      chunk[at++] = code;
    }
    chunk[at++] = QUOTE;
    this.#at = at;
  }

  /** Bytes as a string in base64. */
  base64(bytes: Uint8Array, start: number, length: number): void {
    this.#byte(QUOTE);
    for (let done = 0; done < length;) {
      this.#ensure(4);
      // Three bytes are four characters: what is cut elsewhere would be padded in the middle.
      const room = ((this.#chunk.length - this.#at) >> 2) * 3;
      const count = Math.min(room, length - done);
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + start + done, count).toString('base64');
      this.#at += this.#chunk.write(text, this.#at, 'latin1');
      done += count;
    }
    this.#byte(QUOTE);
  }

  #byte(byte: number): void {
    this.#ensure(1);
    this.#chunk[this.#at++] = byte;
  }

  /** A whole number below 10^9, with zeros in front when it has fewer digits than `least`. */
  #digits(value: number, least: number): void {
    let count = least;
    for (let bound = 10 ** least; value >= bound; bound *= 10) count++;
    const chunk = this.#chunk;
    let rest = value | 0;
    for (let at = this.#at + count - 1; at >= this.#at; at--) {
      const next = (rest / 10) | 0;
      chunk[at] = 48 + rest - next * 10;
      rest = next;
    }
    this.#at += count;
  }

  #ensure(count: number): void {
    if (this.#chunk.length - this.#at >= count) return;
    this.#full.push({ chunk: this.#chunk, used: this.#at });
    this.#chunk = count > CHUNK ? Buffer.allocUnsafeSlow(count) : this.#pool.get();
    this.#at = 0;
  }
}

const NO_CHUNK = Buffer.alloc(0);
