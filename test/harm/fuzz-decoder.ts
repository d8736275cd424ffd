import { Buffer } from 'node:buffer';
import { loadProtocol, type Protocol, shippedProtocols, type Speaker } from '../../src/wire/index.ts';
import { type Answer, decodeBothWays } from './both-ways.ts';
import { corpusFrames } from './corpus.ts';
import { Frames } from './frames.ts';
import { heapBytes } from './memory.ts';
import { Chance } from './random.ts';
import { watched } from './watchdog.ts';

export interface DecoderFigures {
  /** Frames that were made; each was decoded whole, and again in pieces. */
  readonly frames: number;
  readonly packets: number;
  readonly invalid: number;
  /** Different outcomes: a type of message, or a reason with its sentence. */
  readonly outcomes: number;
  /** The longest that one stream took to decode. */
  readonly slowestMs: number;
  /** By how much the heap was larger at the end, after a collection, without what the fuzzer itself had noted. */
  readonly heapGrowthBytes: number;
  /** What it had noted: the outcomes, and the frames that taught one. Let go of before the heap is measured. */
  readonly notedBytes: number;
  readonly seed: number;
}

const BATCH = 2_000;
/** Room for a greeting and the four longest frames. */
const stream = Buffer.alloc(65_536);

/**
 * Random, mutated and cut frames against the decoder of every description that ships, in both directions. Each stream
 * of up to four frames is decoded whole and again in random pieces: both must say the same, without a throw, keeping no
 * more than one packet.
 *
 * @throws Error with the seed and the bytes at the first stream for which that does not hold.
 */
export function fuzzDecoders(frames: number, seed: number): DecoderFigures {
  const chance = new Chance(seed);
  const targets = shippedProtocols()
    .map((name) => loadProtocol(name))
    .flatMap((protocol) =>
      (['client', 'server'] as const).map((speaker) => new Target(protocol, speaker, chance)),
    );
  // Compiled and warm before the heap is measured.
  const run = (target: Target, count: number): number =>
    watched(`${target.name} (seed ${seed})`, () => target.run(count));
  for (const target of targets) run(target, BATCH);
  const before = heapBytes();
  for (let done = 0; done < frames;) {
    for (const target of targets) done += run(target, Math.min(BATCH, Math.ceil(frames / targets.length)));
  }
  const sum = (of: (target: Target) => number): number => targets.reduce((total, one) => total + of(one), 0);
  const outcomes = sum((one) => one.outcomes.size);
  const withNotes = heapBytes();
  // The targets stay, and with them their decoders: what those keep would still be there.
  for (const target of targets) target.forget();
  const without = heapBytes();
  return {
    frames: sum((one) => one.frames),
    packets: sum((one) => one.packets),
    invalid: sum((one) => one.invalid),
    outcomes,
    slowestMs: Math.round(Math.max(...targets.map((one) => one.slowestMs))),
    heapGrowthBytes: without - before,
    notedBytes: withNotes - without,
    seed,
  };
}

class Target {
  frames = 0;
  packets = 0;
  invalid = 0;
  slowestMs = 0;
  readonly outcomes = new Set<string>();
  readonly name: string;
  readonly #protocol: Protocol;
  readonly #speaker: Speaker;
  readonly #chance: Chance;
  readonly #frames: Frames;
  readonly #greeting: Buffer | undefined;

  constructor(protocol: Protocol, speaker: Speaker, chance: Chance) {
    this.name = `${protocol.name}, bytes of a ${speaker}`;
    this.#protocol = protocol;
    this.#speaker = speaker;
    this.#chance = chance;
    this.#frames = new Frames(protocol, speaker, chance, corpusFrames(protocol.name, speaker));
    const hello = protocol.description.packets.find(({ opening }) => opening !== undefined);
    const example = protocol.description.examples.find(({ type }) => type === hello?.type);
    this.#greeting =
      speaker === 'server' && hello?.opening?.ends === 'packet' && example !== undefined
        ? Buffer.from(example.bytes)
        : undefined;
  }

  run(frames: number): number {
    let done = 0;
    while (done < frames) done += this.#one();
    this.frames += done;
    return done;
  }

  /** Lets go of what it noted to be a better fuzzer. */
  forget(): void {
    this.outcomes.clear();
    this.#frames.forget();
  }

  /** One stream; answers of how many frames. */
  #one(): number {
    const greets = this.#greeting !== undefined && this.#chance.below(8) !== 0;
    let length = greets ? this.#greeting.copy(stream) : 0;
    // Where each frame begins, and the last one ends.
    const bounds = [length];
    for (let left = 1 + this.#chance.below(4); left > 0; left--) {
      length += this.#frames.next().copy(stream, length);
      bounds.push(length);
    }
    const bytes = stream.subarray(0, length);
    const startMs = performance.now();
    this.#learn(decodeBothWays(this.#protocol, this.#speaker, bytes, this.#chance), bounds);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
    return bounds.length - 1;
  }

  #learn(answers: readonly Answer[], bounds: readonly number[]): void {
    const before = this.outcomes.size;
    for (const { said } of answers) {
      if (said.type === 'invalid') this.invalid++;
      else this.packets++;
      const outcome = said.type === 'invalid' ? `${said.reason}: ${placeIn(said.message)}` : said.type;
      this.outcomes.add(outcome);
    }
    if (this.outcomes.size === before) return;
    bounds.slice(1).forEach((end, i) => this.#frames.keep(stream.subarray(bounds[i], end)));
  }
}

/** What is left of a sentence without the bytes' own values names the place in the code that said it. */
const placeIn = (sentence: string): string => sentence.replaceAll(/[^a-z ]+/g, '#').slice(0, 30);
