import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadProtocol, type Protocol, shippedProtocols, type Speaker } from '../../src/wire/index.ts';
import { messagesOf } from './arbitraries.ts';
import { byteByByte, cutAt, decodeChunks, decodeWhole, encodeAll } from './stream.ts';

/** What a stranger, a broken peer or a malicious one sends: a good stream with a few things done to it. */
type Harm =
  | { readonly kind: 'flip'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly at: number };

const at = fc.nat(400);
const harm: Arbitrary<Harm> = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at,
    to: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
  }),
  fc.record({ kind: fc.constant('cut' as const), at, count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant('end' as const), at }),
);

function harmed(bytes: Buffer, harms: readonly Harm[]): Buffer {
  let result = Buffer.from(bytes);
  for (const one of harms) {
    const place = result.length === 0 ? 0 : one.at % result.length;
    if (one.kind === 'flip') {
      if (result.length > 0) result[place] = one.to;
    } else if (one.kind === 'cut')
      result = Buffer.concat([result.subarray(0, place), result.subarray(place + one.count)]);
    else if (one.kind === 'insert')
      result = Buffer.concat([result.subarray(0, place), one.bytes, result.subarray(place)]);
    else result = result.subarray(0, place);
  }
  return result;
}

/** Never throws, keeps no more than a packet, and means the same however it was cut. */
function holds(protocol: Protocol, speaker: Speaker, bytes: Uint8Array, places: readonly number[]): void {
  const whole = decodeWhole(protocol, speaker, bytes);
  for (const chunks of [byteByByte(bytes), cutAt(bytes, places)]) {
    const result = decodeChunks(protocol, speaker, chunks);
    expect(result.heard).toEqual(whole.heard);
    expect(result.end).toEqual(whole.end);
    expect(result.mostPending).toBeLessThanOrEqual(protocol.description.framing.maxBytes);
  }
  const invalid = whole.heard.find(({ answer }) => answer.type === 'invalid');
  if (invalid) expect(invalid.offset).toBeLessThanOrEqual(bytes.length);
}

const places = fc.array(fc.nat(600), { maxLength: 12 });

describe.each(shippedProtocols())('%s', (name) => {
  const protocol = loadProtocol(name);

  describe.each<Speaker>(['client', 'server'])('bytes from a %s', (speaker) => {
    test('at random', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), places, (bytes, cuts) =>
          holds(protocol, speaker, bytes, cuts),
        ),
        { numRuns: 300 },
      );
    });

    test('a good stream, harmed', () => {
      const stream = fc.array(messagesOf(protocol.description, speaker), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(stream, fc.array(harm, { minLength: 1, maxLength: 4 }), places, (messages, harms, cuts) =>
          holds(protocol, speaker, harmed(encodeAll(protocol, messages), harms), cuts),
        ),
        { numRuns: 500 },
      );
    });

    test('each byte of each example set to the values at the edges', () => {
      const types = new Set(
        protocol.description.packets.filter((one) => one.speakers.includes(speaker)).map((one) => one.type),
      );
      for (const { bytes } of protocol.description.examples.filter((example) => types.has(example.type))) {
        for (let place = 0; place < bytes.length; place++) {
          for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
            const changed = Uint8Array.from(bytes);
            changed[place] = value;
            holds(protocol, speaker, changed, [place, place + 1]);
          }
        }
      }
    });
  });

  test('after an Invalid it says the same for ever and keeps nothing', () => {
    const decoder = protocol.decoder('client');
    decoder.push(Buffer.alloc(protocol.description.framing.maxBytes + 64, 0xff));
    let first = decoder.next();
    while (first.type !== 'invalid' && first.type !== 'need-more') first = decoder.next();
    expect(first.type).toBe('invalid');
    decoder.push(Buffer.from('more'));
    expect(decoder.next()).toBe(first);
    expect(decoder.end()).toBe(first);
  });
});
