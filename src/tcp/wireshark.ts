/**
 * Wireshark's TCP analysis: what it calls a lost segment, a retransmission, a duplicate ACK and so on, by its own rules
 * (Wireshark User's Guide, section 7.5, "TCP Analysis"), so that a report and the student's Wireshark say the same.
 * The rules are those of Wireshark 4.0, found by comparing with tshark; test/tcp/wireshark.test.ts holds them to it.
 *
 * They are rules of thumb over what passed the capture point, not truths about the ends: `verdicts.ts` says more.
 * Quirks are kept on purpose: 0 means "nothing seen yet" for sequence numbers, as it does there.
 */
import { FLAG, type Segment } from './segment.ts';
import { seqDiff, seqLess, seqLessOrEqual } from './seq.ts';

/** Bits of `segment.notes`. */
export const NOTE = {
  retransmission: 1,
  fastRetransmission: 1 << 1,
  spuriousRetransmission: 1 << 2,
  outOfOrder: 1 << 3,
  lostSegment: 1 << 4,
  ackedLostSegment: 1 << 5,
  duplicateAck: 1 << 6,
  zeroWindow: 1 << 7,
  zeroWindowProbe: 1 << 8,
  zeroWindowProbeAck: 1 << 9,
  keepAlive: 1 << 10,
  keepAliveAck: 1 << 11,
  windowFull: 1 << 12,
  windowUpdate: 1 << 13,
  reusedPorts: 1 << 14,
} as const;

/** Names as Wireshark's Info column has them. */
const NAMES: readonly (readonly [number, string])[] = [
  [NOTE.retransmission, 'Retransmission'],
  [NOTE.fastRetransmission, 'Fast Retransmission'],
  [NOTE.spuriousRetransmission, 'Spurious Retransmission'],
  [NOTE.outOfOrder, 'Out-Of-Order'],
  [NOTE.lostSegment, 'Previous segment not captured'],
  [NOTE.ackedLostSegment, 'ACKed unseen segment'],
  [NOTE.windowUpdate, 'Window Update'],
  [NOTE.windowFull, 'Window Full'],
  [NOTE.keepAlive, 'Keep-Alive'],
  [NOTE.keepAliveAck, 'Keep-Alive ACK'],
  [NOTE.duplicateAck, 'Dup ACK'],
  [NOTE.zeroWindowProbe, 'ZeroWindowProbe'],
  [NOTE.zeroWindow, 'ZeroWindow'],
  [NOTE.zeroWindowProbeAck, 'ZeroWindowProbeAck'],
  [NOTE.reusedPorts, 'Port numbers reused'],
];

/** The notes of a segment in Wireshark's words; `Dup ACK 7#2` is the second duplicate of the ACK in frame 7. */
export function noteNames(segment: Segment): string[] {
  if (segment.notes === 0) return [];
  return NAMES.filter(([bit]) => segment.notes & bit).map(([bit, name]) =>
    bit === NOTE.duplicateAck ? `${name} ${segment.duplicateOf}#${segment.duplicateNumber}` : name,
  );
}

const FAST_RETRANSMISSION_WITHIN_NS = 20_000_000;
const OUT_OF_ORDER_WITHIN_NS = 3_000_000;
const SPECIAL = FLAG.syn | FLAG.fin | FLAG.rst;
const UNKNOWN_SCALE = -1;
const NOT_SCALED = -2;
/**
 * In `duplicates`: an ACK of unseen bytes was noted while this direction sends nothing but ACKs. It is Wireshark's -1 in
 * an unsigned variable, and so more than any count.
 */
const STALLED = 0xffffffff;
const NEVER = Number.NEGATIVE_INFINITY;

/** What Wireshark remembers of one direction. */
class Flow {
  nextSeq = 0;
  nextSeqNs = NEVER;
  maxSeqToBeAcked = 0;
  lastAck = 0;
  lastAckNs = NEVER;
  lastNonDuplicate = 0;
  duplicates = 0;
  window = 0xffffffff;
  scale = UNKNOWN_SCALE;
  awaitsFirstAck = false;
  lastNotes = 0;
}

export class WiresharkAnalysis {
  readonly #flows: readonly [Flow, Flow] = [new Flow(), new Flow()];
  #synNs = NEVER;
  #firstRttNs = 0;

  /** Sets `notes`, `duplicateNumber` and `duplicateOf` of a segment. `portsReused`: its SYN opened a new connection. */
  accept(segment: Segment, portsReused: boolean): void {
    const own = this.#flows[segment.side];
    const other = this.#flows[segment.side === 0 ? 1 : 0];
    let notes = portsReused ? NOTE.reusedPorts : 0;
    if ((segment.flags & (FLAG.syn | FLAG.ack)) === FLAG.syn) own.nextSeq = own.maxSeqToBeAcked;
    notes = this.#forward(segment, own, other, notes);
    if (segment.ack !== own.lastAck) {
      own.lastNonDuplicate = segment.frame;
      own.duplicates = 0;
    }
    notes = ackedLost(segment, other, notes);
    if (segment.payloadLength > 0 || segment.flags & (FLAG.syn | FLAG.fin)) {
      notes = this.#repetition(segment, own, other, notes);
    }
    remember(segment, own, notes);
    segment.notes = notes;
    this.#afterwards(segment, own, other);
  }

  /**
   * The window in bytes, -1 when its scale is not known. RFC 7323, section 2.2: the shift counts only if both SYNs had
   * it, and never in a SYN itself. When the capture has one of the SYNs and it has the option, the other is taken to have
   * had it too.
   */
  windowBytes(segment: Segment): number {
    const { scale } = this.#flows[segment.side];
    if (segment.flags & FLAG.syn || scale === NOT_SCALED) return segment.window;
    return scale === UNKNOWN_SCALE ? -1 : segment.window << scale;
  }

  /** What the segment shows about its own direction. */
  #forward(segment: Segment, own: Flow, other: Flow, before: number): number {
    const { seq, ack, window, payloadLength: length } = segment;
    const special = (segment.flags & SPECIAL) !== 0;
    let notes = before;
    if (length === 1 && seq === own.nextSeq && other.window === 0) return notes | NOTE.zeroWindowProbe;
    if (window === 0 && !special) notes |= NOTE.zeroWindow;
    if (own.nextSeq !== 0 && seqDiff(seq, own.nextSeq) > 0 && !(segment.flags & FLAG.rst)) {
      notes |= NOTE.lostSegment;
    }
    if (length <= 1 && seq === (own.nextSeq - 1) >>> 0 && !special) notes |= NOTE.keepAlive;
    if (length > 0 && !special && reachesWindowEdge(segment, other)) notes |= NOTE.windowFull;
    if (length > 0 || special || seq !== own.nextSeq || ack !== own.lastAck) return notes;
    // From here on: no data, and the numbers of the segment before.
    if (window !== own.window) return window === 0 ? notes : notes | NOTE.windowUpdate;
    if (window === 0) {
      return other.lastNotes & NOTE.zeroWindowProbe ? notes | NOTE.zeroWindowProbeAck : notes;
    }
    if (other.lastNotes & NOTE.keepAlive) return notes | NOTE.keepAliveAck;
    own.duplicates = own.duplicates === STALLED ? 1 : own.duplicates + 1;
    segment.duplicateNumber = own.duplicates;
    segment.duplicateOf = own.lastNonDuplicate;
    return notes | NOTE.duplicateAck;
  }

  /** Which kind of repetition a segment is that does not move its direction forward. */
  #repetition(segment: Segment, own: Flow, other: Flow, notes: number): number {
    const { seq, payloadLength: length, atNs } = segment;
    if (notes & NOTE.keepAlive) return notes;
    const end = (seq + length) >>> 0;
    if (length > 0 && other.lastAck !== 0 && seqLessOrEqual(end, other.lastAck)) {
      return notes | NOTE.spuriousRetransmission;
    }
    // One byte before what is expected, but longer than one: it was a zero-window probe that this one continues.
    const continues = length > 1 && (own.nextSeq - 1) >>> 0 === seq;
    if (own.nextSeq === 0 || !seqLess(seq, own.nextSeq) || continues) return notes;
    const sinceAck = atNs - other.lastAckNs;
    if (
      other.duplicates >= 2 &&
      other.lastAck === seq &&
      sinceAck >= 0 &&
      sinceAck < FAST_RETRANSMISSION_WITHIN_NS
    ) {
      return notes | NOTE.fastRetransmission;
    }
    const threshold = this.#firstRttNs === 0 ? OUT_OF_ORDER_WITHIN_NS : this.#firstRttNs;
    const sinceNext = atNs - own.nextSeqNs;
    const last = segment.flags & (FLAG.syn | FLAG.fin) ? (end + 1) >>> 0 : end;
    if (sinceNext >= 0 && sinceNext < threshold && own.nextSeq !== last) {
      return notes | NOTE.outOfOrder;
    }
    return notes | NOTE.retransmission;
  }

  /** What takes effect only for later segments. */
  #afterwards(segment: Segment, own: Flow, other: Flow): void {
    const { flags } = segment;
    if (flags & FLAG.syn) {
      own.awaitsFirstAck = true;
      if (!(flags & FLAG.ack)) this.#synNs = segment.atNs;
      if (segment.windowShift >= 0) own.scale = segment.windowShift;
      if (own.scale === UNKNOWN_SCALE) {
        own.scale = NOT_SCALED;
        other.scale = NOT_SCALED;
      } else if (flags & FLAG.ack && other.scale === NOT_SCALED) own.scale = NOT_SCALED;
    } else if (flags & FLAG.ack) {
      if (this.#synNs !== NEVER && this.#firstRttNs === 0) this.#firstRttNs = segment.atNs - this.#synNs;
      own.awaitsFirstAck = false;
    }
  }
}

function reachesWindowEdge(segment: Segment, other: Flow): boolean {
  if (other.scale === UNKNOWN_SCALE) return false;
  const shift = other.awaitsFirstAck || other.scale === NOT_SCALED ? 0 : other.scale;
  const edge = (other.lastAck + (other.window << shift)) >>> 0;
  return (segment.seq + segment.payloadLength) >>> 0 === edge;
}

/** An ACK of bytes that the capture does not have. Where nothing new was sent since, it is said only once. */
function ackedLost(segment: Segment, other: Flow, notes: number): number {
  if (!(segment.flags & FLAG.ack) || other.maxSeqToBeAcked === 0) return notes;
  if (seqDiff(segment.ack, other.maxSeqToBeAcked) <= 0) return notes;
  if (seqLess(other.maxSeqToBeAcked, other.nextSeq)) {
    other.maxSeqToBeAcked = other.nextSeq;
    return notes | NOTE.ackedLostSegment;
  }
  const said = other.duplicates !== 0;
  other.duplicates = STALLED;
  return said ? notes : notes | NOTE.ackedLostSegment;
}

function remember(segment: Segment, own: Flow, notes: number): void {
  const { seq, payloadLength: length, flags } = segment;
  const virtual = flags & (FLAG.syn | FLAG.fin) ? 1 : 0;
  const next = (seq + length + virtual) >>> 0;
  const probe = (notes & NOTE.zeroWindowProbe) !== 0;
  if (!probe && (own.nextSeq === 0 || seqDiff(next, own.nextSeq) > 0)) {
    own.nextSeq = next;
    own.nextSeqNs = segment.atNs;
  }
  if (!probe && (own.maxSeqToBeAcked === 0 || seq === own.maxSeqToBeAcked)) {
    own.maxSeqToBeAcked = own.nextSeq;
  }
  own.window = segment.window;
  own.lastAck = segment.ack;
  own.lastAckNs = segment.atNs;
  own.lastNotes = notes;
}
