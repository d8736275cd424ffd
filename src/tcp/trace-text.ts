/** A trace for the terminal: what happened, what it shows, the ladder, the bytes. */
import type { Analysis } from './analyser.ts';
import { ladderText } from './ladder-text.ts';
import { millis } from './ladder.ts';
import { framesText, headline } from './timeline.ts';
import {
  inputLine,
  inputNotes,
  partsOf,
  SIDES,
  type ConnectionParts,
  type TraceOptions,
} from './trace-parts.ts';

export function traceText(analysis: Analysis, options: TraceOptions = {}): string {
  const lines = [
    inputLine(analysis),
    ...inputNotes(analysis, options.drops).map((note) => `  note: ${note}`),
  ];
  for (const connection of analysis.connections) lines.push('', connectionText(partsOf(connection, options)));
  return lines.join('\n');
}

function connectionText({
  connection,
  timeline,
  findings,
  ladder,
  dumps,
  undumped,
}: ConnectionParts): string {
  const { ends } = connection;
  const lines = [
    `connection ${connection.id}  ${headline(connection)}`,
    `  at the end: ${SIDES.map((who, side) => `${who} ${stateText(ends[side === 0 ? 0 : 1])}`).join(', ')}`,
    '',
    '  What happened',
  ];
  for (const { sinceNs, frames, text } of timeline) {
    const label = frames.length === 1 ? 'frame' : 'frames';
    lines.push(
      `  ${millis(sinceNs).padStart(12)} ms  ${`${label} ${framesText(frames)}`.padEnd(16)} ${text}`,
    );
  }
  lines.push('', '  What it shows');
  for (const { kind, certainty, side, frames, text, rule, source } of findings) {
    const who = side === undefined ? '' : `${SIDES[side]}: `;
    const where = frames.length === 0 ? '' : ` [${framesText(frames)}]`;
    lines.push(`  ${certainty.padEnd(9)}  ${who}${text}${where}`, `             ${kind}: ${rule}; ${source}`);
  }
  lines.push('', indent(ladderText(ladder)));
  for (const { title, frames, dump } of dumps) {
    lines.push('', `  ${title} [${framesText(frames)}]`, indent(dump));
  }
  if (undumped > 0) lines.push('', `  and ${undumped} more messages`);
  return lines.join('\n');
}

const stateText = ({ state, certainty }: { state: string; certainty: string }): string =>
  `${state} (${certainty})`;

const indent = (text: string): string => text.replace(/^/gm, '  ');
