/**
 * The one clock of a run: microseconds since 1970, as tcpdump stamps packets (CLOCK_REALTIME).
 *
 * `Date.now()` is that clock cut to milliseconds; `performance.now()` is fine-grained and counts from the start of the
 * process on CLOCK_MONOTONIC. Both are slewed together by ntp, so they part only when somebody sets the clock, or when
 * the machine sleeps. `performance.timeOrigin` joins them with an error of 3 to 6 µs (measured on Node 20 and 26), and
 * never hears of a step. So we join them ourselves: each reading of `Date.now()` between two of `performance.now()`
 * bounds the difference of the two clocks from both sides; the bounds only get narrower; and when a reading
 * contradicts them the clock was set, and we start again.
 */

/** Taken off all times here: a double of 1970's microseconds has steps of 0.25. */
const BASE_MS = Date.now();

/** Bounds that contradict each other by no more than this do so by rounding. */
const ROUNDING_US = 5;
const NARROW_US = 1;

/** Bounds of the difference `Date.now() - BASE_MS - performance.now()`, in µs. */
let lowUs = -Infinity;
let highUs = Infinity;

/** Narrows the bounds by one reading; false when it contradicts them. */
function narrow(): boolean {
  const before = performance.now() * 1000;
  const dateUs = (Date.now() - BASE_MS) * 1000;
  const after = performance.now() * 1000;
  const low = dateUs - after;
  const high = dateUs + 1000 - before;
  if (low > highUs + ROUNDING_US || high < lowUs - ROUNDING_US) return false;
  lowUs = Math.max(lowUs, low);
  highUs = Math.min(highUs, high);
  if (lowUs > highUs) {
    const middle = (lowUs + highUs) / 2;
    lowUs = middle - NARROW_US / 2;
    highUs = middle + NARROW_US / 2;
  }
  return true;
}

/** Watches edges of `Date.now()`: 1 to 3 ms, once in a process, and once more when the clock was set. */
function settle(): void {
  lowUs = -Infinity;
  highUs = Infinity;
  // On a busy machine we may be put aside just at an edge (the next one is a millisecond away), or before the first
  // reading: there is always one, for without bounds there is no time.
  const until = performance.now() + 30;
  do if (!narrow()) return;
  while (performance.now() < until && highUs - lowUs > NARROW_US);
}

/** Microseconds since 1970, with a fraction; never more than 1 ms off `Date.now()`, and about 1 µs off the kernel. */
export function nowUs(): number {
  if (lowUs === -Infinity || !narrow()) settle();
  return BASE_MS * 1000 + (performance.now() * 1000 + (lowUs + highUs) / 2);
}

/** A process that is put aside between two readings makes the difference wrong by as long as it was away. */
const OFFSET_TRIES = 5;

/**
 * What has to be added to CLOCK_MONOTONIC in µs, which the kernel's traces count in, to get our microseconds since 1970.
 * The best of a few readings: off by a few µs, unless the process was put aside in each of them.
 */
export function monotonicOffsetUs(): number {
  let [best, narrowest] = [0, Infinity];
  for (let round = 0; round < OFFSET_TRIES; round++) {
    const before = hrtimeUs();
    const us = nowUs();
    const after = hrtimeUs();
    if (after - before >= narrowest) continue;
    [best, narrowest] = [us - (before + after) / 2, after - before];
  }
  return best;
}

const hrtimeUs = (): number => Number(process.hrtime.bigint()) / 1000;
