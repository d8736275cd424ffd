/**
 * How a connection ended. Its shape is decided by which sequence number each ACK covers, never by counting packets: a
 * close takes three segments when the second FIN stands in the same segment as the ACK of the first, else four.
 */
import type { Certainty } from './ends.ts';
import { FLAG, otherSide, type Segment, type Side } from './segment.ts';
import { seqDiff } from './seq.ts';

/** One side's FIN. */
export interface Fin {
  readonly side: Side;
  readonly frame: number;
  readonly atNs: number;
  /** Bytes that came in the same segment. */
  readonly withBytes: number;
  /** Frames in which it was sent again. */
  readonly resent: readonly number[];
  /** The first segment of the other side whose ACK covers it; undefined when none does. */
  readonly ackFrame: number | undefined;
  readonly ackAtNs: number | undefined;
}

export type ResetReason =
  | 'refused'
  | 'data-after-close'
  | 'unread-data'
  | 'aborted'
  | 'unknown-connection'
  | 'gave-up'
  | 'answers-a-reset-connection';

export interface Reset {
  readonly side: Side;
  readonly frame: number;
  readonly atNs: number;
  readonly reason: ResetReason;
  readonly certainty: Certainty;
  /** The RFC section that has the rule. */
  readonly source: string;
}

export type CloseShape =
  /** Neither FIN nor RST in the capture. */
  | 'open'
  /** Only one side has sent a FIN. */
  | 'half-closed'
  /** FIN, ACK, FIN, ACK: four segments. */
  | 'four-segments'
  /** FIN, FIN that also acknowledges, ACK: three segments. */
  | 'three-segments'
  /** Both FINs were under way at once. */
  | 'simultaneous'
  /** Both FINs, but an ACK is missing from the capture. */
  | 'unfinished'
  | 'reset';

export interface Close {
  readonly shape: CloseShape;
  /** In the order in which they were sent. */
  readonly fins: readonly Fin[];
  /** The side that sent the first FIN, or the RST when there was no FIN. */
  readonly first: Side | undefined;
  readonly resets: readonly Reset[];
  /** The frames of the FINs, of the first ACK of each, and of RSTs, without repetition: what the close took. */
  readonly frames: readonly number[];
  /** Data of the second side after the first side's FIN was acknowledged. */
  readonly halfClose: { readonly bytes: number; readonly segments: number } | undefined;
}

type OpenFin = {
  side: Side;
  frame: number;
  atNs: number;
  seq: number;
  withBytes: number;
  resent: number[];
  ackFrame: number | undefined;
  ackAtNs: number | undefined;
  /** Whether this FIN's segment acknowledged the other side's FIN. */
  acksOther: boolean;
};

const MAX_RESETS = 16;
const MAX_RESENT = 1000;

export class CloseTracker {
  readonly #fins: OpenFin[] = [];
  readonly #resets: Reset[] = [];
  #halfCloseBytes = 0;
  #halfCloseSegments = 0;
  /** For each side: has it sent a SYN, an ACK; bytes that came to it; bytes that came after its FIN. */
  readonly #synSent = [false, false];
  readonly #heard = [0, 0];
  readonly #heardAfterFin = [0, 0];
  readonly #lastWindow = [-1, -1];
  readonly #silentProbes = [0, 0];
  #established = false;

  accept(segment: Segment): void {
    const { flags, side } = segment;
    const other = otherSide(side);
    if (flags & FLAG.rst) {
      this.#reset(segment);
      return;
    }
    if (flags & FLAG.syn) this.#synSent[side] = true;
    else if (flags & FLAG.ack) this.#established = true;
    if (this.#fins.length > 0 && flags & FLAG.ack) this.#acknowledge(segment);
    if (segment.payloadLength > 0) this.#data(segment, side, other);
    this.#lastWindow[side] = segment.window;
    // Segments that bring nothing new and get no answer: keep-alive probes or retransmissions into a void.
    this.#silentProbes[other] = 0;
    this.#silentProbes[side] = (this.#silentProbes[side] ?? 0) + (segment.newBytes === 0 ? 1 : 0);
    if (flags & FLAG.fin) this.#fin(segment);
  }

  /** A RST was the answer to the SYN. */
  get isRefused(): boolean {
    return this.#resets[0]?.reason === 'refused';
  }

  /** No ACK has shown yet that there is a connection, and no RST was for another reason. */
  get mayBeRefused(): boolean {
    return this.#resets.length > 0 ? this.isRefused : !this.#established;
  }

  /** Whether the segment is the first whose ACK covers the other side's FIN. */
  firstToAckFin({ frame, side }: Segment): boolean {
    if (this.#fins.length === 0) return false;
    return this.#fins.some((fin) => fin.ackFrame === frame && fin.side !== side);
  }

  get close(): Close {
    const [first, second] = this.#fins;
    const frames = new Set<number>();
    for (const fin of this.#fins) {
      frames.add(fin.frame);
      if (fin.ackFrame !== undefined) frames.add(fin.ackFrame);
    }
    for (const reset of this.#resets) frames.add(reset.frame);
    return {
      shape: this.#shape(),
      fins: this.#fins.map(({ side, frame, atNs, withBytes, resent, ackFrame, ackAtNs }) => ({
        side,
        frame,
        atNs,
        withBytes,
        resent,
        ackFrame,
        ackAtNs,
      })),
      first: first?.side ?? this.#resets[0]?.side,
      resets: this.#resets,
      frames: [...frames].sort((a, b) => a - b),
      halfClose:
        first !== undefined && this.#halfCloseSegments > 0 && second?.acksOther !== false
          ? { bytes: this.#halfCloseBytes, segments: this.#halfCloseSegments }
          : undefined,
    };
  }

  #shape(): CloseShape {
    const [first, second] = this.#fins;
    if (first?.ackFrame !== undefined && second?.ackFrame !== undefined) {
      if (!second.acksOther) return 'simultaneous';
      return first.ackFrame === second.frame ? 'three-segments' : 'four-segments';
    }
    if (this.#resets.length > 0) return 'reset';
    if (first === undefined) return 'open';
    return second === undefined ? 'half-closed' : 'unfinished';
  }

  #fin(segment: Segment): void {
    const seq = (segment.seq + segment.payloadLength) >>> 0;
    const earlier = this.#fins.find((fin) => fin.side === segment.side);
    if (earlier !== undefined) {
      if (earlier.resent.length < MAX_RESENT) earlier.resent.push(segment.frame);
      return;
    }
    const others = this.#fins[0];
    this.#fins.push({
      side: segment.side,
      frame: segment.frame,
      atNs: segment.atNs,
      seq,
      withBytes: segment.payloadLength,
      resent: [],
      ackFrame: undefined,
      ackAtNs: undefined,
      acksOther:
        others === undefined || ((segment.flags & FLAG.ack) !== 0 && seqDiff(segment.ack, others.seq) > 0),
    });
  }

  #acknowledge(segment: Segment): void {
    for (const fin of this.#fins) {
      if (fin.side === segment.side || fin.ackFrame !== undefined) continue;
      if (seqDiff(segment.ack, fin.seq) <= 0) continue;
      fin.ackFrame = segment.frame;
      fin.ackAtNs = segment.atNs;
    }
  }

  #data(segment: Segment, side: Side, other: Side): void {
    this.#heard[other] = (this.#heard[other] ?? 0) + segment.newBytes;
    const fin = this.#fins[0];
    if (fin === undefined || fin.side === side) return;
    this.#heardAfterFin[other] = (this.#heardAfterFin[other] ?? 0) + segment.payloadLength;
    if (fin.ackFrame === undefined || segment.newBytes === 0) return;
    this.#halfCloseBytes += segment.newBytes;
    this.#halfCloseSegments++;
  }

  #reset(segment: Segment): void {
    if (this.#resets.length >= MAX_RESETS) return;
    const { side, frame, atNs } = segment;
    this.#resets.push({ side, frame, atNs, ...this.#why(segment) });
  }

  #why(segment: Segment): { reason: ResetReason; certainty: Certainty; source: string } {
    const { side } = segment;
    const other = otherSide(side);
    const hasAck = (segment.flags & FLAG.ack) !== 0;
    if (this.#resets.length > 0) {
      return {
        reason: 'answers-a-reset-connection',
        certainty: 'proven',
        source: 'RFC 9293, section 3.10.7.1',
      };
    }
    if (this.#synSent[other] === true && this.#synSent[side] !== true && !this.#established) {
      // A firewall that rejects answers in the same way as a port without a listener.
      return { reason: 'refused', certainty: 'inferred', source: 'RFC 9293, section 3.10.7.1' };
    }
    const closed = this.#fins.some((fin) => fin.side === side);
    if (closed && (this.#heardAfterFin[side] ?? 0) > 0) {
      return { reason: 'data-after-close', certainty: 'inferred', source: 'RFC 9293, section 3.6.1' };
    }
    if (!hasAck) {
      return { reason: 'unknown-connection', certainty: 'inferred', source: 'RFC 9293, section 3.10.7.1' };
    }
    if ((this.#silentProbes[side] ?? 0) >= 3) {
      return { reason: 'gave-up', certainty: 'inferred', source: 'RFC 9293, section 3.8.4' };
    }
    // A full receive queue is data that nobody will read any more.
    if (this.#lastWindow[side] === 0) {
      return { reason: 'unread-data', certainty: 'inferred', source: 'RFC 9293, section 3.6.1' };
    }
    const certainty = (this.#heard[side] ?? 0) > 0 ? 'ambiguous' : 'inferred';
    return { reason: 'aborted', certainty, source: 'RFC 9293, section 3.10.5' };
  }
}
