import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/bytes/index.ts';
import {
  clientId,
  loadProtocol,
  requestNumber,
  shippedProtocols,
  type Speaker,
} from '../../src/wire/index.ts';
import { messageOf, messagesOf } from './arbitraries.ts';
import { cutAt, decodeChunks, decodeWhole, encodeAll, greetingOf, requestsOf } from './stream.ts';

const SPEAKERS: readonly Speaker[] = ['client', 'server'];

describe.each(shippedProtocols())('%s', (name) => {
  const protocol = loadProtocol(name);
  const { description } = protocol;

  test.each(
    description.packets
      .filter(({ opening }) => opening?.ends !== 'next-packet')
      .map((packet) => [packet.type, packet] as const),
  )('%s: what is decoded is what was encoded', (_, packet) => {
    for (const speaker of packet.speakers) {
      fc.assert(
        fc.property(messageOf(description, packet), (message) => {
          const bytes = encodeAll(protocol, [message]);
          const greeting = packet.opening === undefined ? greetingOf(protocol, speaker) : undefined;
          const before = { greeting, awaited: requestsOf([message]) };
          const { heard, end } = decodeWhole(protocol, speaker, bytes, before);
          expect(heard).toEqual([{ answer: message, offset: 0, length: bytes.length }]);
          expect(end).toBeUndefined();
        }),
      );
    }
  });

  test.each(SPEAKERS)('several messages of the %s: however the stream is cut, the same', (speaker) => {
    fc.assert(
      fc.property(
        fc.array(messagesOf(description, speaker), { maxLength: 6 }),
        fc.array(fc.nat(2000), { maxLength: 20 }),
        (messages, places) => {
          const bytes = encodeAll(protocol, messages);
          const { heard, end } = decodeChunks(protocol, speaker, cutAt(bytes, places), {
            greeting: greetingOf(protocol, speaker),
            awaited: requestsOf(messages),
          });
          expect(heard.map(({ answer }) => answer)).toEqual(messages);
          expect(heard.reduce((sum, { length }) => sum + length, 0)).toBe(bytes.length);
          expect(end).toBeUndefined();
        },
      ),
    );
  });

  test('a message that cannot be written leaves the writer as it was', () => {
    const writer = new Writer(8);
    const good = {
      type: 'send.request',
      request: 1,
      to: 1,
      toAddress: '10.0.0.1',
      toPort: 1,
      text: 'a',
    } as const;
    protocol.encode(good as never, writer);
    const before = Buffer.from(writer.view());
    for (const bad of [
      { ...good, text: 'x'.repeat(2_000_000) },
      { ...good, type: 'nothing.request' },
    ]) {
      expect(() => protocol.encode(bad as never, writer)).toThrow();
      expect(Buffer.from(writer.view())).toEqual(before);
    }
  });

  // Not every protocol says addresses.
  if (protocol.carries('deliver.indication', 'fromAddress')) {
    test('what is no address is never written, whatever was written before', () => {
      const writer = new Writer();
      const write = (fromAddress: string): void => {
        const from = { from: clientId(1), fromAddress, fromPort: 1 };
        protocol.encode(
          { type: 'deliver.indication', request: requestNumber(1), ...from, text: 'a' },
          writer,
        );
      };
      for (const good of ['10.0.0.1', '10.0.0.2', '10.0.0.2']) {
        for (const bad of ['', '10.0.0', '10.0.0.300', '']) expect(() => write(bad)).toThrow(/address/);
        write(good);
        write(good);
      }
    });
  }
});
