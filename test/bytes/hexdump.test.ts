import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexdump } from '../../src/bytes/index.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('rows of 16 with offset and ASCII', () => {
  expect(hexdump(bytesOf('GET / HTTP/1.1\r\nHost: a\r\n'))).toBe(
    [
      '0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..',
      '0010  48 6f 73 74 3a 20 61 0d  0a                      Host: a..',
    ].join('\n'),
  );
});

test('each field has its own line, an enclosing field is a heading, a zero-length field keeps its place', () => {
  const bytes = Uint8Array.from([1, 0, 5, ...bytesOf('hello'), 0xff]);
  const fields = [
    { offset: 0, length: 3, label: 'header' },
    { offset: 0, length: 1, label: 'kind', value: 'request' },
    { offset: 1, length: 2, label: 'length', value: '5' },
    { offset: 3, length: 0, label: 'options' },
    { offset: 3, length: 5, label: 'text', value: 'hello\x1b' },
  ];
  expect(hexdump(bytes, { fields, base: 0x10 })).toBe(
    [
      '0010                                                                     header',
      '0010  01                                               .                   kind = request',
      '0011  00 05                                            ..                  length = 5',
      '0013                                                                     options',
      '0013  68 65 6c 6c 6f                                   hello             text = hello\\x1b',
      '0018  ff                                               .',
    ].join('\n'),
  );
});

test('repeated rows are counted', () => {
  const lines = hexdump(new Uint8Array(264)).split('\n');
  expect(lines).toEqual([
    '0000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00 ................',
    '      … 15 more rows like it (240 bytes)',
    '0100  00 00 00 00 00 00 00 00                          ........',
  ]);
});

test('any fields over any bytes: never throws', () => {
  const span = fc.record({ offset: fc.integer(), length: fc.integer(), label: fc.string() });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(span), (bytes, fields) => {
      expect(typeof hexdump(bytes, { fields })).toBe('string');
    }),
  );
});
