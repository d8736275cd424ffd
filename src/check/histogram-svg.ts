import type { Histogram } from './histogram.ts';

const WIDTH = 640;
const HEIGHT = 256;
const MARGIN = { left: 48, right: 16, top: 52, bottom: 44 };

/** Colours for light and dark pages: an SVG in an <img> knows which one the reader's system prefers. */
const STYLE = `
  .back { fill: #ffffff } .ink { fill: #24292f } .faint { fill: #57606a } .bar { fill: #0969da } .line { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9198a1 } .bar { fill: #4493f8 } .line { stroke: #30363d }
  }
  text { font: 12px ui-sans-serif, system-ui, "Noto Sans CJK SC", sans-serif }
  .title { font-size: 14px; font-weight: 600 }`;

/** A bar for each class. `title` and `axis` must be plain words of ours. */
export function histogramSvg(
  { bins, count }: Histogram,
  title: string,
  axis: string,
  digits: number,
): string {
  const top = Math.max(1, ...bins.map((bin) => bin.count));
  const step = (WIDTH - MARGIN.left - MARGIN.right) / bins.length;
  const floor = HEIGHT - MARGIN.bottom;
  const y = (value: number): number => floor - (value / top) * (floor - MARGIN.top);
  const parts: string[] = [];
  for (const value of ticks(top)) {
    const at = y(value).toFixed(1);
    parts.push(`<line class="line" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>`);
    parts.push(
      `<text class="faint" x="${MARGIN.left - 6}" y="${at}" dy="4" text-anchor="end">${value}</text>`,
    );
  }
  bins.forEach((bin, index) => {
    const x = MARGIN.left + index * step;
    const height = floor - y(bin.count);
    if (bin.count > 0) {
      const from = bin.from.toFixed(digits);
      const range = bin.to === Infinity ? `≥ ${from}` : `${from} – ${bin.to.toFixed(digits)}`;
      parts.push(
        `<rect class="bar" x="${(x + 1).toFixed(1)}" y="${y(bin.count).toFixed(1)}" width="${(step - 2).toFixed(1)}" height="${height.toFixed(1)}"><title>${range}: ${bin.count}</title></rect>`,
        `<text class="ink" x="${(x + step / 2).toFixed(1)}" y="${(y(bin.count) - 4).toFixed(1)}" text-anchor="middle">${bin.count}</text>`,
      );
    }
    parts.push(
      `<text class="faint" x="${x.toFixed(1)}" y="${floor + 16}" text-anchor="middle">${bin.from.toFixed(digits)}</text>`,
    );
  });
  const middle = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="ink title" x="${MARGIN.left}" y="20">${title} (n = ${count})</text>`,
    ...parts,
    `<text class="faint" x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">${axis}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Round numbers from 0 to `top`, at most five. */
function ticks(top: number): number[] {
  const step =
    [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000].find((size) => top / size <= 4) ?? Math.ceil(top / 4);
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}
