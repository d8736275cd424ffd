import { Buffer } from 'node:buffer';
import { safeText } from '../bytes/index.ts';
import { Invalid } from './invalid.ts';

/**
 * What is said about bytes that are no packet: each with the evidence, since the sentence goes to the peer in an error
 * packet and into its author's debugging. `at` counts from the packet's start.
 */

/** Small numbers as people write them, others as a hexdump shows them. */
const shown = (value: number | string): string => {
  if (typeof value === 'string') return quoted(value);
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
};

const LONGEST_QUOTE = 40;

function quoted(text: string): string {
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return `"${safeText(cut)}"`;
}

export const constantDiffers = (
  at: number,
  name: string,
  actual: number | string,
  wanted: number | string,
): Invalid => new Invalid('constant', at, `${name} is ${shown(actual)}, not ${shown(wanted)}`);

export const lengthTooSmall = (at: number, name: string, length: number, header: number): Invalid =>
  new Invalid('length', at, `${name} makes it a packet of ${length} bytes; the header alone has ${header}`);

export const lengthTooLarge = (at: number, name: string, length: number, max: number): Invalid =>
  new Invalid('length', at, `${name} makes it a packet of ${length} bytes; at most ${max} are allowed`);

export const noEnd = (max: number): Invalid =>
  new Invalid('length', max, `no end of packet in ${max} bytes, and none may be longer`);

export const beyondNumbers = (reason: 'length' | 'value', at: number, name: string): Invalid =>
  new Invalid(reason, at, `${name} is beyond 2^53`);

/** `selectors` are the names and values that tell packets apart. */
export function unknownPacket(at: number, speaker: string, selectors: readonly (string | number)[]): Invalid {
  const parts: string[] = [];
  for (let i = 0; i < selectors.length; i += 2) {
    const value = selectors[i + 1] ?? '';
    parts.push(`${String(selectors[i])} ${typeof value === 'string' ? quoted(value) : value}`);
  }
  const like = parts.length === 0 ? 'looks like this' : `has ${parts.join(', ')}`;
  return new Invalid('unknown-packet', at, `no packet of a ${speaker} ${like}`);
}

/** The packet ends `left` bytes behind the start of `fields`: names and sizes, in turn. */
export function endsInside(at: number, left: number, fields: readonly (string | number)[]): Invalid {
  let rest = left;
  let index = 0;
  while (index + 2 < fields.length && rest >= Number(fields[index + 1])) {
    rest -= Number(fields[index + 1]);
    index += 2;
  }
  return new Invalid('short', at, `ends inside ${String(fields[index])}`);
}

export const claimsMore = (at: number, name: string, claimed: number, left: number): Invalid =>
  new Invalid('short', at, `${name} claims ${claimed} bytes, and ${left} are left`);

export const noMark = (at: number, name: string, mark: Uint8Array): Invalid =>
  new Invalid('short', at, `${name} is not followed by ${quoted(Buffer.from(mark).toString('latin1'))}`);

export const bytesLeft = (at: number, count: number, name: string): Invalid =>
  new Invalid('long', at, `${count} ${count === 1 ? 'byte is' : 'bytes are'} left behind ${name}`);

export const tooLong = (at: number, name: string, bytes: number, max: number): Invalid =>
  new Invalid('value', at, `${name} has ${bytes} bytes; at most ${max} are allowed`);

/** `kind` is what the bytes were taken for: UTF-8, an address. */
export const notA = (at: number, name: string, kind: string, bytes: Uint8Array): Invalid =>
  new Invalid('value', at, `${name} is not ${kind}: ${quoted(Buffer.from(bytes).toString('latin1'))}`);

export const notNamed = (at: number, name: string, value: number | string): Invalid =>
  new Invalid(
    'value',
    at,
    `${name} is ${typeof value === 'string' ? quoted(value) : value}, which has no name`,
  );

export const noDate = (at: number, name: string): Invalid =>
  new Invalid('value', at, `${name} is beyond any date`);

export const itemTwice = (at: number, name: string): Invalid =>
  new Invalid('value', at, `there is a second ${name}`);

export const itemMissing = (at: number, name: string): Invalid =>
  new Invalid('short', at, `${name} is missing`);

export const strangeItem = (at: number, name: string, tag: number): Invalid =>
  new Invalid('value', at, `${name} has an item of type ${tag}, which is not known`);
