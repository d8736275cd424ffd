/** A ladder in monospaced text. What words it has may be Chinese, each character of which takes two columns. */
import { stringWidth } from '../bytes/index.ts';
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
    rung.kind === 'segment' ? rung.label.length + 8 : stringWidth(rung.text),
  );
  const width = Math.max(MIN_WIDTH, ...labels);
  const pad = ' '.repeat(LEFT);
  const pair = (left: string, right: string): string =>
    `${pad}${left}${blanks(width + 1, left)}${right}`.trimEnd();
  const [time, frame] = ladder.heads;
  const lines = [
    `${blanks(11, time)}${time} ${blanks(6, frame)}${frame}  ${ladder.lanes[0].padEnd(width + 1)}${ladder.lanes[1]}`,
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

const blanks = (columns: number, beside: string): string =>
  ' '.repeat(Math.max(0, columns - stringWidth(beside)));

function centred(text: string, width: number, fill: string): string {
  const room = Math.max(0, width - stringWidth(text));
  const left = room >> 1;
  return fill.repeat(left) + text + fill.repeat(room - left);
}
