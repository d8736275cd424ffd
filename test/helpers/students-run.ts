/** A run's directory as a student has it: captures for tshark, and files of lines to look through. None of the kit's own code. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Facts = Readonly<Record<string, number | string | boolean>>;
export type Line = Readonly<Record<string, unknown>>;

export interface SocketRow {
  readonly state: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly receiveQueueBytes: number;
  readonly sendQueueBytes: number;
}

export class StudentsRun {
  readonly #directory: string;
  /** What tshark has printed, by its arguments: a start of it costs a third of a second, and questions are alike. */
  readonly #printed = new Map<string, string>();
  readonly #manifest: {
    readonly parameters: Facts;
    readonly phases: readonly { readonly id: string; readonly facts: Facts }[];
  };

  constructor(directory: string) {
    this.#directory = directory;
    this.#manifest = JSON.parse(this.#text('evidence.json')) as never;
  }

  #text(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }

  #lines(name: string): Line[] {
    const rows = this.#text(name).split('\n');
    return rows.filter((row) => row !== '').map((row) => JSON.parse(row) as Line);
  }

  parameter(name: string): number {
    return Number(this.#manifest.parameters[name]);
  }

  fact(phase: string, name: string): number {
    return Number(this.#manifest.phases.find(({ id }) => id === phase)?.facts[name]);
  }

  /** One row of fields for each packet that tshark's filter finds. */
  packets(capture: string, filter: string, ...fields: string[]): string[][] {
    const options = ['-T', 'fields', '-E', 'separator=/t', ...fields.flatMap((field) => ['-e', field])];
    const args = ['-r', join(this.#directory, capture), '-Y', filter, ...options];
    const key = args.join('\0');
    const printed =
      this.#printed.get(key) ??
      execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    this.#printed.set(key, printed);
    return printed
      .split('\n')
      .filter((row) => row !== '')
      .map((row) => row.split('\t'));
  }

  /** One field of the packets that a filter finds, as numbers. */
  numbers(capture: string, filter: string, field: string): number[] {
    return this.packets(capture, filter, field).map(([value]) => Number(value));
  }

  /** A host's socket table, as it was noted under a label. */
  table(host: string, label: string): SocketRow[] {
    const found = this.#lines('sockets.jsonl').find(
      (line) => line['kind'] === 'snapshot' && line['host'] === host && line['label'] === label,
    );
    return (found?.['rows'] ?? []) as SocketRow[];
  }

  /** What the sampler saw of the sockets of a host. */
  changes(host: string): { change: string; seenUs: number; row: SocketRow }[] {
    return this.#lines('sockets.jsonl').filter(
      (line) => line['kind'] === 'change' && line['host'] === host,
    ) as never;
  }

  /** What the programs said. */
  calls(): Line[] {
    return this.#lines('calls.jsonl');
  }
}
