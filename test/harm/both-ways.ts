import { isDeepStrictEqual } from 'node:util';
import type { Decoder, Invalid, Message, Protocol, Speaker } from '../../src/wire/index.ts';
import type { Chance } from './random.ts';

export interface Answer {
  readonly said: Message | Invalid;
  readonly offset: number;
}

/**
 * Decodes a stream whole and again in random pieces, from memory that is used again. Both must say the same, without a
 * throw, keeping no more than one packet.
 *
 * @throws Error with the bytes when that does not hold.
 */
export function decodeBothWays(
  protocol: Protocol,
  speaker: Speaker,
  bytes: Buffer,
  chance: Chance,
): Answer[] {
  try {
    const whole = decode(protocol, speaker, bytes, () => bytes.length);
    const longest = 1 + chance.below(chance.below(2) === 0 ? 3 : 64);
    const pieces = decode(protocol, speaker, bytes, () => 1 + chance.below(longest));
    if (!same(whole, pieces)) throw new Error('in pieces it means something else');
    return whole;
  } catch (error) {
    const what = `${protocol.name}, bytes of a ${speaker}: ${bytes.toString('hex')}`;
    throw new Error(`${error instanceof Error ? error.message : String(error)}; ${what}`, { cause: error });
  }
}

/** What each read of a socket is read into: scribbled over when the decoder has let go of it, as the next read would. */
const memory = Buffer.alloc(65_536);
const SCRIBBLE = 0x5a;

/** Pushes `bytes`, piece by piece of as many bytes as `next` says. */
function decode(protocol: Protocol, speaker: Speaker, bytes: Buffer, next: () => number): Answer[] {
  const decoder = protocol.decoder(speaker);
  // The answers of some protocols mean something only behind their requests.
  for (const type of REQUESTS) decoder.expect(type);
  const answers: Answer[] = [];
  const most = protocol.description.framing.maxBytes;
  for (let at = 0; at < bytes.length;) {
    const length = bytes.copy(memory, 0, at, Math.min(at + next(), at + memory.length));
    at += length;
    decoder.push(memory.subarray(0, length));
    if (!drain(decoder, length, answers)) return answers;
    if (decoder.pending > most) throw new Error(`it keeps ${decoder.pending} bytes, a packet has ${most}`);
    decoder.release();
    memory.fill(SCRIBBLE, 0, length);
  }
  const end = decoder.end();
  if (end !== undefined) answers.push({ said: end, offset: end.offset });
  return answers;
}

const REQUESTS = ['time.request', 'name.request', 'list.request', 'send.request'] as const;

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
