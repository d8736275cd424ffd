/** One picture as text, for a terminal that cannot be drawn on. */
import { cellsOf, textOf } from './cells.ts';
import { Model } from './model.ts';
import type { Reading } from './snapshot.ts';
import { START } from './ui.ts';
import { tableView } from './views/table.ts';
import type { Words } from './words.ts';

/** Heading and table, as wide as all its columns. */
export function frameText(reading: Reading, words: Words): string {
  const snapshot = new Model().advance(reading);
  const facts = reading.heading.facts.map(([label, value]) => `${label} ${value}`).join('  ');
  const table = tableView(snapshot, START, words, WIDTH, reading.connections.length);
  const lines = [[{ text: reading.heading.title }], [{ text: facts }], ...table];
  return lines.map((line) => textOf(cellsOf(line, WIDTH)).trimEnd()).join('\n');
}

const WIDTH = 170;
