/** A trace for the terminal: what happened, what it shows, the ladder, the bytes. */
import type { Analysis } from './analyser.ts';
import { ladderText } from './ladder-text.ts';
import { framesText, headline, millis } from './timeline.ts';
import { inputLine, inputNotes, partsOf, type ConnectionParts, type TraceOptions } from './trace-parts.ts';
import { wordsOf } from './words.ts';

export function traceText(analysis: Analysis, options: TraceOptions = {}): string {
  const parts = analysis.connections.map((each) => `\n${connectionText(partsOf(each, options), options)}`);
  return [sumText(analysis, options), ...parts].join('\n');
}

/** What was read, and what is to be known about it. */
export function sumText(analysis: Analysis, options: TraceOptions, shown?: number): string {
  const { note } = wordsOf(options.language);
  const notes = inputNotes(analysis, options).map((text) => `  ${note}: ${text}`);
  return [inputLine(analysis, options, shown), ...notes].join('\n');
}

export function connectionText(parts: ConnectionParts, options: TraceOptions): string {
  const { connection, timeline, findings, ladder, dumps, undumped } = parts;
  const words = wordsOf(options.language);
  const ends = connection.ends.map(
    ({ state, certainty }, side) =>
      `${words.sides[side === 0 ? 0 : 1]} ${state} (${words.certainties[certainty]})`,
  );
  const lines = [
    `${words.connection(connection.id)}  ${headline(connection, words)}`,
    `  ${words.atTheEnd}${words.colon.trimEnd()} ${ends.join(words.clauseSeparator)}`,
    '',
    `  ${words.happened}`,
  ];
  const tell = ({ sinceNs, frames, frameCount, lastFrame, text }: (typeof timeline.head)[number]): void => {
    const label = frameCount === 1 ? words.frame : words.frames;
    const where = `${label} ${framesText(frames, frameCount, lastFrame, words)}`;
    lines.push(`  ${millis(sinceNs).padStart(12)} ms  ${where.padEnd(16)} ${text}`);
  };
  timeline.head.forEach(tell);
  if (timeline.hidden > 0) lines.push(`${' '.repeat(18)}${words.hiddenEvents(timeline.hidden)}`);
  timeline.tail.forEach(tell);
  lines.push('', `  ${words.shows}`);
  for (const { kind, certainty, side, frames, frameCount, lastFrame, text, rule, source } of findings) {
    const who = side === undefined ? '' : `${words.sides[side]}${words.colon}`;
    const where = frameCount === 0 ? '' : ` [${framesText(frames, frameCount, lastFrame, words)}]`;
    lines.push(
      `  ${words.certainties[certainty].padEnd(9)}  ${who}${text}${where}`,
      `             ${kind}: ${rule}; ${source}`,
    );
  }
  lines.push('', indent(ladderText(ladder)));
  for (const { title, frames, dump } of dumps)
    lines.push('', `  ${title} [${framesText(frames)}]`, indent(dump));
  if (undumped > 0) lines.push('', `  ${words.notDumped(undumped)}`);
  return lines.join('\n');
}

const indent = (text: string): string => text.replace(/^/gm, '  ');
