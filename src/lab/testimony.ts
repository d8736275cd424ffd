import { KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import { nowUs } from '../clock/index.ts';
import type { CallFailure, Report } from './report-protocol.ts';

export type Unstamped = AppRecord extends infer R
  ? R extends AppRecord
    ? Omit<R, 'atUs' | 'host' | 'process'>
    : never
  : never;

/** What a process of the lab says about itself to the lab, over its IPC channel. */
export class Testimony {
  readonly #host: string;
  readonly #process: string;
  #unsent: AppRecord[] = [];

  constructor(host: string, process: string) {
    this.#host = host;
    this.#process = process;
  }

  /** Records of one turn go in one message: a message for each would disturb the timing that they testify to. */
  say(record: Unstamped): void {
    if (this.#unsent.length === 0) setImmediate(() => this.flush());
    this.#unsent.push({ atUs: nowUs(), host: this.#host, process: this.#process, ...record });
  }

  flush(): void {
    if (this.#unsent.length === 0) return;
    const records = this.#unsent;
    this.#unsent = [];
    report({ report: 'records', records });
  }
}

export function report(message: Report): void {
  process.send?.(message);
}

export function failureOf(error: unknown): CallFailure {
  if (error instanceof KitError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
