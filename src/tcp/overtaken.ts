import { NOTE } from './wireshark.ts';
import type { Segment } from './segment.ts';

/**
 * No network of ours holds a segment back for longer, and Linux waits longer before it sends again (the least timeout is
 * 200 ms; a tail loss probe repeats bytes that the capture has). It is Wireshark's bound where it knows no round trip.
 */
const OVERTAKEN_WITHIN_NS = 3_000_000;

/**
 * Is what Wireshark calls a retransmission a segment that others overtook, or that was written behind them? Wireshark goes
 * by time alone: whatever comes later than a round trip behind a higher number is a retransmission to it, and so is what
 * has an earlier time, as in captures to which several processors write. A segment sent again repeats bytes; these passed for the
 * first time. `segments`: all of its connection.
 */
export function wasOvertaken(segment: Segment, segments: readonly Segment[]): boolean {
  const again = NOTE.retransmission | NOTE.fastRetransmission;
  if (!(segment.notes & again) || segment.repeats !== 0 || segment.payloadLength === 0) return false;
  const overtaker = segments.find(
    ({ frame, side, relSeq }) => side === segment.side && frame < segment.frame && relSeq > segment.relSeq,
  );
  return overtaker !== undefined && segment.atNs - overtaker.atNs < OVERTAKEN_WITHIN_NS;
}
