import { describe, expect, test } from 'vitest';
import { Writer } from '../../src/bytes/index.ts';
import { loadProtocol, shippedProtocols, type Message } from '../../src/wire/index.ts';
import { VOCABULARY } from '../../src/wire/message.ts';
import { byteByByte, decodeChunks, decodeWhole, everyCut, greetingOf, requestsOf } from './stream.ts';

/** Entries of the list with what their description leaves out. */
function withDefaults(message: object): Message {
  if (!('clients' in message)) return message as Message;
  const clients = (message.clients as object[]).map((entry) => ({ name: '', ...entry }));
  return { ...message, clients } as unknown as Message;
}

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
    const absent = Object.entries(VOCABULARY[type].fields).map(([key, meaning]): [string, unknown] => [
      key,
      meaning.absent,
    ]);
    const message = withDefaults({ type, request: 0, ...(Object.fromEntries(absent) as object), ...values });
    const speaker = packets.find((packet) => packet.type === type)?.speakers[0] ?? 'server';
    const opening = packets.find((packet) => packet.type === type)?.opening;
    const before = {
      awaited: Array.from({ length: 4 }, () => requestsOf([message])[0]).filter((one) => one !== undefined),
      greeting: opening === undefined ? greetingOf(protocol, speaker) : undefined,
    };
    const once = [{ answer: message, offset: 0, length: bytes.length }];

    test('encodes to its bytes', () => {
      const writer = new Writer(1);
      protocol.encode(message, writer);
      expect(writer.take().toString('hex')).toBe(Buffer.from(bytes).toString('hex'));
    });

    const hasEnd = opening?.ends !== 'next-packet';
    if (hasEnd)
      test('decodes whole, byte by byte and cut at every place', () => {
        for (const chunks of [[bytes], byteByByte(bytes), ...everyCut(bytes)]) {
          const { heard, end } = decodeChunks(protocol, speaker, chunks, before);
          expect(heard).toEqual(once);
          expect(end).toBeUndefined();
        }
      });

    if (!hasEnd)
      test('is heard when a packet follows', () => {
        const next = examples.find((example) => example.type === 'time.response')?.bytes ?? Buffer.alloc(0);
        const stream = Buffer.concat([bytes, next]);
        for (const chunks of [[stream], byteByByte(stream), ...everyCut(stream)]) {
          const { heard, end } = decodeChunks(protocol, speaker, chunks);
          expect(heard[0]).toEqual({ answer: message, offset: 0, length: bytes.length });
          expect(heard[1]).toMatchObject({ offset: bytes.length, length: next.length });
          expect(end).toBeUndefined();
        }
        expect(decodeWhole(protocol, speaker, bytes)).toMatchObject({ heard: [], end: undefined });
      });

    if (opening === undefined)
      test('decodes several in one chunk, with the beginning of another behind', () => {
        const stream = Buffer.concat([bytes, bytes, bytes, bytes.subarray(0, bytes.length - 1)]);
        const { heard, end } = decodeWhole(protocol, speaker, stream, before);
        expect(heard.map(({ offset }) => offset)).toEqual([0, bytes.length, 2 * bytes.length]);
        expect(end).toMatchObject({ reason: 'cut', offset: stream.length });
      });
  });
});
