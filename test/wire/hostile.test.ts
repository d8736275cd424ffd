import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadProtocol, type Protocol, shippedProtocols, type Speaker } from '../../src/wire/index.ts';
import { messagesOf } from './arbitraries.ts';
import { harm, harmed } from './harm.ts';
import {
  type Before,
  byteByByte,
  cutAt,
  decodeChunks,
  decodeWhole,
  encodeAll,
  greetingOf,
  requestsOf,
  tellingPlaces,
} from './stream.ts';

/** Never throws, keeps no more than a packet, and means the same however it was cut. */
function holds(
  protocol: Protocol,
  speaker: Speaker,
  bytes: Uint8Array,
  places: readonly number[],
  before: Before = {},
): void {
  const whole = decodeWhole(protocol, speaker, bytes, before);
  for (const chunks of [byteByByte(bytes), cutAt(bytes, places)]) {
    const result = decodeChunks(protocol, speaker, chunks, before);
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
          holds(protocol, speaker, harmed(encodeAll(protocol, messages), harms), cuts, {
            greeting: greetingOf(protocol, speaker),
            awaited: requestsOf(messages),
          }),
        ),
        { numRuns: 500 },
      );
    });

    test('each byte of each example set to the values at the edges', () => {
      const types = new Set(
        protocol.description.packets.filter((one) => one.speakers.includes(speaker)).map((one) => one.type),
      );
      for (const { bytes } of protocol.description.examples.filter((example) => types.has(example.type))) {
        for (const place of tellingPlaces(bytes)) {
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
