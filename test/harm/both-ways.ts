import { isDeepStrictEqual } from 'node:util';
import type { Decoder, Invalid, Message, Protocol, Speaker } from '../../src/wire/index.ts';
import type { Chance } from './random.ts';

export interface Answer {
  readonly said: Message | Invalid;
  readonly offset: number;
}

/**
 * Decodes a stream whole and again in random pieces. Both must say the same, without a throw, keeping no more than one
 * packet.
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
    const whole = decode(protocol, speaker, [bytes]);
    const pieces = decode(protocol, speaker, cut(bytes, chance));
    if (!same(whole, pieces)) throw new Error('in pieces it means something else');
    return whole;
  } catch (error) {
    const what = `${protocol.name}, bytes of a ${speaker}: ${bytes.toString('hex')}`;
    throw new Error(`${error instanceof Error ? error.message : String(error)}; ${what}`, { cause: error });
  }
}

function decode(protocol: Protocol, speaker: Speaker, chunks: readonly Buffer[]): Answer[] {
  const decoder = protocol.decoder(speaker);
  // The answers of some protocols mean something only behind their requests.
  for (const type of ['time.request', 'name.request', 'list.request', 'send.request'] as const)
    decoder.expect(type);
  const answers: Answer[] = [];
  const most = protocol.description.framing.maxBytes;
  for (const chunk of chunks) {
    decoder.push(chunk);
    if (!drain(decoder, chunk.length, answers)) return answers;
    if (decoder.pending > most) throw new Error(`it keeps ${decoder.pending} bytes, a packet has ${most}`);
  }
  const end = decoder.end();
  if (end !== undefined) answers.push({ said: end, offset: end.offset });
  return answers;
}

function cut(bytes: Buffer, chance: Chance): Buffer[] {
  const pieces: Buffer[] = [];
  const longest = 1 + chance.below(chance.below(2) === 0 ? 3 : 64);
  for (let at = 0; at < bytes.length;) {
    const length = 1 + chance.below(longest);
    // A copy, as each read of a socket is.
    pieces.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

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
