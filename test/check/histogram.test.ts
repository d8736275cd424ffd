import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogramSvg } from '../../src/check/histogram-svg.ts';
import { histogram, histogramText } from '../../src/check/histogram.ts';

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 });

test('every value is in exactly one class, and classes follow one another', () => {
  fc.assert(
    fc.property(values, (sample) => {
      const { bins, count, min, max } = histogram(sample);
      expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(sample.length);
      expect(count).toBe(sample.length);
      expect([min, max]).toEqual([Math.min(...sample), Math.max(...sample)]);
      bins.forEach((bin, index) => expect(bin.from).toBeCloseTo(bins[index - 1]?.to ?? 0, 6));
    }),
  );
});

test('percentiles are values of the sample, by nearest rank', () => {
  const sample = Array.from({ length: 100 }, (_, index) => index + 1);
  const { median, p99, max } = histogram(sample);
  expect({ median, p99, max }).toEqual({ median: 50, p99: 99, max: 100 });
});

test('one outlier does not flatten the picture', () => {
  const { bins } = histogram([...Array.from({ length: 99 }, (_, index) => index / 10), 5000]);
  expect(bins.length).toBeGreaterThan(5);
  expect(bins.at(-1)).toMatchObject({ to: Infinity, count: 1 });
});

test('as text, bars are as long as their counts', () => {
  const lines = histogramText(histogram([0.5, 0.5, 0.5, 0.5, 1.5, 1.5], 2), 'ms', 1).split('\n');
  expect(lines).toEqual([`0.0 – 1.0 ms  4  ${'#'.repeat(50)}`, `1.0 – 2.0 ms  2  ${'#'.repeat(25)}`]);
});

test('the drawing has a bar and a number for each class that is not empty', () => {
  const svg = histogramSvg(histogram([1, 1, 2, 3]), 'answer times', 'ms', 1);
  expect(svg.match(/class="bar"/g)).toHaveLength(3);
  expect(svg).toContain('answer times (n = 4)');
});
