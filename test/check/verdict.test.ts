import { expect, test } from 'vitest';
import { same, text } from '../../src/check/text.ts';
import { merged, ranges, score, type Verdict, type VerdictKind, whereText } from '../../src/check/verdict.ts';

test.each([
  [[], ''],
  [[7], '7'],
  [[1, 2], '1, 2'],
  [[1, 2, 3], '1–3'],
  [[3, 1, 2, 9, 9], '1–3, 9'],
  [[1, 3, 5, 7, 9], '1, 3, 5, 7, 9'],
])('ranges of %j are %s', (numbers, expected) => {
  expect(ranges(numbers)).toBe(expected);
});

test('a long list keeps its beginning, its end and its size', () => {
  expect(ranges([1, 3, 5, 7, 9, 11], 4)).toBe('1, 3, 5, … 11 (6)');
});

test('places in one file are cited once', () => {
  const places = merged([
    { witness: 'wire', file: 'a.pcap', frames: [1] },
    { witness: 'kernel', file: 'sockets.jsonl', lines: [4] },
    { witness: 'wire', file: 'a.pcap', frames: [2, 3] },
  ]);
  expect(places.map(whereText)).toEqual([
    { en: 'a.pcap: frames 1–3', zh: 'a.pcap：第 1–3 帧' },
    { en: 'sockets.jsonl: line 4', zh: 'sockets.jsonl：第 4 行' },
  ]);
});

test('what could not be tried counts neither for nor against', () => {
  const verdict = (kind: VerdictKind, points: number): Verdict => ({
    id: kind,
    points,
    title: same(kind),
    hint: same(''),
    verdict: kind,
    expected: text('', ''),
    actual: text('', ''),
    where: [],
  });
  expect(
    score([verdict('pass', 10), verdict('fail', 5), verdict('skipped', 20), verdict('error', 30)]),
  ).toEqual({
    points: 10,
    of: 15,
  });
  expect(score([verdict('pass', 10), verdict('ungradable', 5)])).toEqual({ points: 10, of: 15 });
});
