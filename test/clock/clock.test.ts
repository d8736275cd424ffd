import { expect, test, vi } from 'vitest';
import { nowUs } from '../../src/clock/clock.ts';

test('our clock never contradicts Date.now(), which shows the same clock in milliseconds', () => {
  let worstUs = 0;
  for (let round = 0; round < 50_000; round++) {
    const before = Date.now() * 1000;
    const us = nowUs();
    const after = (Date.now() + 1) * 1000;
    worstUs = Math.max(worstUs, before - us, us - after);
  }
  // 5 µs is what it takes for rounding; a wrong join of the two clocks would be off by a part of a millisecond.
  expect(worstUs).toBeLessThanOrEqual(5);
});

test('when the clock is set, ours follows', () => {
  const real = Date.now;
  try {
    Date.now = () => real() + 3_600_000;
    expect(nowUs() - real() * 1000).toBeGreaterThan(3_599_000_000);
    Date.now = real;
    expect(Math.abs(nowUs() - real() * 1000)).toBeLessThan(1_000_000);
  } finally {
    Date.now = real;
  }
});

test('a process that is put aside between any two readings has a time all the same', async () => {
  const real = performance.now.bind(performance);
  vi.resetModules();
  let away = 0;
  // Longer than settling may take, at every reading: as a busy machine does it once in a thousand starts.
  performance.now = () => real() + (away += 100);
  try {
    const { nowUs: first } = await import('../../src/clock/clock.ts');
    const us = first();
    expect(Number.isFinite(us)).toBe(true);
  } finally {
    performance.now = real;
  }
});
