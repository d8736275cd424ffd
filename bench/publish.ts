import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Machine, machineLine } from './machine.ts';
import { markdownTable, writePage } from './page.ts';

const RESULTS = fileURLToPath(new URL('results/', import.meta.url));

/** `BENCH=tiny`: everything runs once and for moments, to see that it works. The figures mean nothing. */
export const tiny = process.env['BENCH'] === 'tiny';

/** So many interleaved rounds; figures are their medians. */
export const ROUNDS = tiny ? 1 : Number(process.env['ROUNDS'] ?? 5);

export interface Report {
  /** The bench, and the marks on the page. */
  readonly name: string;
  readonly machine: Machine;
  /** One line below the machine's: versions of what was compared, what was left out. */
  readonly versions: readonly string[];
  /** Where it is not ROUNDS. */
  readonly rounds?: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** All figures behind the table. */
  readonly results: unknown;
}

/**
 * Prints the results as JSON; writes them to bench/results/NAME.json and as a table between the marks
 * `<!-- bench:NAME -->` of docs/BENCHMARKS.md, unless the run was a tiny one.
 */
export function publish({ name, machine, versions, columns, rows, results, rounds = ROUNDS }: Report): void {
  const json = `${JSON.stringify({ name, machine, versions, rounds, results }, undefined, 2)}\n`;
  process.stdout.write(json);
  if (tiny) return;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}${name}.json`, json);
  const also = versions.length === 0 ? '' : ` ${versions.join('; ')}.`;
  const how = `Medians of ${rounds} interleaved rounds. ${machineLine(machine)}.${also}`;
  writePage(name, `${how}\n\n${markdownTable(columns, rows)}`);
}
