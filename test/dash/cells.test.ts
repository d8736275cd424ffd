import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellsOf, fit, textOf, widthOf } from '../../src/dash/cells.ts';
import { HOSTILE } from './samples.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(...HOSTILE),
);
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

test('any text takes exactly the cells that it is given, and none of them is dangerous', () => {
  fc.assert(
    fc.property(
      texts,
      fc.nat(60),
      fc.constantFrom('left' as const, 'right' as const),
      (text, width, align) => {
        const fitted = fit(text, width, align);
        expect(widthOf(fitted)).toBe(width);
        const cells = cellsOf([{ text: fitted }, { text: '' }], width);
        expect(cells).toHaveLength(width);
        expect(textOf(cells)).toBe(fitted);
        expect(fitted).not.toMatch(DANGEROUS);
      },
    ),
  );
});

test('a line is as wide as asked for, whatever its spans are', () => {
  fc.assert(
    fc.property(fc.array(texts, { maxLength: 6 }), fc.nat(60), (all, width) => {
      const cells = cellsOf(
        all.map((text) => ({ text })),
        width,
      );
      expect(cells).toHaveLength(width);
      // A wide character has both of its cells: a second half is never the first cell.
      expect(cells[0]?.text).not.toBe('');
    }),
  );
});

test.each([
  ['网络', 4],
  ['😀', 2],
  ['e\u0301', 1],
  // A modifier of its own would be two more cells on some terminals, and none on others.
  ['👍🏽', 2],
  ['🇨🇳', 2],
  ['❤\ufe0f', 1],
  ['abc', 3],
])('%s is %i cells wide', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('what is cut says so, and is not cut through a character', () => {
  expect(fit('网络实验', 6)).toBe('网络… ');
  expect(fit('网络实验', 7)).toBe('网络实…');
  expect(fit('abc', 5, 'right')).toBe('  abc');
  expect(fit('abc', 0)).toBe('');
});
