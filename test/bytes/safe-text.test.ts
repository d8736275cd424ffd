import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeJson, safeText } from '../../src/bytes/index.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';

test.each([
  ['plain, 中文, é, 😀', 'plain, 中文, é, 😀'],
  ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
  ['a\r\nERROR forged line\t\0', 'a\\r\\nERROR forged line\\t\\0'],
  ['\x7f\x85\x9b31m', '\\x7f\\x85\\x9b31m'],
  ['user\u202egnp.exe\u2066', 'user\\u{202e}gnp.exe\\u{2066}'],
  ['in\u200bvis\ufeffible\u00ad', 'in\\u{200b}vis\\u{feff}ible\\xad'],
  ['half \ud83d pair \ude00', 'half \\u{d83d} pair \\u{de00}'],
  ['\u2028\u{e0041}\u3164', '\\u{2028}\\u{e0041}\\u{3164}'],
])('%j is shown as %s', (text, shown) => {
  expect(safeText(text)).toBe(shown);
});

test('nothing that a terminal obeys is left, and a second pass changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = safeText(text);
      // eslint-disable-next-line no-control-regex -- control characters are the point
      expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
      expect(safeText(shown)).toBe(shown);
    }),
  );
});

test.each(HOSTILE)('%s: shown, harmless, and not hidden', (_what, text, visible) => {
  expect(harmfulIn(safeText(text))).toEqual([]);
  expect(safeText(text)).not.toMatch(/[\n\t]/);
  expect(safeText(text)).toContain(visible);
});

test('JSON made safe is harmless and has the same value', () => {
  const all = HOSTILE.map(([, text]) => text);
  expect(harmfulIn(safeJson(JSON.stringify(all)))).toEqual([]);
  expect(JSON.parse(safeJson(JSON.stringify(all, null, 2)))).toEqual(all);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const safe = safeJson(JSON.stringify({ [text]: text }));
      expect(harmfulIn(safe)).toEqual([]);
      expect(JSON.parse(safe)).toEqual({ [text]: text });
    }),
  );
});
