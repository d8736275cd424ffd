/** Values over time as lines: what a timer or a queue did. */

export interface LineSeries {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const WIDTH = 760;
const HEIGHT = 320;
const BOX = { left: 60, right: 20, top: 60, bottom: 48 };
const COLOURS = ['#0969da', '#bc4c00', '#8250df', '#1a7f37'];

const STYLE = `
  .back { fill: #ffffff } .ink { fill: #24292f } .faint { fill: #57606a } .line { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9198a1 } .line { stroke: #30363d }
  }
  text { font: 12px ui-sans-serif, system-ui, "Noto Sans CJK SC", sans-serif }
  .title { font-size: 14px; font-weight: 600 }`;

/** `steps`: values stay as they are until the next point, as those of a queue do. */
export function lineSvg(
  title: string,
  series: readonly LineSeries[],
  axes: { readonly x: string; readonly y: string },
  steps = false,
): string {
  const all = series.flatMap(({ points }) => points);
  const right = Math.max(1e-6, ...all.map(({ x }) => x));
  const top = Math.max(1e-6, ...all.map(({ y }) => y));
  const px = (x: number): number => BOX.left + (x / right) * (WIDTH - BOX.left - BOX.right);
  const py = (y: number): number => HEIGHT - BOX.bottom - (y / top) * (HEIGHT - BOX.top - BOX.bottom);
  const grid = [
    ...ticks(right).map(
      (value) =>
        `<line class="line" x1="${px(value).toFixed(1)}" x2="${px(value).toFixed(1)}" y1="${BOX.top}" y2="${HEIGHT - BOX.bottom}"/>` +
        `<text class="faint" x="${px(value).toFixed(1)}" y="${HEIGHT - BOX.bottom + 16}" text-anchor="middle">${value}</text>`,
    ),
    ...ticks(top).map(
      (value) =>
        `<line class="line" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${py(value).toFixed(1)}" y2="${py(value).toFixed(1)}"/>` +
        `<text class="faint" x="${BOX.left - 6}" y="${py(value).toFixed(1)}" dy="4" text-anchor="end">${value}</text>`,
    ),
  ];
  const lines = series.map(({ name, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '';
    const path = points.map(({ x, y }, at) => {
      const before = points[at - 1];
      const corner = steps && before !== undefined ? `L${px(x).toFixed(1)} ${py(before.y).toFixed(1)}` : '';
      return `${corner}${at === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`;
    });
    const dash = index % 2 === 1 ? ' stroke-dasharray="6 3"' : '';
    const legendX = BOX.left + index * 220;
    return (
      `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"${dash}/>` +
      `<line x1="${legendX}" x2="${legendX + 22}" y1="44" y2="44" stroke="${colour}" stroke-width="2"${dash}/>` +
      `<text class="ink" x="${legendX + 28}" y="48">${escaped(name)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="ink title" x="16" y="22">${escaped(title)}</text>`,
    ...grid,
    ...lines,
    `<text class="faint" x="${WIDTH - BOX.right}" y="${HEIGHT - 8}" text-anchor="end">${escaped(axes.x)}</text>`,
    `<text class="faint" x="${WIDTH - BOX.right}" y="22" text-anchor="end">↑ ${escaped(axes.y)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Round numbers from 0 to `top`, at most seven. */
function ticks(top: number): number[] {
  const power = 10 ** Math.floor(Math.log10(top / 6));
  const step = power * ([1, 2, 5, 10].find((size) => top / (size * power) <= 6) ?? 10);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

function escaped(value: string): string {
  return value.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
