/** Readings, one behind the other, become snapshots: speeds are differences. */
import type { Connection, LogLine, Past, Rates, Reading, Snapshot, Totals } from './snapshot.ts';

const HISTORY = 240;
const LOG_LINES = 1_000;

const NOTHING: Rates = { requests: 0, bytesIn: 0, bytesOut: 0 };

export class Model {
  #before: Reading | undefined;
  #history: readonly Past[] = [];
  #log: readonly LogLine[] = [];

  advance(reading: Reading): Snapshot {
    const before = this.#before;
    const seconds = before === undefined ? 0 : (reading.atMs - before.atMs) / 1000;
    const old = new Map(before?.connections.map((one) => [one.key, one]));
    const speeds = new Map(
      reading.connections.map((now) => [now.key, speed(totalsOf(old.get(now.key)), totalsOf(now), seconds)]),
    );
    if (before !== undefined) {
      const now = { atMs: reading.atMs, ...speed(before.totals, reading.totals, seconds) };
      this.#history = [...this.#history, now].slice(-HISTORY);
    }
    this.#log = [...this.#log, ...reading.log].slice(-LOG_LINES);
    this.#before = reading;
    return { ...reading, speeds, history: this.#history, log: this.#log };
  }
}

/** Of a connection that was not there before, all that it has done was done since. */
function totalsOf(connection: Connection | undefined): Totals {
  const { requests = 0, bytesIn = 0, bytesOut = 0 } = connection ?? {};
  return { requests, bytesIn, bytesOut };
}

function speed(before: Totals, now: Totals, seconds: number): Rates {
  if (seconds <= 0) return NOTHING;
  const each = (what: keyof Totals): number => Math.max(0, now[what] - before[what]) / seconds;
  return { requests: each('requests'), bytesIn: each('bytesIn'), bytesOut: each('bytesOut') };
}
