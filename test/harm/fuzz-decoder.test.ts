import { expect, test } from 'vitest';
import { fuzzDecoders } from './fuzz-decoder.ts';

test('100,000 random, mutated and cut frames: every decoder answers, the same in pieces, and keeps nothing', () => {
  // Another seed each day, named when something fails; `npm run soak` does ten million.
  const figures = fuzzDecoders(100_000, Math.floor(Date.now() / 86_400_000));
  expect(figures.frames).toBeGreaterThanOrEqual(100_000);
  // Both sides of the coin: were all refused at their first byte, nothing would be tested.
  expect(figures.packets).toBeGreaterThan(5_000);
  expect(figures.invalid).toBeGreaterThan(5_000);
  expect(figures.heapGrowthBytes).toBeLessThan(4 * 1024 * 1024);
}, 300_000);
