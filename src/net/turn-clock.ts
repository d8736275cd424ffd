import { type EpochMs, epochMs } from '../wire/index.ts';

/**
 * The time of day and a monotonic clock, read once in a turn of the event loop: a thousand requests that one poll
 * brought arrived at the same time, and asking the system a thousand times would cost more than answering them.
 */
export class TurnClock {
  #fresh = false;
  #now = epochMs(0);
  #clockMs = 0;

  readonly now = (): EpochMs => {
    if (!this.#fresh) this.#read();
    return this.#now;
  };

  readonly clockMs = (): number => {
    if (!this.#fresh) this.#read();
    return this.#clockMs;
  };

  #read(): void {
    this.#now = epochMs(Date.now());
    this.#clockMs = performance.now();
    this.#fresh = true;
    setImmediate(() => (this.#fresh = false));
  }
}
