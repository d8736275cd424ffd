/** How the server under which a client is graded behaves: what becomes of each answer on its way to the client. */
import { Buffer } from 'node:buffer';
import { assertNever } from '../../bytes/index.ts';
import type { Random } from '../peers/random.ts';

export const CONDUCTS = [
  'plain',
  'bytes-singly',
  'indication',
  'joined',
  'swapped',
  'slow',
  'garbage',
  'cut',
] as const;
export type Conduct = (typeof CONDUCTS)[number];

/** One thing that the relay does to the client. */
export type Act =
  | { readonly act: 'write'; readonly bytes: Buffer }
  | { readonly act: 'pause'; readonly ms: number }
  | { readonly act: 'close' };

const write = (bytes: Buffer): Act => ({ act: 'write', bytes });
const pause = (ms: number): Act => ({ act: 'pause', ms });
/** Long enough that each write is a segment of its own and is read by itself. */
const APART_MS = 5;
const SLOW_MS = 2_500;
/** More than the fixed size of a packet (struct264), so that a right client is not left waiting for the rest. */
const GARBAGE_BYTES = 512;

/** What is done instead of writing `answer` (one packet); `indication` is a packet that nobody asked for. */
export function acts(
  conduct: Conduct,
  answer: Buffer,
  indication: Buffer | undefined,
  random: Random,
): readonly Act[] {
  const unasked = indication ?? Buffer.alloc(0);
  switch (conduct) {
    case 'plain':
    case 'swapped':
      return [write(answer)];
    case 'bytes-singly':
      return [...answer].flatMap((byte) => [write(Buffer.from([byte])), pause(APART_MS)]);
    case 'indication':
      return [write(unasked), pause(300), write(answer)];
    case 'joined':
      return [write(Buffer.concat([unasked, answer]))];
    case 'slow':
      return [pause(SLOW_MS), write(answer)];
    case 'garbage':
      return [write(garbage(random))];
    case 'cut':
      return [write(answer.subarray(0, 1 + random.below(answer.length - 1))), pause(50), { act: 'close' }];
    default:
      return assertNever(conduct);
  }
}

/**
 * Bytes of the upper half: no letter, and as a length larger than any packet. The end of a line at the end, since without
 * one they would be the beginning of a line.
 */
export const garbage = (random: Random): Buffer =>
  Buffer.from([...random.bytes(GARBAGE_BYTES - 1).map((byte) => byte | 0x80), 0x0a]);
