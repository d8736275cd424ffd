import { type EpochMs, epochMs } from '../wire/index.ts';

/** A turn may answer a million requests and take a second; a time must not be that old. */
const READS = 64;

/**
 * The time of day and a monotonic clock, read once in a turn of the event loop, and again after every 64 times that
 * somebody asked: requests that one poll brought arrived at the same time, and asking the system for each would cost
 * more than answering it.
 */
export class TurnClock {
  #left = 0;
  #scheduled = false;
  #now = epochMs(0);
  #clockMs = 0;

  readonly now = (): EpochMs => {
    if (this.#left-- <= 0) this.#read();
    return this.#now;
  };

  readonly clockMs = (): number => {
    if (this.#left-- <= 0) this.#read();
    return this.#clockMs;
  };

  #read(): void {
    this.#now = epochMs(Date.now());
    this.#clockMs = performance.now();
    this.#left = READS;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#left = 0;
    });
  }
}
