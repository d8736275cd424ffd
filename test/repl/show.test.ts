import fc from 'fast-check';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { makePaint, show, toJson, wantsColours } from '../../src/repl/index.ts';
import { shownAs } from '../../src/repl/shown.ts';
import { asRows } from '../../src/repl/table.ts';

const plain = makePaint(false);
const coloured = makePaint(true);
/** Whatever a terminal might obey, or a reader not see. */
// eslint-disable-next-line no-control-regex
const HARMFUL = /[\p{Cf}\p{Zl}\p{Zp}\u0080-\u009f\u007f\0-\u0008\u000b-\u001f]/u;

describe('for people', () => {
  test('rows of flat objects are a table, numbers to the right, wide names aligned', () => {
    const rows = [
      { id: 1, address: '127.0.0.1', port: 40310, name: '王小明' },
      { id: 12, address: '::1', port: 80, name: 'ann 🎉' },
    ];
    expect(show(rows, plain)).toBe(
      ['id  address     port  name', ' 1  127.0.0.1  40310  王小明', '12  ::1           80  ann 🎉'].join(
        '\n',
      ),
    );
  });

  test('columns of any texts stay aligned', () => {
    const row = fc.record({ a: fc.string({ unit: 'grapheme' }), b: fc.integer() });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = show(rows, plain).split('\n');
        expect(lines).toHaveLength(rows.length + 1);
        // The last column is of numbers, which end together.
        expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
      }),
    );
  });

  test.each([
    ['nothing in it', []],
    ['nested', [{ a: {} }]],
    ['different keys', [{ a: 1 }, { b: 1 }]],
    [
      'a getter',
      [
        {
          get a() {
            throw new Error('was run');
          },
        },
      ],
    ],
    ['no objects', [1, 2]],
  ])('no table: %s', (_name, value) => {
    expect(asRows(value)).toBeUndefined();
  });

  test('a result may know its sentence; a copy of it is data again', () => {
    const outcome = shownAs({ outcome: 'delivered' }, (safe) => `it was ${safe('delivered\u001b[2J')}`);
    expect(show(outcome, plain)).toBe('it was delivered\\x1b[2J');
    expect(show({ ...outcome }, plain)).toBe("{ outcome: 'delivered' }");
    expect(toJson(outcome)).toBe('{"outcome":"delivered"}');
  });

  test('no value can steer the terminal, quoted, raw, nested, as a key or in an error', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, fc.boolean(), (value, raw) => {
        for (const one of [
          value,
          [value],
          { a: { b: value } },
          { [value]: 1 },
          [{ name: value }],
          new Map([[value, value]]),
        ]) {
          expect(show(one, plain, { raw })).not.toMatch(HARMFUL);
          expect(stripVTControlCharacters(show(one, coloured, { raw }))).not.toMatch(HARMFUL);
        }
      }),
    );
  });

  test('a raw text keeps its lines', () => {
    expect(show('a\nb\tc\u001b[31m', plain, { raw: true })).toBe('a\nb\tc\\x1b[31m');
  });
});

describe('JSON', () => {
  test('one line that JSON.parse gives back, with nothing harmful in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const line = toJson({ value, text });
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(line).not.toMatch(HARMFUL);
        expect(line).not.toContain('\n');
      }),
    );
  });

  test.each([
    [10n, '"10"'],
    [undefined, 'null'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new Map([['a', 1]]), '{"a":1}'],
    [new Set([1]), '[1]'],
  ])('%s', (value, text) => {
    expect(toJson(value)).toBe(text);
  });
});

test('colours: a terminal, no NO_COLOR, not a dumb one', () => {
  expect(wantsColours({ isTTY: true }, {})).toBe(true);
  expect(wantsColours({}, {})).toBe(false);
  expect(wantsColours({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColours({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
});
