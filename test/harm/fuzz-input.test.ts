import { expect, test } from 'vitest';
import { fuzzArchives } from './fuzz-archives.ts';
import { fuzzCaptures } from './fuzz-captures.ts';
import { fuzzDescriptions } from './fuzz-descriptions.ts';
import { fuzzNotebooks } from './fuzz-notebooks.ts';

/** Another seed each day, named when something fails; `npm run soak` does many more. */
const seed = Math.floor(Date.now() / 86_400_000);

test('300 harmed captures: no throw, the same in pieces, and no more work than their length allows', () => {
  const figures = fuzzCaptures(300, seed);
  expect(figures.captures).toBe(300);
  // Both sides of the coin: most of it is read, and damage is told.
  expect(figures.segments).toBeGreaterThan(1000);
  expect(figures.problems).toBeGreaterThan(50);
}, 300_000);

test('500 harmed descriptions and some bombs: a protocol, or a KitError, in bounded work and words', () => {
  const figures = fuzzDescriptions(500, seed);
  expect(figures.accepted).toBeGreaterThan(5);
  expect(figures.refused).toBeGreaterThan(100);
}, 300_000);

test('100 harmed archives and some bombs: unpacked below their folder and within the limits, or refused', () => {
  const figures = fuzzArchives(100, seed);
  expect(figures.unpacked).toBeGreaterThan(20);
  expect(figures.refused).toBeGreaterThan(20);
}, 300_000);

test('40 harmed notebooks and some bombs: an exam can be set, or a KitError, in bounded work', () => {
  const figures = fuzzNotebooks(40, seed);
  expect(figures.exams).toBeGreaterThan(5);
  expect(figures.refused).toBeGreaterThan(10);
}, 300_000);
