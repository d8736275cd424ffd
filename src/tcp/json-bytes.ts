/**
 * JSON written as bytes, piece by piece, in chunks that are handed over as they are: no object, no string and no copy for
 * what there is most of. What is written must be valid JSON by its caller's care; `text` and `number` see to themselves.
 */
import { Buffer } from 'node:buffer';

const FIRST_CHUNK = 1024;
const LARGEST_CHUNK = 65_536;
/** Digits of the largest number that is written without making a string of it. */
const DIGITS = 16;
const BILLION = 1_000_000_000;
/** From this length on a native copy is faster than a loop. */
const LONG = 40;

/** A constant piece of JSON, ready to be copied. */
export const piece = (json: string): Buffer => Buffer.from(json);

export class JsonBytes {
  readonly #full: Buffer[] = [];
  #chunk: Buffer = Buffer.allocUnsafeSlow(FIRST_CHUNK);
  #at = 0;

  /** The bytes so far, which the caller owns from now on. */
  take(): Buffer[] {
    const taken = [...this.#full, this.#chunk.subarray(0, this.#at)];
    this.#full.length = 0;
    this.#chunk = Buffer.allocUnsafeSlow(FIRST_CHUNK);
    this.#at = 0;
    return taken;
  }

  get isEmpty(): boolean {
    return this.#at === 0 && this.#full.length === 0;
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
    chunk[at++] = 0x22;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
        this.value(text);
        return;
      }
      chunk[at++] = code;
    }
    chunk[at++] = 0x22;
    this.#at = at;
  }

  /** Bytes as a string in base64. */
  base64(bytes: Uint8Array, start: number, length: number): void {
    if (length === 0) {
      this.raw(EMPTY_TEXT);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('base64');
    this.#ensure(text.length + 2);
    this.#chunk[this.#at] = 0x22;
    this.#at += 1 + this.#chunk.write(text, this.#at + 1, 'latin1');
    this.#chunk[this.#at++] = 0x22;
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
    if (this.#at > 0) this.#full.push(this.#chunk.subarray(0, this.#at));
    const size = Math.min(LARGEST_CHUNK, this.#chunk.length * 2);
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(size, count));
    this.#at = 0;
  }
}

const EMPTY_TEXT = piece('""');
