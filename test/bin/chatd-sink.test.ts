import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LineSink } from '../../src/bin/chatd-sink.ts';
import { tempFolder } from '../helpers/temp.ts';
import { testUnless } from '../helpers/skip.ts';

const noFull = existsSync('/dev/full') ? undefined : 'there is no /dev/full here';
const as = (line: string): string => line;

testUnless(
  noFull,
  'lines that a full disk did not take are dropped, counted, and told when there is room',
  () => {
    const file = join(tempFolder(), 'log');
    const fd = openSync('/dev/full', 'w');
    const sink = new LineSink(fd, as);
    sink.write('1\n');
    sink.write('2\n');
    sink.flush();
    sink.write('3\n');
    sink.flush();
    closeSync(fd);
    // The lowest free number is given again: the same descriptor, and now there is room.
    expect(openSync(file, 'w')).toBe(fd);
    sink.write('4\n');
    sink.flush();
    sink.flush();
    closeSync(fd);
    expect(readFileSync(file, 'utf8')).toBe('{"level":"error","event":"log-lines-lost","lines":3}\n4\n');
  },
);

test('lines are written in order at the end of the turn, without being asked', async () => {
  const file = join(tempFolder(), 'log');
  const fd = openSync(file, 'w');
  const sink = new LineSink(fd, (line) => line.toUpperCase());
  sink.write('a\n');
  sink.write('b\n');
  expect(readFileSync(file, 'utf8')).toBe('');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(readFileSync(file, 'utf8')).toBe('A\nB\n');
  closeSync(fd);
});
