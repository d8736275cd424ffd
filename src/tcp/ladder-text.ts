/** A ladder in monospaced text. */
import type { Ladder, SegmentRung } from './ladder.ts';
import { millis } from './timeline.ts';

const MIN_WIDTH = 56;
const LEFT = 20;

/**
 * One line for each segment, arrow from sender to receiver; a line with the states where they change; a line for what
 * the segment carried. ASCII but for arrows and lines, which every terminal has.
 */
export function ladderText(ladder: Ladder): string {
  const labels = ladder.rungs.map((rung) =>
    rung.kind === 'segment' ? rung.label.length + 8 : rung.text.length,
  );
  const width = Math.max(MIN_WIDTH, ...labels);
  const pad = ' '.repeat(LEFT);
  const pair = (left: string, right: string): string => `${pad}${left.padEnd(width + 1)} ${right}`.trimEnd();
  const lines = [
    `${'ms'.padStart(11)} ${'frame'.padStart(6)}  ${ladder.lanes[0].padEnd(width + 1)} ${ladder.lanes[1]}`,
    pair(ladder.roles[0], ladder.roles[1]),
    pair(ladder.start[0], ladder.start[1]),
  ];
  for (const rung of ladder.rungs) {
    if (rung.kind === 'elided') {
      lines.push(`${pad}┊${centred(rung.text, width, ' ')}┊`);
      continue;
    }
    const time = millis(rung.sinceNs).padStart(11);
    lines.push(`${time} ${String(rung.frame).padStart(6)}  │${arrow(rung, width)}│`);
    for (const note of rung.notes) lines.push(`${pad}│ ${note}`);
    if (rung.states[0] !== undefined || rung.states[1] !== undefined) {
      lines.push(pair(rung.states[0] ?? '│', rung.states[1] ?? '│'));
    }
  }
  return lines.filter((line) => line.trim() !== '').join('\n');
}

function arrow(rung: SegmentRung, width: number): string {
  const body = centred(` ${rung.label} `, width - 1, '─');
  if (rung.lost) return rung.from === 0 ? `${body}✗` : `✗${body}`;
  return rung.from === 0 ? `${body}▶` : `◀${body}`;
}

function centred(text: string, width: number, fill: string): string {
  const room = Math.max(0, width - text.length);
  const left = room >> 1;
  return fill.repeat(left) + text + fill.repeat(room - left);
}
