/**
 * JSON written as bytes, piece by piece, in chunks that are used again: no object, no string and no fresh memory for what
 * there is most of. What is written must be valid JSON by its caller's care; `text` and `number` see to themselves.
 *
 * Most of it is the same few constant pieces and short numbers, so these go eight and four bytes at a time: what is
 * written beyond the end of one is overwritten by what follows it. Bytes are little-endian on purpose, on any machine.
 */
import { Buffer } from 'node:buffer';
import { safeJson } from '../bytes/index.ts';

const CHUNK = 8192;
/** So many chunks wait to be used again; beyond, memory goes back. */
const MAX_FREE = 8192;
const WORD = 8;
/** Room for any number: 16 digits, and four of one that is written beyond its end. */
export const DIGITS = 20;
/** Shorter texts are copied quicker than the runtime is called. */
const SHORT = 16;
const MAX_WORDS = 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LITTLE = true;

/** A constant piece of JSON, ready to be copied. */
export interface Piece {
  /** Its bytes in words, the last one filled up with spaces. No text makes one that is not a number (0x7ff…, 0xfff…). */
  readonly words: Float64Array;
  readonly length: number;
}

export function piece(json: string): Piece {
  const { length } = Buffer.from(json);
  const padded = Buffer.from(json.padEnd(json.length + WORD));
  const view = new DataView(padded.buffer, padded.byteOffset, padded.length);
  const words = Float64Array.from({ length: Math.ceil(length / WORD) }, (_, i) =>
    view.getFloat64(i * WORD, LITTLE),
  );
  return { words, length };
}

/** The same memory, to be written in bytes and in words. */
interface Chunk {
  readonly bytes: Buffer;
  readonly view: DataView;
}

function newChunk(size: number): Chunk {
  const bytes = Buffer.allocUnsafeSlow(size);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Chunks between one use and the next. */
export class ChunkPool {
  readonly #free: Chunk[] = [];

  get(): Chunk {
    return this.#free.pop() ?? newChunk(CHUNK);
  }

  give(chunk: Chunk): void {
    if (chunk.bytes.length === CHUNK && this.#free.length < MAX_FREE) this.#free.push(chunk);
  }
}

export class JsonBytes {
  readonly #pool: ChunkPool;
  readonly #full: { readonly chunk: Chunk; readonly used: number }[] = [];
  #chunk: Chunk;
  #bytes: Buffer;
  #view: DataView;
  #at = 0;
  #size: number;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    this.#chunk = pool.get();
    this.#bytes = this.#chunk.bytes;
    this.#view = this.#chunk.view;
    this.#size = this.#bytes.length;
  }

  get isEmpty(): boolean {
    return this.#at === 0 && this.#full.length === 0;
  }

  /** Hands all to `write`, which must not keep it, and gives the memory back: nothing can be written afterwards. */
  drain(write: (bytes: Uint8Array) => void): void {
    this.#full.push({ chunk: this.#chunk, used: this.#at });
    for (const { chunk, used } of this.#full) {
      if (used > 0) write(chunk.bytes.subarray(0, used));
      this.#pool.give(chunk);
    }
    this.#full.length = 0;
    this.#use(NO_CHUNK);
  }

  /**
   * For what there is most of: makes room for `count` bytes and answers with the place of the first in `view`, where
   * `put` and `putNumber` write. `wrote` then takes their end. A field written at every step would cost more than the step.
   */
  room(count: number): number {
    this.#ensure(count + WORD);
    return this.#at;
  }

  get view(): DataView {
    return this.#view;
  }

  wrote(end: number): void {
    this.#at = end;
  }

  raw(constant: Piece): void {
    const at = this.room(constant.length);
    this.#at = put(this.#view, at, constant);
  }

  /** Any value, the usual way, and so that a terminal may show it. */
  value(value: unknown): void {
    this.json(safeJson(JSON.stringify(value)));
  }

  /** JSON that is ready. */
  json(json: string): void {
    // UTF-8 has at most three bytes for a unit of UTF-16.
    this.#ensure(json.length * 3);
    this.#at += this.#bytes.write(json, this.#at);
  }

  /** A finite number. */
  number(value: number): void {
    if (isWhole(value)) {
      this.#ensure(DIGITS);
      this.#at = putNumber(this.#view, this.#at, value);
    } else this.json(String(value));
  }

  /** A string with its quotes. */
  text(text: string): void {
    const { length } = text;
    this.#ensure(length * 3 + 2);
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const end = length < SHORT ? this.#copy(text, start) : start + bytes.write(text, start);
    if (end - start !== length || !isPlain(bytes, start, end)) {
      this.value(text);
      return;
    }
    bytes[start - 1] = QUOTE;
    bytes[end] = QUOTE;
    this.#at = end + 1;
  }

  /** A string that is one of few, and comes again: it is remembered as a piece. */
  word(text: string): void {
    let known = words.get(text);
    if (known === undefined) {
      if (words.size >= MAX_WORDS) words.clear();
      words.set(text, (known = piece(safeJson(JSON.stringify(text)))));
    }
    this.raw(known);
  }

  /** Bytes as a string in base64. (The runtime's own makes a string of each, which is garbage at once.) */
  base64(bytes: Uint8Array, start: number, length: number): void {
    const end = start + length;
    this.#byte(QUOTE);
    for (let from = start; from < end; from += BASE64_RUN) {
      this.#base64Run(bytes, from, Math.min(end, from + BASE64_RUN));
    }
    this.#byte(QUOTE);
  }

  #base64Run(bytes: Uint8Array, start: number, end: number): void {
    this.#ensure(end - start + ((end - start) >> 1) + WORD);
    const view = this.#view;
    let from = start;
    let at = this.#at;
    for (; from + 2 < end; from += 3, at += 4) {
      const three = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
      view.setUint32(at, (BASE64[three >> 12] ?? 0) | ((BASE64[three & 0xfff] ?? 0) << 16), LITTLE);
    }
    if (from < end) {
      const both = from + 1 < end;
      const three = ((bytes[from] ?? 0) << 16) | (both ? (bytes[from + 1] ?? 0) << 8 : 0);
      view.setUint32(at, (BASE64[three >> 12] ?? 0) | ((BASE64[three & 0xfff] ?? 0) << 16), LITTLE);
      view.setUint8(at + 3, PADDING);
      if (!both) view.setUint8(at + 2, PADDING);
      at += 4;
    }
    this.#at = at;
  }

  /** Copies a short text; answers with its end, or with another place when it is not all ASCII. */
  #copy(text: string, start: number): number {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7e) return -1;
      bytes[start + i] = code;
    }
    return start + text.length;
  }

  #byte(byte: number): void {
    this.#ensure(1);
    this.#bytes[this.#at++] = byte;
  }

  #ensure(count: number): void {
    if (this.#size - this.#at >= count) return;
    this.#full.push({ chunk: this.#chunk, used: this.#at });
    this.#use(count > CHUNK ? newChunk(count) : this.#pool.get());
  }

  #use(chunk: Chunk): void {
    this.#chunk = chunk;
    this.#bytes = chunk.bytes;
    this.#view = chunk.view;
    this.#size = chunk.bytes.length;
    this.#at = 0;
  }
}

/** What `putNumber` can write. */
export const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Writes a piece and answers with its end. It takes up to `WORD - 1` bytes more, which what follows overwrites. */
export function put(view: DataView, at: number, { words, length }: Piece): number {
  for (let i = 0; i < words.length; i++) view.setFloat64(at + i * WORD, words[i] ?? 0, LITTLE);
  return at + length;
}

/** Writes a whole number, which takes at most `DIGITS` bytes, in groups of four digits; answers with its end. */
export function putNumber(view: DataView, at: number, value: number): number {
  if (value < MYRIAD) return putShort(view, at, value);
  if (value < MYRIAD * MYRIAD) {
    const high = ((value | 0) / MYRIAD) | 0;
    const end = putShort(view, at, high);
    view.setInt32(end, FOUR_DIGITS[value - high * MYRIAD] ?? 0, LITTLE);
    return end + 4;
  }
  const top = Math.floor(value / (MYRIAD * MYRIAD));
  const rest = (value - top * (MYRIAD * MYRIAD)) | 0;
  const high = (rest / MYRIAD) | 0;
  const end = top < MYRIAD ? putShort(view, at, top) : putNumber(view, at, top);
  view.setInt32(end, FOUR_DIGITS[high] ?? 0, LITTLE);
  view.setInt32(end + 4, FOUR_DIGITS[rest - high * MYRIAD] ?? 0, LITTLE);
  return end + 8;
}

/** One to four digits. The first is in the lowest byte: the zeros in front of it are shifted out. */
function putShort(view: DataView, at: number, value: number): number {
  const length = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
  view.setInt32(at, (FOUR_DIGITS[value] ?? 0) >> (8 * (4 - length)), LITTLE);
  return at + length;
}

/** Nothing in these bytes needs an escape: printable ASCII without quote and backslash. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}

/** What `word` has written, ready to be written again. */
const words = new Map<string, Piece>();

const NO_CHUNK = newChunk(0);
const MYRIAD = 10_000;
/** 0000 to 9999 as four characters, the first in the lowest byte. */
const FOUR_DIGITS = Int32Array.from({ length: MYRIAD }, (_, n) =>
  Buffer.from(String(n).padStart(4, '0')).readInt32LE(),
);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Each twelve bits as two characters, the first in the lower byte. */
const BASE64 = Uint16Array.from({ length: 4096 }, (_, bits) =>
  Buffer.from(ALPHABET.charAt(bits >> 6) + ALPHABET.charAt(bits & 63)).readUInt16LE(),
);
const PADDING = 0x3d;
/** A multiple of three, so that only the last run is padded; small, so that little of a chunk stays empty. */
const BASE64_RUN = 768;
