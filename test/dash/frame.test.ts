import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textOf } from '../../src/dash/cells.ts';
import { START, type Ui } from '../../src/dash/ui.ts';
import { COLUMN_IDS } from '../../src/dash/views/columns.ts';
import { countStates, frame } from '../../src/dash/views/frame.ts';
import { wordsOf } from '../../src/dash/words.ts';
import { connection, HOSTILE, snapshot } from './samples.ts';

const EN = wordsOf('en');
const rowsOf = (...args: Parameters<typeof frame>): string[] =>
  frame(...args).cells.map((row) => textOf(row));

test('80 × 24: heading, table, charts, log, ladder, keys', () => {
  const seen = snapshot(
    [connection(1, '王小明'), connection(2, 'bob', { state: 'CLOSE_WAIT', sendQueue: 1200 })],
    {
      log: [{ atMs: 0, tone: 'good', text: 'client 1 connected' }],
      ladder: {
        lanes: ['127.0.0.1:40001', '127.0.0.1:5264'],
        witness: 'wire',
        rungs: [{ atMs: 61_500, from: 'left', label: 'SYN seq=0', brief: 'SYN', tone: 'open' }],
      },
    },
  );
  const rows = rowsOf(seen, START, EN, 80, 24);
  expect(rows[0]?.trimEnd()).toBe('chatd 127.0.0.1:5264');
  expect(rows[2]).toContain('NAME');
  expect(rows[3]).toMatch(/^ {3}1 王小明 +127\.0\.0\.1:40001 +ESTABLISHED +0 +0 -/);
  expect(rows[4]).toMatch(/^ {3}2 bob +127\.0\.0\.1:40002 +CLOSE_WAIT +0 +1\.2k -/);
  const text = rows.join('\n');
  for (const part of ['requests/s', 'states', ' log', ' ladder, on the wire', 'client 1 connected'])
    expect(text).toContain(part);
  expect(text).toMatch(/ 1\.500 │─+ SYN seq=0 ─+▶│/);
  expect(rows[23]).toMatch(/^F1Help .*F10Quit/);
});

test('every size and every choice gives a whole picture', () => {
  const names = fc.constantFrom(...HOSTILE);
  const choice: fc.Arbitrary<Ui> = fc.record({
    screen: fc.constantFrom('all' as const, 'log' as const, 'ladder' as const),
    help: fc.boolean(),
    chosen: fc.constantFrom(undefined, connection(3, '').key, 'nobody'),
    sort: fc.constantFrom(...COLUMN_IDS),
    descending: fc.boolean(),
    filter: fc.constantFrom('', 'x', '网'),
    search: names,
    typing: fc.constantFrom(undefined, 'filter' as const, 'search' as const),
    paused: fc.boolean(),
    back: fc.nat(50),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 250 }),
      fc.integer({ min: 1, max: 90 }),
      fc.array(names, { maxLength: 60 }),
      choice,
      fc.constantFrom('en' as const, 'zh' as const),
      (columns, rows, all, ui, language) => {
        const seen = snapshot(
          all.map((name, index) => connection(index + 1, name)),
          { log: all.map((text) => ({ atMs: 0, tone: 'plain', text })) },
        );
        const { cells, lines, bars } = frame(seen, ui, wordsOf(language), columns, rows);
        expect(cells).toHaveLength(rows);
        for (const row of cells) expect(row).toHaveLength(columns);
        for (const chart of [lines, bars]) {
          if (chart === undefined) continue;
          expect(chart.rect.left + chart.rect.width).toBeLessThanOrEqual(columns);
          expect(chart.rect.top + chart.rect.height).toBeLessThan(rows);
        }
      },
    ),
  );
});

test.each(HOSTILE.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
  'a client called %s changes its own cell and no other',
  (_shown, name) => {
    const draw = (second: string): ReturnType<typeof frame> =>
      frame(
        snapshot([connection(1, 'ann'), connection(2, second), connection(3, 'bob')]),
        START,
        EN,
        100,
        30,
      );
    const [plain, hostile] = [draw('x'), draw(name)];
    const head = textOf(plain.cells[2] ?? []);
    const [from, to] = [head.indexOf('NAME'), head.indexOf('ADDRESS') - 1];
    plain.cells.forEach((row, y) =>
      row.forEach((cell, x) => {
        if (y === 4 && x >= from && x < to) return;
        expect([y, x, hostile.cells[y]?.[x]]).toEqual([y, x, cell]);
      }),
    );
  },
);

test('states are counted, most first', () => {
  const states = ['ESTABLISHED', 'TIME_WAIT', 'TIME_WAIT', undefined];
  const seen = snapshot(states.map((state, index) => connection(index, '', { state })));
  expect(countStates(seen)).toEqual([
    ['TIME_WAIT', 2],
    ['ESTABLISHED', 1],
  ]);
});
