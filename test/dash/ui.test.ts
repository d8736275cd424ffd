/** Keys as in htop. */
import { expect, test } from 'vitest';
import { Model } from '../../src/dash/model.ts';
import { type Key, press, START, type Ui } from '../../src/dash/ui.ts';
import { listed } from '../../src/dash/views/columns.ts';
import { connection, reading, snapshot } from './samples.ts';

const seen = snapshot(['ann', 'bob', '王小明', 'bo'].map((name, index) => connection(index + 1, name)));
const keyOf = (name: string): Key => ({ name, text: Array.from(name).length === 1 ? name : undefined });

function after(...names: string[]): Ui | string {
  let ui: Ui | 'leave' | 'interrupt' = START;
  for (const name of names) {
    if (typeof ui === 'string') return ui;
    ui = press(ui, keyOf(name), seen, 2);
  }
  return ui;
}

const chosen = (...names: string[]): string | undefined => {
  const ui = after(...names);
  return typeof ui === 'string' ? ui : seen.connections.find(({ key }) => key === ui.chosen)?.name;
};

test.each<[string[], string | undefined]>([
  [[], undefined],
  [['down'], 'ann'],
  [['down', 'down'], 'bob'],
  [['up'], 'ann'],
  [['end'], 'bo'],
  [['end', 'down'], 'bo'],
  [['end', 'home'], 'ann'],
  [['down', 'pagedown'], '王小明'],
  [['end', 'pageup'], 'bob'],
  [['/', 'b'], 'bob'],
  [['/', 'b', 'enter', 'f3'], 'bo'],
  [['f3', '王'], '王小明'],
  [['/', 'b', 'backspace', '王'], '王小明'],
  [['\\', 'b', 'o', 'enter', 'down', 'down'], 'bo'],
])('%j chooses %s', (names, name) => {
  expect(chosen(...names)).toBe(name);
});

test.each<[string[], Partial<Ui>]>([
  [['?'], { help: true }],
  [['f1', 'x'], { help: false }],
  [['h'], { help: true }],
  [['tab'], { screen: 'log' }],
  [['tab', 'tab'], { screen: 'ladder' }],
  [['tab', 'tab', 'tab'], { screen: 'all' }],
  [['enter'], { screen: 'ladder' }],
  [['enter', 'escape'], { screen: 'all' }],
  [['f6'], { sort: 'name' }],
  [['<'], { sort: 'host' }],
  [['I'], { descending: true }],
  [['Z'], { paused: true }],
  [['f4', 'q'], { filter: 'q', typing: 'filter' }],
  [['f4', 'q', 'escape'], { filter: '', typing: undefined }],
])('%j', (names, expected) => {
  expect(after(...names)).toMatchObject(expected);
});

test.each([[['q']], [['f10']], [['?', 'q']]])('%j leaves', (names) => {
  expect(after(...names)).toBe('leave');
});

test('Ctrl-C leaves from everywhere', () => {
  for (const before of [[], ['?'], ['/'], ['tab']]) expect(after(...before, 'C-c')).toBe('interrupt');
});

test('the order: by the column, numbers as numbers, and turned round', () => {
  const some = snapshot([9, 10, 100].map((id) => connection(id, `n${id}`, { sendQueue: 1000 - id })));
  const ids = (ui: Partial<Ui>): (number | undefined)[] =>
    listed(some, { ...START, ...ui }).map(({ id }) => id);
  expect(ids({})).toEqual([9, 10, 100]);
  expect(ids({ descending: true })).toEqual([100, 10, 9]);
  expect(ids({ sort: 'send' })).toEqual([100, 10, 9]);
  expect(ids({ sort: 'name' })).toEqual([10, 100, 9]);
});

test('speeds are differences by the time between two looks', () => {
  const model = new Model();
  model.advance(reading([connection(1, '', { requests: 10 })], { atMs: 1_000 }));
  const next = model.advance(
    reading([connection(1, '', { requests: 16 }), connection(2, '', { requests: 4 })], {
      atMs: 3_000,
      totals: { requests: 10, bytesIn: 500, bytesOut: 0 },
    }),
  );
  expect([...next.speeds.values()].map(({ requests }) => requests)).toEqual([3, 2]);
  expect(next.history).toEqual([{ atMs: 3_000, requests: 5, bytesIn: 250, bytesOut: 0 }]);
});
