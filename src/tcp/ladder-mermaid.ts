/** A ladder as a mermaid sequence diagram, which GitHub and GitLab draw in markdown. */
import type { Ladder } from './ladder.ts';
import { millis } from './timeline.ts';

const ARROW = { open: '->>', data: '->>', ack: '-->>', close: '->>', reset: '-x' } as const;
const LOST = '--x';

/** The diagram without the fence around it. */
export function ladderMermaid(ladder: Ladder): string {
  const lines = [
    'sequenceDiagram',
    `  participant A as ${escaped(ladder.lanes[0])}<br/>${escaped(ladder.roles[0])}`,
    `  participant B as ${escaped(ladder.lanes[1])}<br/>${escaped(ladder.roles[1])}`,
  ];
  if (ladder.start[0] !== '')
    lines.push(`  Note over A: ${ladder.start[0]}`, `  Note over B: ${ladder.start[1]}`);
  for (const rung of ladder.rungs) {
    if (rung.kind === 'elided') {
      lines.push(`  Note over A,B: ${escaped(rung.text)}`);
      continue;
    }
    const [from, to] = rung.from === 0 ? ['A', 'B'] : ['B', 'A'];
    const notes = rung.notes.map((note) => `<br/>${escaped(note)}`).join('');
    const head = `frame ${rung.frame}, ${millis(rung.sinceNs)} ms<br/>${escaped(rung.label)}`;
    lines.push(`  ${from}${rung.lost ? LOST : ARROW[rung.tone]}${to}: ${head}${notes}`);
    const [left, right] = rung.states;
    if (left !== undefined && left === right) lines.push(`  Note over A,B: ${left}`);
    else {
      if (left !== undefined) lines.push(`  Note left of A: ${left}`);
      if (right !== undefined) lines.push(`  Note right of B: ${right}`);
    }
  }
  return lines.join('\n');
}

/** Characters that mean something to mermaid, or to the HTML that it makes, as its numeric entities. */
function escaped(text: string): string {
  return text.replace(/[#;<>&"%{}`\\]/g, (character) => `#${character.charCodeAt(0)};`);
}
