/** A trace as markdown, for a report: GitHub draws the ladder. */
import { safeText } from '../bytes/index.ts';
import type { Analysis } from './analyser.ts';
import { ladderMermaid } from './ladder-mermaid.ts';
import { framesText, headline, millis, type TimelineEvent } from './timeline.ts';
import { inputLine, inputNotes, partsOf, type ConnectionParts, type TraceOptions } from './trace-parts.ts';
import { wordsOf, type Words } from './words.ts';

/** `title` is the name of what was read. */
export function traceMarkdown(analysis: Analysis, title: string, options: TraceOptions = {}): string {
  const sections = analysis.connections.map(
    (each) => `\n${sectionMarkdown(partsOf(each, options), options)}\n`,
  );
  return [titleMarkdown(title), `\n${sumMarkdown(analysis, options)}\n`, ...sections].join('');
}

export function titleMarkdown(title: string): string {
  return `# ${cell(safeText(title))}\n`;
}

/** What was read, and what is to be known about it. */
export function sumMarkdown(analysis: Analysis, options: TraceOptions, shown?: number): string {
  const lines = [`${inputLine(analysis, options, shown)}${wordsOf(options.language).stop}`];
  const notes = inputNotes(analysis, options);
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${cell(note)}`));
  return lines.join('\n');
}

export function sectionMarkdown(parts: ConnectionParts, options: TraceOptions): string {
  const { connection, timeline, findings, ladder, dumps, undumped } = parts;
  const words = wordsOf(options.language);
  const ends = connection.ends.map(({ state }, i) => `${words.sides[i === 0 ? 0 : 1]} ${state}`);
  const lines = [
    `## ${capital(words.connection(connection.id))}`,
    '',
    cell(headline(connection, words)),
    '',
    row(words.timelineColumns),
    '| ---: | --- | --- |',
    ...timeline.head.map((event) => eventRow(event, words)),
    ...(timeline.hidden > 0 ? [row(['', '', words.hiddenEvents(timeline.hidden)])] : []),
    ...timeline.tail.map((event) => eventRow(event, words)),
    '',
    `${capital(words.atTheEnd)}${words.colon}${ends.join(words.clauseSeparator)}${words.stop}`,
    '',
    row(words.findingColumns),
    '| --- | --- | --- | --- | --- |',
    ...findings.map(({ certainty, side, text, frames, frameCount, lastFrame, rule, source }) =>
      row([
        words.certainties[certainty],
        side === undefined ? '' : words.sides[side],
        cell(text),
        framesText(frames, frameCount, lastFrame, words),
        `${cell(rule)} (${source})`,
      ]),
    ),
    '',
    '```mermaid',
    ladderMermaid(ladder),
    '```',
  ];
  for (const { title, frames, dump } of dumps) {
    lines.push('', `${cell(title)} (${words.frames} ${framesText(frames)}):`, '', '```text', dump, '```');
  }
  if (undumped > 0) lines.push('', `${capital(words.notDumped(undumped))}${words.stop}`);
  return lines.join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function eventRow({ sinceNs, frames, frameCount, lastFrame, text }: TimelineEvent, words: Words): string {
  return row([millis(sinceNs), framesText(frames, frameCount, lastFrame, words), cell(text)]);
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Text in a table cell or a paragraph: nothing in it may become markup. */
function cell(text: string): string {
  return text.replace(/[\\|`*_{}[\]<>#]/g, (character) => `\\${character}`);
}
