/** The chosen connection, live: two lanes and a rung for each segment or packet, the newest at the bottom. */
import { fit, type Line, type Style, widthOf } from '../cells.ts';
import type { LadderReading, Rung } from '../snapshot.ts';
import type { Words } from '../words.ts';

const TONES: Readonly<Record<Rung['tone'], Style>> = {
  open: { fg: 2 },
  data: { fg: 6 },
  ack: {},
  close: { fg: 3 },
  reset: { fg: 1, bold: true },
};
/** ` 12.345 `: seconds in the minute, which is what one compares. */
const TIME = 8;

export function ladderView(
  ladder: LadderReading | undefined,
  words: Words,
  width: number,
  height: number,
): Line[] {
  if (height <= 0) return [];
  if (ladder === undefined) return [[{ text: words.choose }]];
  const arrows = width - TIME - 2;
  const [left, right] = ladder.lanes;
  const half = Math.floor(arrows / 2);
  const lanes: Line = [
    { text: ' '.repeat(TIME) + fit(left, half + 1) + fit(right, arrows - half + 1, 'right') },
  ];
  if (ladder.rungs.length === 0) return [lanes, [{ text: ' '.repeat(TIME) + words.silent }]];
  const shown = ladder.rungs.slice(-Math.max(1, height - 1));
  return [lanes, ...shown.map((rung) => rungLine(rung, arrows))];
}

function rungLine(rung: Rung, width: number): Line {
  const seconds = ((rung.atMs / 1000) % 60).toFixed(3).padStart(6);
  const room = width - 3;
  const text = widthOf(rung.label) > room ? rung.brief : rung.label;
  const label = fit(text, Math.min(room, widthOf(text)));
  const lines = room - widthOf(label);
  const before = '─'.repeat(Math.floor(lines / 2));
  const after = '─'.repeat(lines - Math.floor(lines / 2));
  const body = `${before} ${label} ${after}`;
  const arrow = rung.from === 'left' ? `${body}▶` : `◀${body}`;
  return [{ text: ` ${seconds} │` }, { text: arrow, style: TONES[rung.tone] }, { text: '│' }];
}
