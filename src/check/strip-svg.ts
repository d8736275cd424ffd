/** States over time as strips, one for each socket: who was in which state for how long. */

export interface StripPart {
  readonly state: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Its colour; without it that of the state. */
  readonly fill?: string;
}
export interface Strip {
  readonly name: string;
  readonly parts: readonly StripPart[];
}
/** A moment that matters to all strips: a cable pulled, a FIN. */
export interface StripMark {
  readonly atMs: number;
  readonly name: string;
}

const WIDTH = 900;
const LEAST_LEFT = 150;
/** Marks closer than this share one line and one label. */
const NEAR = 7;
const RIGHT = 20;
const TOP = 66;
const HEIGHT = 26;
const GAP = 12;

/** Opening, open, closing by us, closing by them, waiting: colours that differ in lightness too. */
const TONES: Readonly<Record<string, string>> = {
  LISTEN: '#8c959f',
  SYN_SENT: '#1a7f37',
  SYN_RECV: '#1a7f37',
  ESTABLISHED: '#0969da',
  FIN_WAIT1: '#bc4c00',
  FIN_WAIT2: '#9a6700',
  CLOSING: '#bc4c00',
  CLOSE_WAIT: '#8250df',
  LAST_ACK: '#6639ba',
  TIME_WAIT: '#cf222e',
};

const STYLE = `
  .back { fill: #ffffff } .ink { fill: #24292f } .faint { fill: #57606a } .line { stroke: #d0d7de } .mark { stroke: #57606a; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .ink { fill: #e6edf3 } .faint { fill: #9198a1 } .line { stroke: #30363d } .mark { stroke: #9198a1 }
  }
  text { font: 12px ui-sans-serif, system-ui, "Noto Sans CJK SC", sans-serif }
  .title { font-size: 14px; font-weight: 600 } .in { fill: #ffffff; font-size: 11px }`;

/** `unit` divides milliseconds for the axis: 1000 and `s` for seconds. */
export function stripSvg(
  title: string,
  strips: readonly Strip[],
  marks: readonly StripMark[],
  unit: { readonly name: string; readonly ms: number },
): string {
  const end = Math.max(
    1e-3,
    ...strips.flatMap(({ parts }) => parts.map(({ untilMs }) => untilMs)),
    ...marks.map(({ atMs }) => atMs),
  );
  const left = Math.max(LEAST_LEFT, ...strips.map(({ name }) => widthOf(name) + 24));
  const x = (ms: number): number => left + (Math.min(Math.max(ms, 0), end) / end) * (WIDTH - left - RIGHT);
  const floor = TOP + strips.length * (HEIGHT + GAP);
  const body = strips.map(({ name, parts }, index) => {
    const y = TOP + index * (HEIGHT + GAP);
    const blocks = parts.map(({ state, fromMs, untilMs, fill }) => {
      const wide = Math.max(1.5, x(untilMs) - x(fromMs));
      const label =
        wide > widthOf(state) + 6
          ? `<text class="in" x="${(x(fromMs) + wide / 2).toFixed(1)}" y="${y + 17}" text-anchor="middle">${escaped(state)}</text>`
          : '';
      const stay = `${state}: ${((untilMs - fromMs) / unit.ms).toFixed(3)} ${unit.name}`;
      return `<rect x="${x(fromMs).toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${HEIGHT}" fill="${fill ?? TONES[state] ?? '#6e7781'}"><title>${escaped(stay)}</title></rect>${label}`;
    });
    return `<text class="ink" x="${left - 8}" y="${y + 17}" text-anchor="end">${escaped(name)}</text>${blocks.join('')}`;
  });
  const lines = joined(marks, x).map(({ atMs, name }, index) => {
    const at = x(atMs).toFixed(1);
    const anchor = x(atMs) > WIDTH * 0.75 ? 'end' : 'start';
    const y = index % 2 === 0 ? TOP - 10 : TOP - 24;
    return `<line class="mark" x1="${at}" x2="${at}" y1="${y + 3}" y2="${floor}"/><text class="faint" x="${at}" y="${y}" text-anchor="${anchor}">${escaped(name)}</text>`;
  });
  const ticks = scale(end / unit.ms).map((value) => {
    const at = x(value * unit.ms).toFixed(1);
    return `<line class="line" x1="${at}" x2="${at}" y1="${TOP - 4}" y2="${floor}"/><text class="faint" x="${at}" y="${floor + 14}" text-anchor="middle">${value}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${floor + 36}" width="${WIDTH}" height="${floor + 36}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${floor + 36}"/>`,
    `<text class="ink title" x="16" y="22">${escaped(title)}</text>`,
    ...ticks,
    ...body,
    ...lines,
    `<text class="faint" x="${WIDTH - RIGHT}" y="${floor + 30}" text-anchor="end">${escaped(unit.name)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Marks that would stand in each other's way become one. */
function joined(marks: readonly StripMark[], x: (ms: number) => number): StripMark[] {
  const sorted = [...marks].sort((a, b) => a.atMs - b.atMs);
  return sorted.reduce<StripMark[]>((kept, mark) => {
    const last = kept.at(-1);
    if (last === undefined || x(mark.atMs) - x(last.atMs) > NEAR) return [...kept, mark];
    return [...kept.slice(0, -1), { atMs: last.atMs, name: `${last.name} · ${mark.name}` }];
  }, []);
}

/** About how wide a label is in pixels: a Chinese character is as wide as its height. */
const widthOf = (name: string): number =>
  Array.from(name).reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) > 0x2e80 ? 12 : 7), 0);

/** Round numbers from 0 to `top`, at most seven. */
function scale(top: number): number[] {
  const power = 10 ** Math.floor(Math.log10(top / 6));
  const step = power * ([1, 2, 5, 10].find((size) => top / (size * power) <= 6) ?? 10);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, index) =>
    Number((index * step).toPrecision(6)),
  );
}

function escaped(value: string): string {
  return value.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
