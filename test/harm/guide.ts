import type { Coverage } from './coverage.ts';

export interface Guided<T> {
  readonly coverage: Coverage;
  /** The next input: mutated from what was kept, or new. */
  readonly next: () => T;
  /** Throws when something does not hold. For the same input it does the same. */
  readonly run: (input: T) => void;
  /** Hears of each input that reached what none before it did. */
  readonly keep: (input: T) => void;
  readonly inputs: number;
}

/** To ask V8 costs more than to decode a frame, so it is asked for so many at once, and for each when one was new. */
const BATCH = 64;

/** A fuzzer's loop that is guided by coverage: what reaches new blocks is kept, for `next` to mutate further. */
export function guide<T>({ coverage, next, run, keep, inputs }: Guided<T>): number {
  let kept = 0;
  for (let done = 0; done < inputs; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, inputs - done) }, next);
    for (const input of batch) run(input);
    if (coverage.take({ note: false }) === 0) continue;
    for (const input of batch) {
      run(input);
      if (coverage.take() === 0) continue;
      keep(input);
      kept++;
    }
  }
  return kept;
}
