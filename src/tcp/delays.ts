/** Two delays that Wireshark has no name for: the receiver's delayed ACK and the sender's Nagle algorithm. */
import type { Connection } from './connection.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import type { Finding } from './verdicts.ts';
import { NOTE } from './wireshark.ts';

/** Linux delays an ACK by 40 ms or more; the standard allows half a second. Less is taken for scheduling. */
const DELAYED_FROM_NS = 20e6;
const DELAYED_TO_NS = 500e6;
/** How soon after an ACK a segment must leave to have been waiting for it. */
const RELEASED_WITHIN_NS = 2e6;
const REPEATS = NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission | NOTE.keepAlive;

export function delayVerdicts(connection: Connection): Finding[] {
  return ([0, 1] as const).flatMap((side) => {
    const delayed = delayedAcks(connection, side);
    const held = heldSegments(connection, side, new Set(delayed.frames));
    return [...delayed.findings, ...held];
  });
}

/** ACKs of `side` without data that come late after the data which they are the first to cover. */
function delayedAcks(connection: Connection, side: Side): { findings: Finding[]; frames: number[] } {
  const roundTripNs = connection.handshake.durationNs ?? 0;
  const frames: number[] = [];
  let waiting: Segment | undefined;
  let longestNs = 0;
  for (const segment of connection.segments) {
    if (segment.side !== side) {
      if (segment.newBytes > 0 || segment.flags & FLAG.fin) waiting ??= segment;
      if (segment.notes & REPEATS) waiting = undefined;
      continue;
    }
    if (waiting === undefined || !(segment.flags & FLAG.ack)) continue;
    const waited = segment.atNs - waiting.atNs - roundTripNs;
    waiting = undefined;
    const pure = segment.payloadLength === 0 && (segment.flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0;
    if (!pure || waited < DELAYED_FROM_NS || waited > DELAYED_TO_NS || segment.window === 0) continue;
    frames.push(segment.frame);
    longestNs = Math.max(longestNs, waited);
  }
  if (frames.length === 0) return { findings: [], frames };
  const count = frames.length === 1 ? 'one ACK was' : `${frames.length} ACKs were`;
  const finding: Finding = {
    kind: 'delayed-ack',
    certainty: 'inferred',
    side,
    frames,
    text: `${count} delayed, up to ${(longestNs / 1e6).toFixed(1)} ms, in the hope of data to go with it`,
    rule: 'an ACK without data, 20 to 500 ms (less the handshake’s round trip) after the data that it covers',
    source: 'RFC 9293, section 3.8.6.3; RFC 1122, section 4.2.3.2',
  };
  return { findings: [finding], frames };
}

/** Small segments of `side` that left the moment an ACK came that covered everything sent before. */
function heldSegments(connection: Connection, side: Side, othersDelayed: ReadonlySet<number>): Finding[] {
  const mss = largest(connection, side);
  const held: number[] = [];
  let metDelayed = 0;
  let last: Segment | undefined;
  let release: Segment | undefined;
  let sentEnd = 0;
  for (const segment of connection.segments) {
    if (segment.side !== side) {
      const coversAll = segment.relAck >= sentEnd && segment.payloadLength === 0;
      release = last !== undefined && coversAll && segment.newBytes === 0 ? segment : undefined;
      continue;
    }
    if (segment.payloadLength === 0) continue;
    const small = segment.payloadLength < mss && last !== undefined && last.payloadLength < mss;
    const afterAck = release !== undefined && segment.atNs - release.atNs <= RELEASED_WITHIN_NS;
    const waited =
      last !== undefined && release !== undefined && release.atNs - last.atNs >= RELEASED_WITHIN_NS;
    if (small && afterAck && waited && !(segment.notes & REPEATS)) {
      held.push(segment.frame);
      if (
        release !== undefined &&
        (othersDelayed.has(release.frame) || release.atNs - (last?.atNs ?? 0) > DELAYED_FROM_NS)
      ) {
        metDelayed++;
      }
    }
    release = undefined;
    last = segment;
    sentEnd = segment.relSeq + segment.payloadLength;
  }
  if (held.length === 0) return [];
  const count = held.length === 1 ? 'one small segment' : `${held.length} small segments`;
  const met =
    metDelayed > 0 ? '; the ACK waited for was a delayed one: the two algorithms wait for each other' : '';
  return [
    {
      kind: 'nagle',
      certainty: 'inferred',
      side,
      frames: held,
      text: `${count} waited for the ACK of the data before (Nagle’s algorithm)${met}`,
      rule: 'less than the MSS, sent within 2 ms of an ACK without data that covered all data sent before',
      source: 'RFC 9293, section 3.7.4; RFC 896',
    },
  ];
}

/** What a full segment of `side` holds: the other end's MSS, less the options that every segment carries. */
function largest(connection: Connection, side: Side): number {
  const syn = connection.segments.find((segment) => segment.side !== side && segment.flags & FLAG.syn);
  const options = connection.segments.find((segment) => segment.side === side && segment.payloadLength > 0);
  const mss = syn === undefined || syn.mss < 0 ? 536 : syn.mss;
  return mss - Math.max(0, (options?.headerLength ?? 20) - 20);
}
