/** Fuzzing that is guided by which blocks of the source have run: the decoder of every description, and captures. */
import { Coverage } from './coverage.ts';
import { loadProtocol, type Protocol, shippedProtocols, type Speaker } from '../../src/wire/index.ts';
import { decodeBothWays } from './both-ways.ts';
import { corpusCaptures, corpusFrames } from './corpus.ts';
import { Frames } from './frames.ts';
import { captureSeeds, harmed, readBothWays } from './fuzz-captures.ts';
import { guide } from './guide.ts';
import { Chance } from './random.ts';

export interface Guidance<T> {
  readonly inputs: number;
  /** Characters of source that ran for examples and seeds, and at the end. */
  readonly reachedBySeeds: number;
  readonly reached: number;
  /** The smallest inputs that together reach all that was reached beyond the seeds, the corpus on disk among them. */
  readonly found: readonly T[];
}

const isDecoder = (url: string): boolean => url === '' || /\/src\/(wire|bytes)\//.test(url);
const isAnalysis = (url: string): boolean => /\/src\/(tcp|bytes)\//.test(url);
/** A corpus that is read in a review: what is longer was found by chance, and a shorter one is found later. */
const LONGEST_CAPTURE = 2_048;

export function guidedFrames(
  inputs: number,
  seed: number,
): (Guidance<Buffer> & { readonly protocol: string; readonly speaker: Speaker })[] {
  return shippedProtocols()
    .map((name) => loadProtocol(name))
    .flatMap((protocol) =>
      (['client', 'server'] as const).map((speaker) => ({
        protocol: protocol.name,
        speaker,
        ...guidedDecoder(protocol, speaker, inputs, seed),
      })),
    );
}

function guidedDecoder(protocol: Protocol, speaker: Speaker, inputs: number, seed: number): Guidance<Buffer> {
  const chance = new Chance(seed);
  const known = corpusFrames(protocol.name, speaker);
  const frames = new Frames(protocol, speaker, chance, known);
  const types = new Set(
    protocol.description.packets.filter((one) => one.speakers.includes(speaker)).map(({ type }) => type),
  );
  const examples = protocol.description.examples
    .filter(({ type }) => types.has(type))
    .map(({ bytes }) => Buffer.from(bytes));
  return explore({
    isWanted: isDecoder,
    seeds: examples,
    known,
    inputs,
    // Up to three frames, since some blocks are for what comes behind a whole one.
    next: () => Buffer.concat(Array.from({ length: 1 + chance.below(3) }, () => Buffer.from(frames.next()))),
    // The same pieces each time the same input runs.
    run: (bytes) => void decodeBothWays(protocol, speaker, bytes, new Chance(bytes.length)),
    keep: (bytes) => frames.keep(bytes),
  });
}

export function guidedCaptures(inputs: number, seed: number): Guidance<Buffer> {
  const chance = new Chance(seed);
  const known = corpusCaptures();
  const seeds = captureSeeds().map((bytes) => Buffer.from(bytes));
  const pool: Buffer[] = [...seeds];
  return explore({
    isWanted: isAnalysis,
    seeds: seeds.slice(0, seeds.length - known.length),
    known,
    inputs,
    next: () => Buffer.from(harmed(chance.of(pool), chance)).subarray(0, LONGEST_CAPTURE),
    run: (bytes) => void readBothWays(bytes, new Chance(bytes.length)),
    keep: (bytes) => pool.push(bytes),
  });
}

interface Expedition {
  readonly isWanted: (url: string) => boolean;
  readonly seeds: readonly Buffer[];
  readonly known: readonly Buffer[];
  readonly inputs: number;
  readonly next: () => Buffer;
  readonly run: (bytes: Buffer) => void;
  readonly keep: (bytes: Buffer) => void;
}

function explore({ isWanted, seeds, known, inputs, next, run, keep }: Expedition): Guidance<Buffer> {
  const coverage = new Coverage(isWanted);
  for (const bytes of [...seeds, ...known]) run(bytes);
  coverage.take();
  const found = [...known];
  const note = (bytes: Buffer): void => {
    found.push(bytes);
    keep(bytes);
  };
  guide({ coverage, next, run, keep: note, inputs });
  // Once more from the beginning, the shortest first: a longer one that reaches nothing beyond them is left out.
  const again = new Coverage(isWanted);
  for (const bytes of seeds) run(bytes);
  again.take();
  const reachedBySeeds = again.reached;
  const needed = found
    .sort((a, b) => a.length - b.length)
    .filter((bytes) => {
      run(bytes);
      return again.take() > 0;
    });
  return { inputs, reachedBySeeds, reached: again.reached, found: needed };
}
