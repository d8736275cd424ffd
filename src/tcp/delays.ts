/** Two delays that Wireshark has no name for: the receiver's delayed ACK and the sender's Nagle algorithm. */
import type { Connection } from './connection.ts';
import { finding, type Finding } from './finding.ts';
import { FrameList } from './frame-list.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import type { Words } from './words.ts';
import { NOTE } from './wireshark.ts';

/** Linux delays an ACK by 40 ms or more; the standard allows half a second. Less is taken for scheduling. */
const DELAYED_FROM_NS = 20e6;
const DELAYED_TO_NS = 500e6;
/** How soon after an ACK a segment must leave to have been waiting for it. */
const RELEASED_WITHIN_NS = 2e6;
const REPEATS = NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission | NOTE.keepAlive;
/** The MSS of an end that names none (RFC 9293, section 3.7.1). */
const DEFAULT_MSS = 536;
const HEADER = 20;

/** ACKs of one side without data that come late after the data which they are the first to cover. */
export class AckDelays {
  readonly #side: Side;
  readonly #frames: FrameList;
  #waitingNs: number | undefined;
  #longestNs = 0;

  constructor(side: Side, limit: number) {
    this.#side = side;
    this.#frames = new FrameList(limit);
  }

  /** Whether this segment is a delayed ACK. */
  accept(connection: Connection, segment: Segment): boolean {
    if (segment.side !== this.#side) {
      if (segment.newBytes > 0 || segment.flags & FLAG.fin) this.#waitingNs ??= segment.atNs;
      if (segment.notes & REPEATS) this.#waitingNs = undefined;
      return false;
    }
    if (this.#waitingNs === undefined || !(segment.flags & FLAG.ack)) return false;
    const waited = segment.atNs - this.#waitingNs - connection.roundTripNs;
    this.#waitingNs = undefined;
    const pure = segment.payloadLength === 0 && (segment.flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0;
    if (!pure || waited < DELAYED_FROM_NS || waited > DELAYED_TO_NS || segment.window === 0) return false;
    this.#frames.add(segment.frame);
    this.#longestNs = Math.max(this.#longestNs, waited);
    return true;
  }

  findings(words: Words): Finding[] {
    if (this.#frames.count === 0) return [];
    const text = words.delayedAck(this.#frames.count, (this.#longestNs / 1e6).toFixed(1));
    const source = 'RFC 9293, section 3.8.6.3; RFC 1122, section 4.2.3.2';
    return [finding('delayed-ack', 'inferred', this.#side, this.#frames, text, source)];
  }
}

/** Small segments of one side that left the moment an ACK came that covered everything sent before. */
export class HeldSegments {
  readonly #side: Side;
  readonly #held: FrameList;
  #metDelayed = false;
  #otherMss = DEFAULT_MSS;
  #optionBytes = -1;
  /** The last data segment, and the ACK that has come since and covers all of it. */
  #lastNs = -1;
  #lastLength = 0;
  #sentEnd = 0;
  #releaseNs: number | undefined;
  #releaseDelayed = false;

  constructor(side: Side, limit: number) {
    this.#side = side;
    this.#held = new FrameList(limit);
  }

  /** A segment of the other side. */
  ack(segment: Segment, delayed: boolean): void {
    if (segment.side === this.#side) return;
    if (segment.flags & FLAG.syn && segment.mss >= 0) this.#otherMss = segment.mss;
    const coversAll = segment.relAck >= this.#sentEnd && segment.payloadLength === 0;
    this.#releaseNs = this.#lastNs >= 0 && coversAll ? segment.atNs : undefined;
    this.#releaseDelayed = delayed;
  }

  accept(segment: Segment): void {
    if (segment.side !== this.#side || segment.payloadLength === 0) return;
    if (this.#optionBytes < 0) this.#optionBytes = Math.max(0, segment.headerLength - HEADER);
    const releaseNs = this.#releaseNs;
    if (releaseNs !== undefined && this.#waited(segment, releaseNs)) {
      this.#held.add(segment.frame);
      if (this.#releaseDelayed || releaseNs - this.#lastNs > DELAYED_FROM_NS) this.#metDelayed = true;
    }
    this.#releaseNs = undefined;
    this.#lastNs = segment.atNs;
    this.#lastLength = segment.payloadLength;
    this.#sentEnd = segment.relSeq + segment.payloadLength;
  }

  #waited(segment: Segment, releasedNs: number): boolean {
    // What a full segment holds: the other end's MSS, less the options that every segment carries.
    const full = this.#otherMss - this.#optionBytes;
    const small = segment.payloadLength < full && this.#lastLength < full;
    const afterAck = segment.atNs - releasedNs <= RELEASED_WITHIN_NS;
    const hadToWait = releasedNs - this.#lastNs >= RELEASED_WITHIN_NS;
    return small && afterAck && hadToWait && !(segment.notes & REPEATS);
  }

  findings(words: Words): Finding[] {
    if (this.#held.count === 0) return [];
    const text = words.nagle(this.#held.count, this.#metDelayed);
    const source = 'RFC 9293, section 3.7.4; RFC 896';
    return [finding('nagle', 'inferred', this.#side, this.#held, text, source)];
  }
}
