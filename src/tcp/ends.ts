/**
 * The state of both ends of a connection, followed from a capture.
 *
 * A capture shows what was sent; that it arrived, and what the other end became by it, is a conclusion. So each state
 * has a certainty: `proven` when the end itself has since sent something that shows it, `inferred` when a packet that
 * should bring it there was seen on its way, `ambiguous` when that packet had to be sent again, with nothing heard from
 * that end in between (a pulled cable looks like this). In the last case the state shown is the last proven one.
 */
import { FLAG, otherSide, type Segment, type Side } from './segment.ts';
import { seqDiff, seqLess } from './seq.ts';
import {
  ON_RECEIVE,
  ON_SEND,
  TCP_STATES,
  type ReceiveEvent,
  type SendEvent,
  type TcpState,
} from './states.ts';

export type Certainty = 'proven' | 'inferred' | 'ambiguous';
const CERTAINTIES = ['proven', 'inferred', 'ambiguous'] as const satisfies readonly Certainty[];

export interface EndState {
  readonly state: TcpState;
  readonly certainty: Certainty;
}

class End {
  state: TcpState = 'ESTABLISHED';
  certainty: Certainty = 'inferred';
  /** Where this end is if what last moved it never arrived. */
  before: TcpState = 'ESTABLISHED';

  synSent = false;
  synSeq = 0;
  synAcked = false;
  finSent = false;
  finSeq = 0;
  finAcked = false;
  /** Its FIN has been counted as received by the other end. */
  finArrived = false;
  /** It was sent again: only an ACK of it shows now that it arrived. */
  finDoubted = false;
  /** Highest acknowledgement it sent. */
  acked = false;
  ackSent = 0;
  windowSent = 0;

  /** State and certainty in one number, which is made anew only when they have changed. */
  get index(): number {
    if (this.state !== this.#indexed || this.certainty !== this.#indexedCertainty) {
      this.#indexed = this.state;
      this.#indexedCertainty = this.certainty;
      this.#index = TCP_STATES.indexOf(this.state) | (CERTAINTIES.indexOf(this.certainty) << 4);
    }
    return this.#index;
  }
  #indexed: TcpState | undefined;
  #indexedCertainty: Certainty | undefined;
  #index = 0;

  send(event: SendEvent): void {
    this.state = ON_SEND[this.state][event] ?? this.state;
    this.prove();
  }

  receive(event: ReceiveEvent): void {
    const next = ON_RECEIVE[this.state][event];
    if (next === undefined) return;
    this.before = this.state;
    this.state = next;
    this.certainty = 'inferred';
  }

  prove(): void {
    this.certainty = 'proven';
    this.before = this.state;
  }

  /** What should have brought it here was sent again: it may not have come. */
  doubt(): void {
    if (this.certainty === 'proven') return;
    this.state = this.before;
    this.certainty = 'ambiguous';
  }
}

export class Ends {
  readonly #ends: readonly [End, End] = [new End(), new End()];
  #begun = false;

  stateOf(side: Side): EndState {
    const { state, certainty } = this.#ends[side];
    return { state, certainty };
  }

  /** Both ends are done: nothing but a retransmission or a RST can follow. */
  get areOver(): boolean {
    return isDone(this.#ends[0].state) && isDone(this.#ends[1].state);
  }

  /** Both states in one number, for `endsAfter`. */
  get packed(): number {
    return this.#ends[0].index | (this.#ends[1].index << 8);
  }

  /**
   * Follows one segment. `arrivedUpTo` is the sequence number up to which the bytes of its sender are in the capture
   * without a hole: a FIN behind a hole is not received yet.
   */
  accept(segment: Segment, arrivedUpTo: number): void {
    const sender = this.#ends[segment.side];
    const receiver = this.#ends[otherSide(segment.side)];
    if (!this.#begun) this.#begin(segment, sender, receiver);
    const { flags } = segment;
    const hasAck = (flags & FLAG.ack) !== 0;
    if (hasAck) this.#confirm(segment, sender, receiver);
    if (flags & FLAG.rst) {
      this.#reset(segment, sender, receiver);
      return;
    }
    const ackOfSyn = hasAck && receiver.synSent && !receiver.synAcked && covers(segment.ack, receiver.synSeq);
    if (flags & FLAG.syn) this.#syn(segment, sender, receiver, ackOfSyn);
    else if (ackOfSyn) receiver.receive('ack-of-syn');
    if (ackOfSyn) receiver.synAcked = true;
    // The sender's own FIN comes before what its ACK does to the other end: both stand in one segment, but the FIN's
    // effect on the receiver follows the ACK's.
    if (flags & FLAG.fin) this.#finSent(segment, sender, receiver);
    if (hasAck && receiver.finSent && !receiver.finAcked && covers(segment.ack, receiver.finSeq)) {
      receiver.finAcked = true;
      receiver.receive('ack-of-fin');
    }
    if (sender.finSent && !sender.finArrived && !sender.finDoubted && !seqLess(arrivedUpTo, sender.finSeq)) {
      sender.finArrived = true;
      receiver.receive('fin');
    }
  }

  #begin(segment: Segment, sender: End, receiver: End): void {
    this.#begun = true;
    if (!(segment.flags & FLAG.syn)) return;
    sender.state = segment.flags & FLAG.ack ? 'LISTEN' : 'CLOSED';
    receiver.state = segment.flags & FLAG.ack ? 'SYN-SENT' : 'LISTEN';
    sender.before = sender.state;
    receiver.before = receiver.state;
    if (segment.flags & FLAG.ack) {
      receiver.synSent = true;
      receiver.synSeq = (segment.ack - 1) >>> 0;
    }
  }

  /** The sender speaks: its ACK shows what it has received, and so the state it was taken to be in. */
  #confirm(segment: Segment, sender: End, receiver: End): void {
    if (receiver.finSent && !receiver.finArrived && covers(segment.ack, receiver.finSeq)) {
      receiver.finArrived = true;
      sender.receive('fin');
    }
    const consumed = receiver.finArrived
      ? covers(segment.ack, receiver.finSeq)
      : !receiver.synSent || covers(segment.ack, receiver.synSeq);
    const repeats =
      ((segment.flags & FLAG.fin) !== 0 && sender.finSent) ||
      ((segment.flags & FLAG.syn) !== 0 && sender.synSent);
    if (consumed && !repeats) sender.prove();
    if (!sender.acked || seqDiff(segment.ack, sender.ackSent) >= 0) sender.ackSent = segment.ack;
    sender.acked = true;
    sender.windowSent = Math.max(segment.windowBytes, segment.window);
  }

  #syn(segment: Segment, sender: End, receiver: End, ackOfSyn: boolean): void {
    const again = sender.synSent && sender.synSeq === segment.seq && sender.state !== 'CLOSED';
    const hasAck = (segment.flags & FLAG.ack) !== 0;
    if (again) {
      if (!sender.synAcked) receiver.doubt();
      if (!hasAck || !sender.acked) {
        receiver.receive(ackOfSyn ? 'syn-ack' : 'syn');
        return;
      }
    }
    sender.synSent = true;
    sender.synSeq = segment.seq;
    // A listener that sends a SYN of its own accord was none: both ends open at once.
    if (!hasAck && sender.state === 'SYN-RECEIVED') sender.state = 'CLOSED';
    if (!again) sender.send(hasAck ? 'syn-ack' : 'syn');
    receiver.receive(ackOfSyn ? 'syn-ack' : 'syn');
  }

  #finSent(segment: Segment, sender: End, receiver: End): void {
    if (sender.finSent) {
      this.#finAgain(segment, sender, receiver);
      return;
    }
    sender.finSent = true;
    sender.finSeq = (segment.seq + segment.payloadLength) >>> 0;
    const crossing =
      receiver.finSent && (!(segment.flags & FLAG.ack) || !covers(segment.ack, receiver.finSeq));
    if (!crossing) {
      sender.send('fin');
      return;
    }
    // The other end's FIN was under way when this one left: simultaneous close (RFC 9293, section 3.6, figure 13).
    if (sender.state === 'CLOSE-WAIT') sender.state = sender.before;
    sender.send('fin');
    if (receiver.finArrived) sender.receive('fin');
  }

  /** Either the FIN never came, or its ACK never came back; and what its sender was taken to know, it does not. */
  #finAgain(segment: Segment, sender: End, receiver: End): void {
    if (sender.finArrived && receiver.certainty !== 'proven') {
      receiver.doubt();
      sender.finArrived = false;
      sender.finDoubted = true;
    }
    const knowsOthers = (segment.flags & FLAG.ack) !== 0 && covers(segment.ack, receiver.finSeq);
    if (receiver.finSent && receiver.finArrived && !knowsOthers) {
      receiver.finArrived = false;
      receiver.finDoubted = true;
    }
    const waiting = receiver.finSent && knowsOthers ? sender.state : 'FIN-WAIT-1';
    const acked = sender.finAcked;
    sender.finAcked = false;
    sender.state = waiting === 'CLOSED' ? 'LAST-ACK' : waiting === 'TIME-WAIT' ? 'CLOSING' : waiting;
    sender.prove();
    // The ACK was lost, or it was still on its way, or this copy had waited in a queue: the capture cannot tell.
    if (acked) sender.certainty = 'ambiguous';
  }

  #reset(segment: Segment, sender: End, receiver: End): void {
    sender.send('rst');
    sender.state = 'CLOSED';
    if (!acceptable(segment, receiver)) return;
    receiver.receive('rst');
  }
}

const isDone = (state: TcpState): boolean => state === 'CLOSED' || state === 'TIME-WAIT';

/** `packed` with the responder closed: what a capture means in hindsight when a RST refuses the connection. */
export function refusedEnds(packed: number): number {
  return (packed & 0xff) | (TCP_STATES.indexOf('CLOSED') << 8);
}

/** Whether `ack` covers the byte, SYN or FIN at `seq`. */
function covers(ack: number, seq: number): boolean {
  return seqDiff(ack, seq) > 0;
}

/**
 * Whether a RST ends the connection: in SYN-SENT it must acknowledge the SYN, elsewhere its number must lie in the
 * window (RFC 9293, sections 3.10.7.3 and 3.10.7.4).
 */
function acceptable(segment: Segment, receiver: End): boolean {
  if (receiver.state === 'SYN-SENT') {
    return (segment.flags & FLAG.ack) !== 0 && covers(segment.ack, receiver.synSeq);
  }
  if (!receiver.acked) return true;
  const distance = seqDiff(segment.seq, receiver.ackSent);
  return distance >= 0 && distance <= Math.max(receiver.windowSent, 1);
}

/** The states of initiator and responder after a segment, out of `segment.ends`. */
export function endsAfter(segment: Segment): readonly [EndState, EndState] {
  return unpackEnds(segment.ends);
}

export function unpackEnds(packed: number): readonly [EndState, EndState] {
  return [unpack(packed & 0xff), unpack(packed >> 8)];
}

function unpack(index: number): EndState {
  return { state: TCP_STATES[index & 0x0f] ?? 'CLOSED', certainty: CERTAINTIES[index >> 4] ?? 'inferred' };
}
