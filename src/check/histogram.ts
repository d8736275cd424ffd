/** How many values fall into each of equally wide classes. */
export interface Histogram {
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly count: number;
  readonly min: number;
  readonly median: number;
  readonly p99: number;
  readonly max: number;
}

/** Class widths that people read easily. */
const STEPS = [1, 2, 2.5, 5];

/**
 * Classes from 0 up to the largest value, about `wanted` of them, with round borders. The last class also holds what
 * lies beyond the 99th percentile when that is far away, so that one outlier does not flatten the picture.
 */
export function histogram(values: readonly number[], wanted = 12): Histogram {
  const sorted = [...values].sort((a, b) => a - b);
  // Nearest rank: the smallest value that at least this share does not exceed.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const max = sorted.at(-1) ?? 0;
  const wide = Math.min(max, 4 * at(0.9));
  // Values that are all nothing make one class; borders below a millionth would print as the same number.
  const span = wide < 1e-6 ? 1 : wide;
  const width = roundUp(span / wanted);
  const count = Math.max(1, Math.ceil(span / width + 1e-9));
  const bins = Array.from({ length: count }, (_, index) => ({
    from: index * width,
    to: (index + 1) * width,
    count: 0,
  }));
  for (const value of sorted) {
    const bin = bins[Math.min(count - 1, Math.floor(value / width))];
    if (bin !== undefined) bin.count++;
  }
  const last = bins.at(-1);
  if (last !== undefined && max > last.to) last.to = Infinity;
  return { bins, count: sorted.length, min: sorted[0] ?? 0, median: at(0.5), p99: at(0.99), max };
}

function roundUp(width: number): number {
  const scale = 10 ** Math.floor(Math.log10(width));
  return scale * (STEPS.find((step) => step * scale >= width) ?? 10);
}

const BAR = 50;

/** Bars of `#`, one line a class. `digits`: decimals of the borders. */
export function histogramText({ bins, count }: Histogram, unit: string, digits: number): string {
  const top = Math.max(1, ...bins.map((bin) => bin.count));
  const label = (from: number, to: number): string =>
    to === Infinity
      ? `≥ ${from.toFixed(digits)} ${unit}`
      : `${from.toFixed(digits)} – ${to.toFixed(digits)} ${unit}`;
  const labels = bins.map((bin) => label(bin.from, bin.to));
  const width = Math.max(...labels.map((text) => text.length));
  const digitsOfCount = String(count).length;
  return bins
    .map((bin, index) => {
      const bar = '#'.repeat(bin.count === 0 ? 0 : Math.max(1, Math.round((BAR * bin.count) / top)));
      return `${(labels[index] ?? '').padStart(width)}  ${String(bin.count).padStart(digitsOfCount)}  ${bar}`.trimEnd();
    })
    .join('\n');
}
