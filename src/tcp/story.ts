/**
 * What happened in a connection, one event for each thing worth a sentence, gathered segment by segment. Sentences are
 * made at the end (`timeline.ts`), because what comes later changes what is to be said: a RST that refuses the connection,
 * a protocol that is recognised only by the answer.
 */
import type { AppMessage } from './app.ts';
import type { Connection } from './connection.ts';
import { refusedEnds } from './ends.ts';
import { FrameList } from './frame-list.ts';
import { HeadTail, type Shown } from './head-tail.ts';
import { MessageGroup } from './message-group.ts';
import type { Retention } from './retention.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import { NOTE } from './wireshark.ts';

export type SpecialKind =
  'rst' | 'syn' | 'syn-ack' | 'fin' | 'handshake-ack' | 'fin-ack' | 'zero-window' | 'window-update' | 'probe';

/** A segment that gets a sentence of its own. */
export interface SpecialEvent {
  readonly kind: 'special';
  readonly what: SpecialKind;
  readonly side: Side;
  readonly frame: number;
  readonly atNs: number;
  readonly again: boolean;
  readonly bytes: number;
  /** For a FIN: it also acknowledges the other side's. */
  readonly acksOther: boolean;
  readonly windowBytes: number;
  /** Packed states before (-1: none) and after, as in `segment.ends`. */
  before: number;
  after: number;
}

/** Data of one side, until the other side's data or a special event ends it. */
export interface RunEvent {
  readonly kind: 'run';
  readonly side: Side;
  readonly atNs: number;
  readonly frames: FrameList;
  readonly messages: MessageGroup;
  bytes: number;
  again: number;
  /** The bytes themselves while they are few. */
  text: Uint8Array | undefined;
}

export type StoryEvent = SpecialEvent | RunEvent;

const SHORT_TEXT = 80;
const NO_BYTES = new Uint8Array(0);
const AGAIN = NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission;

export class Story {
  readonly #events: HeadTail<StoryEvent>;
  readonly #frames: number;
  #run: RunEvent | undefined;
  #ends = -1;

  constructor(retention: Retention) {
    this.#events = new HeadTail(retention.events);
    this.#frames = retention.frames;
  }

  get shown(): Shown<StoryEvent> {
    return this.#events.shown;
  }

  get hidden(): number {
    return this.#events.hidden;
  }

  /** `messages`: those that the segment completed. */
  accept(connection: Connection, segment: Segment, messages: readonly AppMessage[]): void {
    const what = specialKind(connection, segment);
    if (what !== undefined) {
      this.#run = undefined;
      this.#events.push(special(connection, segment, what, this.#ends));
    } else if (segment.payloadLength > 0) this.#data(segment, messages.length > 0);
    this.#ends = segment.ends;
    for (const message of messages) this.message(segment.frame, message);
  }

  /** A message whose last frame may be long past: the run that has the frame tells of it, if it is still kept. */
  message(frame: number, message: AppMessage): void {
    if (this.#run !== undefined && holds(this.#run, frame, message)) return;
    for (const event of this.#events.latestFirst())
      if (event.kind === 'run' && holds(event, frame, message)) return;
  }

  /** A RST refused the connection: the responder never was in SYN-RECEIVED. */
  refuse(): void {
    if (this.#ends >= 0) this.#ends = refusedEnds(this.#ends);
    for (const event of this.#events.latestFirst()) {
      if (event.kind !== 'special') continue;
      if (event.before >= 0) event.before = refusedEnds(event.before);
      event.after = refusedEnds(event.after);
    }
  }

  #data(segment: Segment, explained: boolean): void {
    let run = this.#run;
    if (run?.side !== segment.side) {
      run = {
        kind: 'run',
        side: segment.side,
        atNs: segment.atNs,
        frames: new FrameList(this.#frames),
        messages: new MessageGroup(),
        bytes: 0,
        again: 0,
        text: NO_BYTES,
      };
      this.#run = run;
      this.#events.push(run);
    }
    run.frames.add(segment.frame);
    run.bytes += segment.newBytes;
    if (segment.newBytes < segment.payloadLength) run.again++;
    // Where a protocol says what the bytes mean nobody asks for them.
    if (explained) run.text = undefined;
    else if (run.text !== undefined) run.text = longer(run.text, segment);
  }
}

function holds(run: RunEvent, frame: number, message: AppMessage): boolean {
  const first = run.frames.first;
  if (run.side !== message.side || frame < first || frame > run.frames.last) return false;
  run.messages.add(message);
  return true;
}

/** A short text that came in order and whole. */
function longer(text: Uint8Array, segment: Segment): Uint8Array | undefined {
  const { newBytes, payloadLength, payloadCaptured } = segment;
  if (newBytes === 0) return text;
  if (newBytes < payloadLength || payloadCaptured < payloadLength) return undefined;
  if (text.length + newBytes > SHORT_TEXT) return undefined;
  const joined = new Uint8Array(text.length + newBytes);
  joined.set(text);
  joined.set(segment.payload(), text.length);
  return joined;
}

function special(connection: Connection, segment: Segment, what: SpecialKind, before: number): SpecialEvent {
  return {
    kind: 'special',
    what,
    side: segment.side,
    frame: segment.frame,
    atNs: segment.atNs,
    again: (segment.notes & AGAIN) !== 0,
    bytes: segment.payloadLength,
    acksOther: connection.firstToAckFin(segment),
    windowBytes: segment.windowBytes,
    before,
    after: segment.ends,
  };
}

function specialKind(connection: Connection, segment: Segment): SpecialKind | undefined {
  const { flags, notes } = segment;
  if (flags & FLAG.rst) return 'rst';
  if (flags & FLAG.syn) return flags & FLAG.ack ? 'syn-ack' : 'syn';
  if (flags & FLAG.fin) return 'fin';
  if (segment.frame === connection.handshakeAckFrame && segment.payloadLength === 0) return 'handshake-ack';
  // An ACK of the FIN that carries data is told with its data.
  if (connection.firstToAckFin(segment) && segment.payloadLength === 0) return 'fin-ack';
  if (notes & NOTE.zeroWindow && segment.payloadLength === 0) return 'zero-window';
  if (notes & NOTE.windowUpdate) return 'window-update';
  if (notes & (NOTE.keepAlive | NOTE.zeroWindowProbe)) return 'probe';
  return undefined;
}
