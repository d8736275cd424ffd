import { expect, test, vi } from 'vitest';
import { monotonicOffsetUs, nowUs } from '../../src/clock/clock.ts';

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
  // Longer than settling may take, at every reading: a busy machine did it once, at the first.
  performance.now = () => real() + (away += 100);
  try {
    const { nowUs: first } = await import('../../src/clock/clock.ts');
    const us = first();
    expect(Number.isFinite(us)).toBe(true);
  } finally {
    performance.now = real;
  }
});

test('the monotonic clock and its offset make our time, also for who is put aside in the middle of measuring', () => {
  const monotonicUs = (): number => Number(process.hrtime.bigint()) / 1000;
  const real = process.hrtime.bigint.bind(process.hrtime);
  let calls = 0;
  try {
    // Away for 20 ms before every other reading but the last two.
    process.hrtime.bigint = () => {
      calls += 1;
      if (calls % 2 === 0 && calls < 9) {
        const until = performance.now() + 20;
        while (performance.now() < until);
      }
      return real();
    };
    const offsetUs = monotonicOffsetUs();
    expect(calls).toBe(10);
    process.hrtime.bigint = real;
    expect(Math.abs(monotonicUs() + offsetUs - nowUs())).toBeLessThan(5_000);
  } finally {
    process.hrtime.bigint = real;
  }
});
