import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkPool, JsonBytes, piece } from '../../src/tcp/json-bytes.ts';
import { harmfulIn } from '../helpers/hostile-texts.ts';

function written(write: (out: JsonBytes) => void): string {
  const out = new JsonBytes(new ChunkPool());
  write(out);
  const parts: Buffer[] = [];
  out.drain((bytes) => parts.push(Buffer.from(bytes)));
  return Buffer.concat(parts).toString();
}

/** So many bytes stand before what is written: the end of a chunk comes at every place. */
const before = fc.integer({ min: 8192 - 40, max: 8192 });
const edges = [0, 9, 10, 9999, 10_000, 99_999_999, 100_000_000, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
const number = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((each) => -each), 0.5, -1e300),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const bytes = fc.uint8Array({ maxLength: 20 });

test('numbers, texts and base64 are what JSON and Buffer make of them, wherever a chunk ends', () => {
  const value = fc.record({ before, number, bytes, text: fc.string({ unit: 'binary', maxLength: 30 }) });
  fc.assert(
    fc.property(value, (each) => {
      const json = written((out) => {
        out.text(' '.repeat(each.before - 2));
        out.raw(piece(',"a piece longer than a word, «ä»":'));
        out.number(each.number);
        out.raw(piece(','));
        out.text(each.text);
        out.raw(piece(','));
        out.base64(each.bytes, 0, each.bytes.length);
        out.raw(piece(','));
        out.word(each.text);
      });
      const list = `[${json.replace('":', '",')}]`;
      expect(harmfulIn(json.slice(each.before))).toEqual([]);
      expect(JSON.parse(list)).toEqual([
        ' '.repeat(each.before - 2),
        'a piece longer than a word, «ä»',
        // JSON knows no -0.
        each.number === 0 ? 0 : each.number,
        each.text,
        Buffer.from(each.bytes).toString('base64'),
        each.text,
      ]);
    }),
  );
});

test.each([0, 1, 2, 3, 767, 768, 769, 10_000, 65_535])('%i bytes in base64, in runs', (length) => {
  const all = Uint8Array.from({ length: length + 5 }, (_, i) => (i * 131) ^ (i >> 3));
  const text = Buffer.from(all.subarray(5)).toString('base64');
  expect(written((out) => out.base64(all, 5, length))).toBe(`"${text}"`);
});
