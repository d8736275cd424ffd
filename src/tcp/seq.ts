/**
 * Arithmetic on 32-bit TCP sequence numbers, which wrap (RFC 9293, section 3.4). All of it lives here.
 *
 * A sequence number is a number from 0 to 2^32 - 1. `seqDiff(a, b)` is how far `a` lies after `b`, from -2^31 to
 * 2^31 - 1; comparisons are only right for numbers less than 2^31 apart, which a window guarantees.
 */
export function seqDiff(a: number, b: number): number {
  return (a - b) | 0;
}

export function seqAdd(seq: number, count: number): number {
  return (seq + count) >>> 0;
}

export function seqLess(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function seqLessOrEqual(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}
