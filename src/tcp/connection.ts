/**
 * One TCP connection of the capture: both directions, the state of both ends, how it began and how it ended.
 * `Analyser` makes connections and feeds them; others read them.
 */
import { AppFeed } from './app-feed.ts';
import type { AppMessage, AppProtocol } from './app.ts';
import { CloseTracker, type Close } from './close.ts';
import { COMPLETENESS } from './completeness.ts';
import { Direction } from './direction.ts';
import { Ends, refusedEnds, type EndState } from './ends.ts';
import type { Endpoint } from './endpoint.ts';
import { FourTuple } from './four-tuple.ts';
import { WiresharkAnalysis } from './wireshark.ts';
import { FLAG, otherSide, type Segment, type Side } from './segment.ts';

/** A message, and the frames that carried it. */
export interface CitedMessage extends AppMessage {
  readonly protocol: string;
  readonly frames: readonly number[];
}

/** The frames of the three-way handshake; 0 for one that the capture does not have. */
export interface Handshake {
  readonly syn: number;
  readonly synAck: number;
  readonly ack: number;
  readonly complete: boolean;
  /** Both sides sent a SYN without having seen the other's (RFC 9293, section 3.5, figure 7). */
  readonly simultaneous: boolean;
  /** From the SYN to the ACK that ends the handshake, in nanoseconds. */
  readonly durationNs: number | undefined;
}

export interface ConnectionOptions {
  readonly keep: boolean;
  readonly protocols: readonly AppProtocol[];
  readonly serverPort: number | undefined;
  readonly onMessage: ((connection: Connection, message: CitedMessage) => void) | undefined;
}

export class Connection {
  /** Wireshark's `tcp.stream`: connections are numbered from 0 as they appear. */
  readonly id: number;
  readonly tuple: FourTuple;
  /** False when the capture has no SYN and the initiator is a guess from the port numbers. */
  readonly initiatorKnown: boolean;
  /** The first SYN used the four-tuple of an earlier connection again. */
  readonly reusesPorts: boolean;
  /** What the initiator sent, and what the responder sent. */
  readonly directions: readonly [Direction, Direction];
  /** Every segment, in the order of the capture; empty when the analysis keeps nothing. */
  readonly segments: Segment[] = [];
  readonly messages: CitedMessage[] = [];
  /** Bits of `COMPLETENESS`. */
  completeness = 0;
  firstFrame = 0;
  lastFrame = 0;
  firstNs = 0;
  lastNs = 0;

  readonly #options: ConnectionOptions;
  readonly #feed: AppFeed | undefined;
  readonly #ends = new Ends();
  readonly #close = new CloseTracker();
  readonly #wireshark = new WiresharkAnalysis();
  #synNs = 0;
  #handshakeAck = 0;
  #handshakeAckNs = 0;
  #crossedSyns = false;
  #ended = false;

  /** `first` is the segment that opened it; `initiator` is 0 when its sender is the initiator. */
  constructor(id: number, first: Segment, reusesPorts: boolean, options: ConnectionOptions) {
    this.id = id;
    this.reusesPorts = reusesPorts;
    this.#options = options;
    this.initiatorKnown = (first.flags & FLAG.syn) !== 0;
    this.tuple = new FourTuple(first, options.serverPort);
    this.#feed =
      options.protocols.length === 0
        ? undefined
        : new AppFeed(options.protocols, this.tuple.ports, (message) => this.#message(message));
    this.directions = [
      new Direction(0, options.keep, this.#feed),
      new Direction(1, options.keep, this.#feed),
    ];
    this.firstFrame = first.frame;
    this.firstNs = first.atNs;
  }

  get initiator(): Endpoint {
    return this.tuple.endpoint(0);
  }

  get responder(): Endpoint {
    return this.tuple.endpoint(1);
  }

  endpoint(side: Side): Endpoint {
    return this.tuple.endpoint(side);
  }

  /** Whether `segments` and `messages` hold what came. */
  get keeps(): boolean {
    return this.#options.keep;
  }

  /** Name of the application protocol that was recognised. */
  get protocol(): string | undefined {
    return this.#feed?.protocol;
  }

  get handshake(): Handshake {
    const [forward, backward] = this.directions;
    const syn = forward.synFrame;
    const synAck = backward.synFrame;
    const ack = this.#handshakeAck;
    const complete = syn !== 0 && synAck !== 0 && ack !== 0;
    const durationNs = complete ? this.#handshakeAckNs - this.#synNs : undefined;
    return { syn, synAck, ack, complete, simultaneous: this.#crossedSyns, durationNs };
  }

  /** The frame of the ACK that ends the handshake, 0 while there is none. */
  get handshakeAckFrame(): number {
    return this.#handshakeAck;
  }

  /** From the SYN to the ACK that ends the handshake; 0 where the capture does not have both. */
  get roundTripNs(): number {
    if (this.#handshakeAck === 0 || this.directions[0].synFrame === 0) return 0;
    return this.#handshakeAckNs - this.#synNs;
  }

  /** Whether this segment, the latest one, is the first that acknowledges the other side's FIN. */
  firstToAckFin(segment: Segment): boolean {
    return this.#close.firstToAckFin(segment);
  }

  get close(): Close {
    return this.#close.close;
  }

  /** The states after the last segment, initiator first. */
  get ends(): readonly [EndState, EndState] {
    return [this.#ends.stateOf(0), this.#ends.stateOf(1)];
  }

  /** The sides that the capture leaves in TIME-WAIT. */
  get inTimeWait(): readonly Side[] {
    return ([0, 1] as const).filter((side) => this.#ends.stateOf(side).state === 'TIME-WAIT');
  }

  /** A RST answered the SYN. */
  get isRefused(): boolean {
    return this.directions[1].synFrame === 0 && this.#close.isRefused;
  }

  /** A RST may still show that the connection was refused. */
  get mayBeRefused(): boolean {
    return this.directions[1].synFrame === 0 && this.#close.mayBeRefused;
  }

  /** Nothing but a retransmission or a RST can follow. */
  get isOver(): boolean {
    return this.#ends.areOver;
  }

  /** From which side a segment with these addresses and ports is; -1: it is of another connection. */
  sideOf(segment: Segment): Side | -1 {
    return this.tuple.sideOf(segment);
  }

  /** Takes the next segment; `segment.side` is set. Fills in what the segment means in its connection. */
  accept(segment: Segment): void {
    const own = this.directions[segment.side];
    const other = this.directions[otherSide(segment.side)];
    const { flags } = segment;
    const hasAck = (flags & FLAG.ack) !== 0;
    // A SYN that took the ports of an earlier connection, or a SYN-ACK that gives its side another beginning.
    const reused =
      segment.frame === this.firstFrame
        ? this.reusesPorts
        : own.hasBase && isSynAck(segment) && segment.seq !== own.baseSeq;
    this.lastFrame = segment.frame;
    this.lastNs = segment.atNs;
    if (!own.hasBase) own.setBase(flags & FLAG.syn ? segment.seq : (segment.seq - 1) >>> 0);
    else if (isSynAck(segment) && segment.seq !== own.baseSeq) own.setBase(segment.seq);
    if (!other.hasBase && hasAck) other.setBase((segment.ack - 1) >>> 0);
    segment.relSeq = (segment.seq - own.baseSeq) >>> 0;
    segment.relAck = hasAck ? (segment.ack - other.baseSeq) >>> 0 : -1;
    if (flags & FLAG.syn) this.#syn(segment, own, other);
    segment.windowBytes = this.#wireshark.windowBytes(segment);
    this.#wireshark.accept(segment, reused);
    own.accept(segment);
    if (hasAck && !(flags & FLAG.rst)) other.acknowledged(segment.ack);
    if (this.#handshakeAck === 0 && segment.side === 0) this.#endsHandshake(segment, other);
    this.#ends.accept(segment, own.nextSeq);
    this.#close.accept(segment);
    segment.ends = this.#ends.packed;
    this.#complete(segment);
    segment.completeness = this.completeness;
    if (this.#options.keep) this.segments.push(segment);
    if (flags & FLAG.rst && this.isRefused) {
      // There was no listener, so the responder was never in SYN-RECEIVED.
      for (const earlier of this.segments) earlier.ends = refusedEnds(earlier.ends);
    }
  }

  /** No more segments come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.directions[0].end();
    this.directions[1].end();
  }

  #syn(segment: Segment, own: Direction, other: Direction): void {
    if (segment.windowShift >= 0) own.windowShift = segment.windowShift;
    if (own.synFrame === 0) {
      if (segment.side === 0) this.#synNs = segment.atNs;
      else if (!(segment.flags & FLAG.ack) && other.synFrame !== 0) this.#crossedSyns = true;
    }
  }

  #endsHandshake(segment: Segment, other: Direction): void {
    if (other.synFrame === 0 || segment.flags & FLAG.rst || segment.relAck < 1) return;
    this.#handshakeAck = segment.frame;
    this.#handshakeAckNs = segment.atNs;
  }

  /** Wireshark's rules: a SYN counts only where it opens the conversation, a FIN only with an ACK. */
  #complete(segment: Segment): void {
    const { flags } = segment;
    const synAck = flags & (FLAG.syn | FLAG.ack);
    if (segment.frame === this.firstFrame && synAck === FLAG.syn) {
      this.completeness |= COMPLETENESS.syn;
      if (segment.payloadLength > 0 && !this.reusesPorts) this.completeness |= COMPLETENESS.data;
    }
    if (synAck === (FLAG.syn | FLAG.ack)) this.completeness |= COMPLETENESS.synAck;
    if (synAck === FLAG.ack) {
      this.completeness |= segment.payloadLength > 0 ? COMPLETENESS.data : COMPLETENESS.ack;
    }
    if ((flags & (FLAG.fin | FLAG.ack)) === (FLAG.fin | FLAG.ack)) this.completeness |= COMPLETENESS.fin;
    if (flags & FLAG.rst) this.completeness |= COMPLETENESS.rst;
  }

  #message(message: AppMessage): void {
    const direction = this.directions[message.side];
    const { side, name, summary, summaryZh, offset, length, fields, problem } = message;
    const protocol = this.#feed?.protocol ?? '';
    const frames = direction.framesOf(offset, length);
    const whole: CitedMessage = { side, name, summary, offset, length, fields, protocol, frames };
    const told: CitedMessage = summaryZh === undefined ? whole : { ...whole, summaryZh };
    const cited: CitedMessage = problem === undefined ? told : { ...told, problem };
    if (this.#options.keep) this.messages.push(cited);
    this.#options.onMessage?.(this, cited);
    direction.release(offset + length);
  }
}

function isSynAck(segment: Segment): boolean {
  return (segment.flags & (FLAG.syn | FLAG.ack)) === (FLAG.syn | FLAG.ack);
}
