import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import {
  type Decoder,
  type Invalid,
  loadProtocol,
  type Message,
  type Protocol,
  shippedProtocols,
  type Speaker,
} from '../../src/wire/index.ts';
import { Frames } from './frames.ts';
import { heapBytes } from './memory.ts';
import { Chance } from './random.ts';

export interface DecoderFigures {
  /** Frames that were made; each was decoded whole, and again in pieces. */
  readonly frames: number;
  readonly packets: number;
  readonly invalid: number;
  /** Different outcomes: a type of message, or a reason with its sentence. */
  readonly outcomes: number;
  /** The longest that one stream took to decode. */
  readonly slowestMs: number;
  /** By how much the heap was larger at the end, after a collection. */
  readonly heapGrowthBytes: number;
  readonly seed: number;
}

interface Answer {
  readonly said: Message | Invalid;
  readonly offset: number;
}

const BATCH = 2_000;

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
  for (const target of targets) target.run(BATCH);
  const before = heapBytes();
  for (let done = 0; done < frames;) {
    for (const target of targets) done += target.run(Math.min(BATCH, Math.ceil(frames / targets.length)));
  }
  const heapGrowthBytes = heapBytes() - before;
  const sum = (of: (target: Target) => number): number => targets.reduce((total, one) => total + of(one), 0);
  return {
    frames: sum((one) => one.frames),
    packets: sum((one) => one.packets),
    invalid: sum((one) => one.invalid),
    outcomes: sum((one) => one.outcomes.size),
    slowestMs: Math.round(Math.max(...targets.map((one) => one.slowestMs))),
    heapGrowthBytes,
    seed,
  };
}

class Target {
  frames = 0;
  packets = 0;
  invalid = 0;
  slowestMs = 0;
  readonly outcomes = new Set<string>();
  readonly #protocol: Protocol;
  readonly #speaker: Speaker;
  readonly #chance: Chance;
  readonly #frames: Frames;
  readonly #greeting: Buffer | undefined;

  constructor(protocol: Protocol, speaker: Speaker, chance: Chance) {
    this.#protocol = protocol;
    this.#speaker = speaker;
    this.#chance = chance;
    this.#frames = new Frames(protocol, speaker, chance);
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

  /** One stream; answers of how many frames. */
  #one(): number {
    const made = Array.from({ length: 1 + this.#chance.below(4) }, () => Buffer.from(this.#frames.next()));
    const greets = this.#greeting !== undefined && this.#chance.below(8) !== 0;
    const bytes = Buffer.concat(greets ? [this.#greeting, ...made] : made);
    const startMs = performance.now();
    try {
      const whole = this.#decode([bytes]);
      const pieces = this.#decode(this.#cut(bytes));
      if (!same(whole, pieces)) throw new Error('in pieces it means something else');
      this.#learn(whole, made);
    } catch (error) {
      const what = `${this.#protocol.name}, bytes of a ${this.#speaker}: ${bytes.toString('hex')}`;
      throw new Error(`${error instanceof Error ? error.message : String(error)}; ${what}`, { cause: error });
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
    return made.length;
  }

  #decode(chunks: readonly Buffer[]): Answer[] {
    const decoder = this.#protocol.decoder(this.#speaker);
    // The answers of some protocols mean something only behind their requests.
    for (const type of ['time.request', 'name.request', 'list.request', 'send.request'] as const)
      decoder.expect(type);
    const answers: Answer[] = [];
    const most = this.#protocol.description.framing.maxBytes;
    for (const chunk of chunks) {
      decoder.push(chunk);
      if (!drain(decoder, chunk.length, answers)) return answers;
      if (decoder.pending > most) throw new Error(`it keeps ${decoder.pending} bytes, a packet has ${most}`);
    }
    const cut = decoder.end();
    if (cut !== undefined) answers.push({ said: cut, offset: cut.offset });
    return answers;
  }

  #cut(bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    const longest = 1 + this.#chance.below(this.#chance.below(2) === 0 ? 3 : 64);
    for (let at = 0; at < bytes.length;) {
      const length = 1 + this.#chance.below(longest);
      // A copy, as each read of a socket is.
      pieces.push(Buffer.from(bytes.subarray(at, at + length)));
      at += length;
    }
    return pieces;
  }

  #learn(answers: readonly Answer[], made: readonly Buffer[]): void {
    const before = this.outcomes.size;
    for (const { said } of answers) {
      if (said.type === 'invalid') this.invalid++;
      else this.packets++;
      const outcome = said.type === 'invalid' ? `${said.reason}: ${placeIn(said.message)}` : said.type;
      this.outcomes.add(outcome);
    }
    if (this.outcomes.size > before) for (const frame of made) this.#frames.keep(frame);
  }
}

/** What is left of a sentence without the bytes' own values names the place in the code that said it. */
const placeIn = (sentence: string): string => sentence.replaceAll(/[^a-z ]+/g, '#').slice(0, 30);

/** Takes what the decoder has; false behind an Invalid. A decoder that answers more packets than bytes would hang. */
function drain(decoder: Decoder, bytes: number, answers: Answer[]): boolean {
  for (let turns = 0; ; turns++) {
    if (turns > bytes + 1) throw new Error('it answers for ever');
    const said = decoder.next();
    if (said.type === 'need-more') return true;
    answers.push({ said, offset: said.type === 'invalid' ? said.offset : decoder.offset });
    if (said.type === 'invalid') return false;
  }
}

const same = (one: readonly Answer[], other: readonly Answer[]): boolean =>
  one.length === other.length &&
  one.every(({ said, offset }, i) => {
    const twin = other[i];
    return twin !== undefined && offset === twin.offset && isDeepStrictEqual(said, twin.said);
  });
