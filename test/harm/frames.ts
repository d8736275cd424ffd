import { Buffer } from 'node:buffer';
import type { Protocol, Speaker } from '../../src/wire/index.ts';
import type { Chance } from './random.ts';

const EDGES = [0x00, 0x01, 0x0a, 0x0d, 0x20, 0x2c, 0x3b, 0x7f, 0x80, 0xbf, 0xc0, 0xf4, 0xfe, 0xff];
const LONGEST = 1024;
const KEPT = 512;

/**
 * Frames that no honest client would send, and some that one would: good ones, mutated ones, cut ones and noise.
 *
 * What taught something new (an outcome that was not seen before) is kept and mutated further, so that errors behind
 * errors are reached: a fuzzer's feedback, taken from the decoder's answers.
 */
export class Frames {
  readonly #chance: Chance;
  readonly #examples: readonly Buffer[];
  /** The examples, and what was kept. */
  readonly #corpus: Buffer[];
  readonly #scratch = Buffer.alloc(4 * LONGEST);

  /** `corpus`: what is to be mutated beside the examples of the description. */
  constructor(protocol: Protocol, speaker: Speaker, chance: Chance, corpus: readonly Buffer[] = []) {
    this.#chance = chance;
    const types = new Set(
      protocol.description.packets.filter((one) => one.speakers.includes(speaker)).map((one) => one.type),
    );
    this.#examples = protocol.description.examples
      .filter(({ type }) => types.has(type))
      .map(({ bytes }) => Buffer.from(bytes));
    this.#corpus = [...this.#examples, ...corpus].slice(0, KEPT);
    if (this.#corpus.length === 0)
      throw new Error(`${protocol.name} has no examples of what a ${speaker} says`);
  }

  /** A copy is kept, to be mutated further. */
  keep(frame: Buffer): void {
    if (frame.length > LONGEST) return;
    const copy = Buffer.from(frame);
    if (this.#corpus.length < KEPT) this.#corpus.push(copy);
    else this.#corpus[this.#examples.length + this.#chance.below(KEPT - this.#examples.length)] = copy;
  }

  /** Lets go of all that was kept. */
  forget(): void {
    this.#corpus.length = this.#examples.length;
  }

  /** The next one. A view that the next call overwrites. */
  next(): Buffer {
    const chance = this.#chance;
    const scratch = this.#scratch;
    const kind = chance.below(16);
    if (kind === 0) return this.#noise(chance.below(64));
    let length = chance.of(kind < 8 ? this.#examples : this.#corpus).copy(scratch);
    // Good ones, so that others come behind them in a stream.
    if (kind < 5) return scratch.subarray(0, length);
    if (kind === 5) return scratch.subarray(0, chance.below(length + 1));
    for (let changes = 1 + chance.below(4); changes > 0; changes--) length = this.#change(length);
    return scratch.subarray(0, length);
  }

  #noise(length: number): Buffer {
    for (let at = 0; at < length; at++) this.#scratch[at] = this.#chance.below(256);
    return this.#scratch.subarray(0, length);
  }

  /** One change to the first `length` bytes; answers how many there are then. */
  #change(length: number): number {
    const chance = this.#chance;
    const scratch = this.#scratch;
    const at = chance.below(Math.max(1, length));
    switch (chance.below(7)) {
      case 0:
        scratch[at] = chance.of(EDGES);
        return length;
      case 1:
        scratch[at] = (scratch[at] ?? 0) ^ (1 << chance.below(8));
        return length;
      case 2: {
        // A number that is off by a little, where a length or a count may be.
        scratch[at] = (scratch[at] ?? 0) + chance.below(9) - 4;
        return length;
      }
      case 3: {
        const cut = Math.min(1 + chance.below(8), length - at);
        if (cut <= 0) return length;
        scratch.copyWithin(at, at + cut, length);
        return length - cut;
      }
      case 4: {
        const more = 1 + chance.below(8);
        if (length + more > LONGEST) return length;
        scratch.copyWithin(at + more, at, length);
        for (let i = 0; i < more; i++) scratch[at + i] = chance.of(EDGES);
        return length + more;
      }
      case 5: {
        // The end of another frame behind the beginning of this one.
        const other = chance.of(this.#corpus);
        const from = chance.below(other.length);
        if (at + other.length - from > LONGEST) return length;
        return at + other.copy(scratch, at, from);
      }
      default: {
        // Four bytes at an edge of what 32 bits hold.
        if (at + 4 > length) return length;
        scratch.writeUInt32BE(chance.of([0, 1, 16368, 16369, 65_535, 0x7fff_ffff, 0xffff_ffff]), at);
        return length;
      }
    }
  }
}
