/** Two captures of one connection, at its two ends: what left the one and never came to the other. */
import type { Segment } from './segment.ts';

/**
 * The frames of `here` that never came to the capture at the other end, which holds for what this host sent: what the other
 * end's host sent and lost is in no capture of this one.
 */
export function lostFrames(here: readonly Segment[], there: readonly Segment[]): Set<number> {
  const came = new Map<string, number>();
  for (const segment of there) {
    const name = nameOf(segment);
    came.set(name, (came.get(name) ?? 0) + 1);
  }
  const lost = new Set<number>();
  for (const segment of here) {
    const left = came.get(nameOf(segment)) ?? 0;
    came.set(nameOf(segment), left - 1);
    if (left <= 0 && !cameOtherwise(segment, there)) lost.add(segment.frame);
  }
  return lost;
}

/** Offload may cut a segment after one tcpdump saw it, or put several together: its bytes came all the same, with its timestamp. */
const cameOtherwise = ({ side, relSeq, payloadLength, tsVal }: Segment, there: readonly Segment[]): boolean =>
  tsVal >= 0 &&
  there.some(
    (other) =>
      other.side === side &&
      other.tsVal === tsVal &&
      other.payloadLength !== payloadLength &&
      other.relSeq < relSeq + payloadLength &&
      relSeq < other.relSeq + other.payloadLength,
  );

/** Copies of one segment differ in their timestamps; where there are none, how many came is what counts. */
const nameOf = ({ side, seq, ack, flags, payloadLength, tsVal }: Segment): string =>
  [side, seq, ack, flags, payloadLength, tsVal].join(' ');
