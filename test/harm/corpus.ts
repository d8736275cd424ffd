/**
 * What coverage-guided fuzzing has found (`GUIDED_KEEP=1 npm run soak -- fuzz-guided` finds it anew): the smallest
 * inputs that reach blocks of the decoders, and of the analysis of captures, which no example and no seed reaches. Other
 * fuzzing begins with them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Speaker } from '../../src/wire/index.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/corpus/', import.meta.url));
const FRAMES = `${FOLDER}frames.json`;
const CAPTURES = `${FOLDER}captures.json`;

/** By protocol and speaker, as hex. */
type FrameCorpus = Record<string, string[]>;

const nameOf = (protocol: string, speaker: Speaker): string => `${protocol} ${speaker}`;

/** Streams of bytes, of one frame or several. */
export function corpusFrames(protocol: string, speaker: Speaker): Buffer[] {
  const frames = read<FrameCorpus>(FRAMES, {})[nameOf(protocol, speaker)] ?? [];
  return frames.map((hex) => Buffer.from(hex, 'hex'));
}

export const corpusCaptures = (): Buffer[] =>
  read<string[]>(CAPTURES, []).map((text) => Buffer.from(text, 'base64'));

export function writeFrames(
  found: readonly { protocol: string; speaker: Speaker; frames: readonly Buffer[] }[],
): void {
  const corpus: FrameCorpus = {};
  for (const { protocol, speaker, frames } of found)
    corpus[nameOf(protocol, speaker)] = frames.map((frame) => frame.toString('hex'));
  write(FRAMES, corpus);
}

export function writeCaptures(captures: readonly Buffer[]): void {
  write(
    CAPTURES,
    captures.map((bytes) => bytes.toString('base64')),
  );
}

const read = <T>(file: string, without: T): T =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : without;

function write(file: string, value: unknown): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 1)}\n`);
}
