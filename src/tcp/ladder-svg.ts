/** A ladder as a drawing of its own: one SVG that follows the reader's light or dark setting. */
import type { ElidedRung, Ladder, SegmentRung, Tone } from './ladder.ts';
import { millis } from './timeline.ts';

const WIDTH = 920;
const LEFT_LANE = 250;
const RIGHT_LANE = 760;
const TOP = 74;
const SLANT = 12;
const ROW = 40;
const NOTE_ROW = 16;
const NOTE_LENGTH = 70;
/** How far along its way a lost segment is drawn. */
const LOST_AT = 0.8;
/** Its cross is no part of a dashed line. */
const WHOLE = ' style="stroke-dasharray: none"';

/** Of a rung: its line and arrow, and its label. No CSS variables, which drawing programs outside browsers do not know. */
const LIGHT = { open: '#1a7f37', data: '#0969da', ack: '#6e7781', close: '#9a6700', reset: '#cf222e' };
const DARK = { open: '#3fb950', data: '#58a6ff', ack: '#9198a1', close: '#d29922', reset: '#ff7b72' };

const inColours = (tones: Readonly<Record<Tone, string>>): string =>
  Object.entries(tones)
    .map(
      ([tone, colour]) =>
        `.${tone} line { stroke: ${colour}; } .${tone} path, .${tone} .label { fill: ${colour}; }`,
    )
    .join('\n  ');

/** Colours were checked for contrast on GitHub's white and on its dark grey: 4.5:1 or more for all text. */
const STYLE = `
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
  .lane { stroke: #8c959f; stroke-width: 1.5; } .dim { fill: #59636e; } .head { font-weight: 700; font-size: 13px; }
  .state { fill: #59636e; font-size: 11px; } .note { fill: #59636e; font-size: 11px; }
  .rung line { stroke-width: 1.5; } .ack line { stroke-dasharray: 5 3; }
  ${inColours(LIGHT)}`;
const DARK_STYLE = `
  @media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .lane { stroke: #6e7681; } .dim, .state, .note { fill: #9198a1; }
  ${inColours(DARK)}
  }`;

/** `paper`: dark on white whatever the reader's setting, for pages that do not follow it. */
export function ladderSvg(ladder: Ladder, look: 'reader' | 'paper' = 'reader'): string {
  const parts: string[] = [];
  let y = TOP;
  for (const rung of ladder.rungs) {
    if (rung.kind === 'elided') {
      parts.push(elided(rung, y));
      y += ROW;
      continue;
    }
    parts.push(drawn(rung, y));
    y += ROW + Math.max(0, rung.notes.length - 1) * NOTE_ROW;
    if (rung.notes.length > 0) y += NOTE_ROW / 2;
  }
  const height = y + 16;
  const head = ([0, 1] as const).map((side) => {
    const x = side === 0 ? LEFT_LANE : RIGHT_LANE;
    return (
      `<text class="head" x="${x}" y="20" text-anchor="middle">${escaped(ladder.lanes[side])}</text>` +
      `<text class="dim" x="${x}" y="37" text-anchor="middle">${escaped(ladder.roles[side])}</text>` +
      `<text class="state" x="${x}" y="54" text-anchor="middle">${escaped(ladder.start[side])}</text>` +
      `<line class="lane" x1="${x}" y1="60" x2="${x}" y2="${height - 6}"/>`
    );
  });
  const [time, frame] = ladder.heads;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(ladder.title)}</title>`,
    `<style>${STYLE}${look === 'reader' ? DARK_STYLE : ''}</style>`,
    ...(look === 'paper' ? [`<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`] : []),
    `<text class="dim" x="74" y="54" text-anchor="end">${escaped(time)}</text>`,
    `<text class="dim" x="124" y="54" text-anchor="end">${escaped(frame)}</text>`,
    ...head,
    ...parts,
    '</svg>',
  ].join('\n');
}

function drawn(rung: SegmentRung, y: number): string {
  const [from, to] = rung.from === 0 ? [LEFT_LANE, RIGHT_LANE] : [RIGHT_LANE, LEFT_LANE];
  // A lost one ends short of the other lane, in a cross.
  const [end, tip] = rung.lost ? [from + (to - from) * LOST_AT, y + SLANT * LOST_AT] : [to, y + SLANT];
  const back = rung.from === 0 ? -9 : 9;
  const middle = (LEFT_LANE + RIGHT_LANE) / 2;
  const notes = rung.notes.map(
    (note, index) =>
      `<text class="note" x="${middle}" y="${y + SLANT + 14 + index * NOTE_ROW}" text-anchor="middle">${escaped(cut(note))}</text>`,
  );
  const [left, right] = rung.states;
  return (
    `<g class="rung ${rung.tone}">` +
    `<text class="dim" x="74" y="${y + 4}" text-anchor="end">${millis(rung.sinceNs)}</text>` +
    `<text class="dim" x="124" y="${y + 4}" text-anchor="end">${rung.frame}</text>` +
    `<line x1="${from}" y1="${y}" x2="${end}" y2="${tip}"/>` +
    (rung.lost
      ? `<line x1="${end - 6}" y1="${tip - 6}" x2="${end + 6}" y2="${tip + 6}"${WHOLE}/><line x1="${end - 6}" y1="${tip + 6}" x2="${end + 6}" y2="${tip - 6}"${WHOLE}/>`
      : `<path d="M${to} ${tip} l${back} -5.5 l0.6 10 z"/>`) +
    `<text class="label" x="${middle}" y="${y - 3}" text-anchor="middle">${escaped(rung.label)}</text>` +
    notes.join('') +
    (left === undefined
      ? ''
      : `<text class="state" x="${LEFT_LANE - 8}" y="${stateY(rung, 0, y)}" text-anchor="end">${left}</text>`) +
    (right === undefined
      ? ''
      : `<text class="state" x="${RIGHT_LANE + 8}" y="${stateY(rung, 1, y)}">${right}</text>`) +
    '</g>'
  );
}

/** A state stands where its end meets the arrow. */
function stateY(rung: SegmentRung, side: 0 | 1, y: number): number {
  return (rung.from === side ? y : y + SLANT) + 4;
}

function elided(rung: ElidedRung, y: number): string {
  const middle = (LEFT_LANE + RIGHT_LANE) / 2;
  return `<text class="dim" x="${middle}" y="${y + 8}" text-anchor="middle">${escaped(rung.text)}</text>`;
}

const cut = (text: string): string =>
  text.length > NOTE_LENGTH ? `${text.slice(0, NOTE_LENGTH - 1)}…` : text;

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
