import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexdump } from '../../src/bytes/index.ts';
import {
  annotate,
  loadProtocol,
  type Message,
  operationOf,
  type Protocol,
  shippedProtocols,
  type Speaker,
} from '../../src/wire/index.ts';
import { messagesOf } from './arbitraries.ts';
import { harm, harmed } from './harm.ts';
import { decodeWhole, encodeAll, greetingOf, requestsOf, tellingPlaces } from './stream.ts';

/** The interpreter and the compiled codec say the same of the first packet in `bytes`. */
function agree(protocol: Protocol, speaker: Speaker, bytes: Buffer, message_?: Message): void {
  const [awaited] = message_ === undefined ? [] : requestsOf([message_]);
  const greeting = greetingOf(protocol, speaker);
  const first_ = greeting === undefined && speaker === 'server';
  const { message, spans } = annotate(protocol, speaker, bytes, {
    first: first_,
    ...(awaited === undefined ? {} : { awaited: operationOf(awaited) }),
  });
  const { heard, end } = decodeWhole(protocol, speaker, bytes, {
    greeting,
    awaited: awaited === undefined ? [] : [awaited],
  });
  const first = heard[0];
  if (first === undefined) {
    if (end !== undefined) expect(message).toEqual(end);
    else if (bytes.length === 0) expect(message).toMatchObject({ reason: 'cut' });
    // A greeting that nothing ends: the interpreter takes it for whole, the decoder waits for more.
    else expect(message).toMatchObject({ type: 'hello.indication' });
    return;
  }
  expect(message).toEqual(first.answer);
  expect(spans.filter(({ offset, length }) => length <= 0 || offset + length > bytes.length)).toEqual([]);
  if (first.answer.type === 'invalid') return;
  expect(spans[0]).toMatchObject({ offset: 0, length: first.length, label: first.answer.type });
  // Every byte belongs to a field.
  const covered = new Uint8Array(first.length);
  for (const { offset, length } of spans.slice(1)) covered.fill(1, offset, offset + length);
  expect(covered.every((byte) => byte === 1)).toBe(true);
}

describe.each(shippedProtocols())('%s', (name) => {
  const protocol = loadProtocol(name);

  describe.each<Speaker>(['client', 'server'])('bytes from a %s', (speaker) => {
    test('a message', () => {
      fc.assert(
        fc.property(messagesOf(protocol.description, speaker), (message) =>
          agree(protocol, speaker, encodeAll(protocol, [message]), message),
        ),
      );
    });

    test('a message, harmed', () => {
      fc.assert(
        fc.property(
          messagesOf(protocol.description, speaker),
          fc.array(harm, { minLength: 1, maxLength: 4 }),
          (message, harms) =>
            agree(protocol, speaker, harmed(encodeAll(protocol, [message]), harms), message),
        ),
        { numRuns: 500 },
      );
    });

    test('bytes at random', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
          agree(protocol, speaker, Buffer.from(bytes)),
        ),
      );
    });

    test('each byte of each example set to the values at the edges', () => {
      const { packets, examples } = protocol.description;
      const types = new Set(packets.filter((one) => one.speakers.includes(speaker)).map((one) => one.type));
      for (const { bytes } of examples.filter((example) => types.has(example.type))) {
        for (const place of tellingPlaces(bytes)) {
          for (const value of [0x00, 0x01, 0x7f, 0x80, 0xff]) {
            const changed = Buffer.from(bytes);
            changed[place] = value;
            agree(protocol, speaker, changed);
          }
        }
      }
    });
  });
});

test('the fields of a list, for reading', () => {
  const bytes = Buffer.from(
    '434c0102 04000000 00000004 0000001a 000001 00000007 00000000000000000000ffff0a000001 c8ca 00'.replaceAll(
      ' ',
      '',
    ),
    'hex',
  );
  const { spans } = annotate(loadProtocol('clp'), 'server', bytes);
  expect(
    hexdump(bytes, { fields: spans })
      .split('\n')
      .map((line) => line.replace(/ {3,}/g, '   ')),
  ).toEqual([
    '0000   list.response',
    '0000  43 4c   CL   magic = 0x434c',
    '0002  01   .   version = 1',
    '0003  02   .   kind = 2 (response)',
    '0004  04   .   operation = 4 (list)',
    '0005  00   .   status = 0 (ok)',
    '0006  00 00   ..   reserved = 0',
    '0008  00 00 00 04   ....   request = 4',
    '000c  00 00 00 1a   ....   length = 26',
    '0010  00   .   more = 0',
    '0011  00 01   ..   count of clients = 1',
    '0013   clients[0]',
    '0013  00 00 00 07   ....   id = 7',
    '0017  00 00 00 00 00 00 00 00  00 00 ff ff 0a 00 00 01 ................   address = 10.0.0.1',
    '0027  c8 ca   ..   port = 51402',
    '0029  00   .   length of name = 0',
  ]);
});
