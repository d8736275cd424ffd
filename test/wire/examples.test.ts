import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/bytes/index.ts';
import { loadProtocol, shippedProtocols, type Message } from '../../src/wire/index.ts';
import { VOCABULARY } from '../../src/wire/message.ts';
import { byteByByte, decodeChunks, decodeWhole, everyCut } from './stream.ts';

describe.each(shippedProtocols())('%s', (name) => {
  const protocol = loadProtocol(name);
  const { examples, packets } = protocol.description;

  test('has an example of every packet', () => {
    const shown = new Set(examples.map((example) => example.type));
    expect(packets.map((packet) => packet.type).filter((type) => !shown.has(type))).toEqual([]);
  });

  describe.each(
    examples.map((example, index) => ({ ...example, label: `${example.type} (example ${index})` })),
  )('$label', ({ type, values, bytes }) => {
    const absent = Object.entries(VOCABULARY[type].fields).map(([key, meaning]) => [key, meaning.absent]);
    const message = { type, request: 0, ...Object.fromEntries(absent), ...values } as Message;
    const speaker = packets.find((packet) => packet.type === type)?.speakers[0] ?? 'server';
    const once = [{ answer: message, offset: 0, length: bytes.length }];

    test('encodes to its bytes', () => {
      const writer = new Writer(1);
      protocol.encode(message, writer);
      expect(writer.take().toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
    });

    test('decodes whole, byte by byte and cut at every place', () => {
      for (const chunks of [[bytes], byteByByte(bytes), ...everyCut(bytes)]) {
        const { heard, end } = decodeChunks(protocol, speaker, chunks);
        expect(heard).toEqual(once);
        expect(end).toBeUndefined();
      }
    });

    test('decodes several in one chunk, with the beginning of another behind', () => {
      const stream = Buffer.concat([bytes, bytes, bytes, bytes.subarray(0, bytes.length - 1)]);
      const { heard, end } = decodeWhole(protocol, speaker, stream);
      expect(heard.map(({ offset }) => offset)).toEqual([0, bytes.length, 2 * bytes.length]);
      expect(end).toMatchObject({ reason: 'cut', offset: stream.length });
    });
  });
});
