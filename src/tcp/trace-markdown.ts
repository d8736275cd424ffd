/** A trace as markdown, for a report: GitHub draws the ladder. */
import { safeText } from '../bytes/index.ts';
import type { Analysis } from './analyser.ts';
import { ladderMermaid } from './ladder-mermaid.ts';
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

/** `title` is the name of what was read. */
export function traceMarkdown(analysis: Analysis, title: string, options: TraceOptions = {}): string {
  const lines = [`# ${cell(safeText(title))}`, '', `${inputLine(analysis)}.`];
  const notes = inputNotes(analysis, options.drops);
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${cell(note)}`));
  for (const connection of analysis.connections) lines.push('', ...section(partsOf(connection, options)));
  return `${lines.join('\n')}\n`;
}

function section({ connection, timeline, findings, ladder, dumps, undumped }: ConnectionParts): string[] {
  const lines = [
    `## Connection ${connection.id}`,
    '',
    cell(headline(connection)),
    '',
    '| ms | frames | what happened |',
    '| ---: | --- | --- |',
    ...timeline.map(
      ({ sinceNs, frames, text }) => `| ${millis(sinceNs)} | ${framesText(frames)} | ${cell(text)} |`,
    ),
    '',
    `At the end: ${SIDES.map((who, i) => `${who} ${connection.ends[i === 0 ? 0 : 1].state}`).join(', ')}.`,
    '',
    '| how sure | who | what it shows | frames | rule |',
    '| --- | --- | --- | --- | --- |',
    ...findings.map(
      ({ certainty, side, text, frames, rule, source }) =>
        `| ${certainty} | ${side === undefined ? '' : SIDES[side]} | ${cell(text)} | ${framesText(frames)} | ${cell(rule)} (${source}) |`,
    ),
    '',
    '```mermaid',
    ladderMermaid(ladder),
    '```',
  ];
  for (const { title, frames, dump } of dumps) {
    lines.push('', `${cell(title)} (frames ${framesText(frames)}):`, '', '```text', dump, '```');
  }
  if (undumped > 0) lines.push('', `And ${undumped} more messages.`);
  return lines;
}

/** Text in a table cell or a paragraph: nothing in it may become markup. */
function cell(text: string): string {
  return text.replace(/[\\|`*_{}[\]<>#]/g, (character) => `\\${character}`);
}
