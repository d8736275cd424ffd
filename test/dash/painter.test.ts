/** Frames on a screen of fixed size: cell by cell what the frame says, with the charts over it. */
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { Painter } from '../../src/dash/painter.ts';
import { START } from '../../src/dash/ui.ts';
import { frame } from '../../src/dash/views/frame.ts';
import { wordsOf } from '../../src/dash/words.ts';
import { until } from '../helpers/until.ts';
import { Effort } from '../harm/effort.ts';
import { harmfulIn } from '../helpers/hostile-texts.ts';
import { connection, HOSTILE, snapshot } from './samples.ts';

interface Drawn {
  readonly painter: Painter;
  readonly written: () => string;
}

function paintOn(columns: number, rows: number, colours = true): Drawn {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  let text = '';
  output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const painter = new Painter({ input, output, colours, terminal: 'xterm-256color' });
  onTestFinished(() => painter.close());
  return { painter, written: () => text };
}

const seen = snapshot(
  HOSTILE.map((name, index) => connection(index + 1, name)),
  { log: HOSTILE.map((text) => ({ atMs: 0, tone: 'bad', text })) },
);

test('every cell is where the frame has it, and the charts are in their places', () => {
  const { painter } = paintOn(120, 40);
  const drawn = frame(seen, START, wordsOf('en'), 120, 40);
  painter.draw(drawn);
  const { lines } = painter.screen;
  const charts = [drawn.lines?.rect, drawn.bars?.rect].filter((rect) => rect !== undefined);
  expect(charts).toHaveLength(2);
  const inChart = (x: number, y: number): boolean =>
    charts.some(
      ({ left, top, width, height }) => x >= left && x < left + width && y >= top && y < top + height,
    );
  drawn.cells.forEach((row, y) =>
    row.forEach(({ text }, x) => {
      if (!inChart(x, y)) expect([y, x, lines[y]?.[x]?.[1]]).toEqual([y, x, text === '' ? ' ' : text]);
    }),
  );
  const chartText = ({ left, top, width, height }: (typeof charts)[number]): string =>
    lines
      .slice(top, top + height)
      .map((line) =>
        line
          .slice(left, left + width)
          .map(([, text]) => text)
          .join(''),
      )
      .join('\n');
  const [first, second] = charts.map(chartText);
  expect(first).toMatch(/[\u2801-\u28ff]{5}/u);
  expect(second).toMatch(/ESTAB/);
  expect(second).toMatch(new RegExp(`\\b${HOSTILE.length}\\b`));
});

test('nothing of what clients call themselves reaches the terminal as a command', async () => {
  const { painter, written } = paintOn(120, 100);
  painter.draw(frame(seen, START, wordsOf('en'), 120, 100));
  const text = await until('it is written', () => written().includes('F10') && written());
  expect(text).toContain('{red-bg}{bold}tagged{/}');
  expect(text).toContain('\\x1b[2J');
  for (const sent of HOSTILE.filter((one) => one.includes('\u001b'))) expect(text).not.toContain(sent);
  // What remains are blessed's own escapes and bells, none of which is C1, bidi or invisible.
  const own = ['U+001b', 'U+000d', 'U+000e', 'U+000f', 'U+0007'];
  expect(harmfulIn(text).filter((code) => !own.includes(code))).toEqual([]);
});

test('a name, a line of the log and a fact of 1 MiB: a screen as ever, harmless, for little work', () => {
  const hostile = HOSTILE.join(' ');
  const long = hostile.repeat(Math.ceil(1024 ** 2 / hostile.length)).slice(0, 1024 ** 2);
  const { painter } = paintOn(120, 100);
  const effort = new Effort({
    // What is drawn has 12,000 cells whatever the texts are.
    allocatedBytes: { base: 32 * 1024 ** 2, perByte: 64 },
    cpuUs: { base: 5_000_000, perByte: 5 },
  });
  effort.spend('a screen', 5 * long.length, () => {
    for (const screen of ['all', 'log'] as const) {
      const many = snapshot([connection(1, long), connection(2, `\u202e${long}`)], {
        log: [{ atMs: 0, tone: 'bad', text: long }],
        heading: { title: long, facts: [[long, long]] },
      });
      const drawn = frame(many, { ...START, screen }, wordsOf('en'), 120, 100);
      const text = drawn.cells.map((row) => row.map((cell) => cell.text).join('')).join('\n');
      expect(harmfulIn(text.replaceAll('\n', ''))).toEqual([]);
      expect(drawn.cells).toHaveLength(100);
      painter.draw(drawn);
    }
  });
});

test('another size, and back: what was there is not left behind', () => {
  const { painter } = paintOn(120, 40);
  painter.draw(frame(seen, START, wordsOf('en'), 120, 40));
  painter.draw(frame(seen, { ...START, screen: 'log' }, wordsOf('en'), 120, 40));
  const all = painter.screen.lines.map((line) => line.map(([, text]) => text).join('')).join('\n');
  expect(all).not.toMatch(/[\u2801-\u28ff]/u);
  expect(all).not.toContain('ESTAB');
});

test('NO_COLOR: no colour is sent, and what is chosen still stands out', async () => {
  const { painter, written } = paintOn(80, 24, false);
  const chosen = seen.connections[1]?.key;
  painter.draw(frame(seen, { ...START, chosen }, wordsOf('en'), 80, 24));
  await until('it is written', () => written().includes('F10'));
  // SGR 30 to 49, 90 to 107 and 38;5 are colours.
  // eslint-disable-next-line no-control-regex
  const sgr = [...written().matchAll(/\u001b\[([\d;]*)m/g)].flatMap(([, codes = '']) =>
    codes.split(';').map(Number),
  );
  expect(sgr.filter((code) => (code >= 30 && code < 50) || code >= 90)).toEqual([]);
  expect(sgr).toContain(7);
});
