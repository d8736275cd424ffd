/**
 * The ladder of a connection: two lanes by endpoint and a rung for each segment, as data. `ladder-text.ts`,
 * `ladder-mermaid.ts` and `ladder-svg.ts` draw it.
 */
import type { Connection } from './connection.ts';
import { digestOf, type Digest } from './digest.ts';
import { formatEndpoint } from './endpoint.ts';
import { unpackEnds } from './ends.ts';
import { KEEP_ALL } from './retention.ts';
import { FLAG, flagNames, otherSide, type Segment, type Side } from './segment.ts';
import type { HiddenSegments } from './segment-log.ts';
import { stateText } from './timeline.ts';
import { NOTE } from './wireshark.ts';
import { wordsOf, type Language, type Words } from './words.ts';

export type Tone = 'open' | 'data' | 'ack' | 'close' | 'reset';

export interface SegmentRung {
  readonly kind: 'segment';
  readonly frame: number;
  /** Nanoseconds since the connection's first segment. */
  readonly sinceNs: number;
  readonly from: Side;
  readonly tone: Tone;
  /** `PSH, ACK seq=1 ack=1 len=16`. */
  readonly label: string;
  /** What it carried, by the application's protocol, and what stands out about it. */
  readonly notes: readonly string[];
  /** It is known not to have arrived. */
  readonly lost: boolean;
  /** The state of each end after this segment, where it is another than the one drawn last. */
  readonly states: readonly [string | undefined, string | undefined];
}

export interface ElidedRung {
  readonly kind: 'elided';
  readonly firstFrame: number;
  readonly lastFrame: number;
  readonly segments: number;
  readonly text: string;
}

export type Rung = SegmentRung | ElidedRung;

export interface Ladder {
  /** Initiator on the left. */
  readonly lanes: readonly [string, string];
  readonly roles: readonly [string, string];
  /** Over the times and the numbers of the frames. */
  readonly heads: readonly [string, string];
  readonly title: string;
  readonly start: readonly [string, string];
  readonly rungs: readonly Rung[];
}

export interface LadderOptions {
  /** Show only the first and last so many segments, and one rung that counts the others. */
  readonly elide?: { readonly head: number; readonly tail: number };
  /** Names for the lanes, under the endpoints; `client` and `server` when absent. */
  readonly roles?: readonly [string, string];
  readonly language?: Language;
  /** Remarks for a segment, such as its analysis flags. */
  readonly notesOf?: (segment: Segment) => readonly string[];
  /** Frames that another capture shows to have been lost on their way: they change nothing at their receiver. */
  readonly lost?: ReadonlySet<number>;
}

/** Needs a connection whose segments were kept. */
export function ladderOf(connection: Connection, options: LadderOptions = {}): Ladder {
  const retention = options.elide === undefined ? KEEP_ALL : { ...KEEP_ALL, segments: options.elide };
  return ladderFrom(digestOf(connection, { retention, dumps: 0, dumpBytes: 0 }), options);
}

/** How much is shown is what the digest has kept. */
export function ladderFrom(digest: Digest, options: Omit<LadderOptions, 'elide'> = {}): Ladder {
  const { connection } = digest;
  const words = wordsOf(options.language);
  const { head, hidden, tail } = digest.log.shown;
  const rungs: Rung[] = [];
  const start = startStates(connection, head[0]);
  let before: readonly [string, string] = start;
  const closed = [false, false];
  const arrivals = new Arrivals(options.lost ?? new Set());
  const draw = (segment: Segment): void => {
    const now = arrivals.states(segment, before);
    const lost = options.lost?.has(segment.frame) ?? false;
    const shut = (segment.notes & NOTE.zeroWindow) !== 0;
    const opens = closed[segment.side] === true && !shut && segment.windowBytes > 0;
    closed[segment.side] = shut || (closed[segment.side] === true && !opens);
    rungs.push({
      kind: 'segment',
      frame: segment.frame,
      sinceNs: segment.atNs - connection.firstNs,
      from: segment.side,
      tone: toneOf(segment),
      label: segmentLabel(segment, opens),
      lost,
      notes: [
        ...(lost ? [words.lost] : []),
        ...(digest.messagesOf(segment.frame)?.lines(words) ?? []),
        ...(options.notesOf?.(segment) ?? []),
      ],
      states: [now[0] === before[0] ? undefined : now[0], now[1] === before[1] ? undefined : now[1]],
    });
    before = now;
  };
  head.forEach(draw);
  // What changed while nothing was drawn stands at the first segment behind it.
  if (hidden !== undefined) rungs.push(elided(hidden, words));
  tail.forEach(draw);
  const lanes = [formatEndpoint(connection.initiator), formatEndpoint(connection.responder)] as const;
  return {
    lanes,
    roles: options.roles ?? words.sides,
    heads: words.ladderHeads,
    title: words.ladderTitle(...lanes),
    start,
    rungs,
  };
}

/**
 * `SYN seq=0 win=64240 mss=1460`, `PSH, ACK seq=1 ack=1 len=16`: numbers relative, as in Wireshark. A window is told when
 * it closes, and where it opens again.
 */
export function segmentLabel(segment: Segment, opens = false): string {
  let text = `${flagNames(segment.flags)} seq=${shownSeq(segment)}`;
  if (segment.relAck >= 0) text += ` ack=${segment.relAck}`;
  if (segment.flags & FLAG.syn) {
    text += ` win=${segment.window}`;
    if (segment.mss >= 0) text += ` mss=${segment.mss}`;
    if (segment.windowShift >= 0) text += ` wscale=${segment.windowShift}`;
  } else if (segment.notes & NOTE.zeroWindow) text += ' win=0';
  else if (opens) text += ` win=${segment.windowBytes}`;
  if (segment.payloadLength > 0 || !(segment.flags & FLAG.syn)) text += ` len=${segment.payloadLength}`;
  return text;
}

/**
 * A RST that answers a segment without an ACK has sequence number 0, there being no connection to take one from (RFC 9293,
 * section 3.5.2); relative to what it is Wireshark's 1 would stand to, nobody can say.
 */
export const shownSeq = ({ flags, seq, relSeq }: Segment): number =>
  flags & FLAG.rst && seq === 0 ? 0 : relSeq;

/**
 * The states that `Ends` follows take every segment for received. An end that a lost one would have moved stays where it
 * was, until something that moves it does arrive.
 */
class Arrivals {
  readonly #lost: ReadonlySet<number>;
  readonly #stays: [string | undefined, string | undefined] = [undefined, undefined];

  constructor(lost: ReadonlySet<number>) {
    this.#lost = lost;
  }

  states(
    { frame, side, flags, ends }: Segment,
    before: readonly [string, string],
  ): readonly [string, string] {
    const now = statesOf(ends);
    const receiver = otherSide(side);
    if (this.#lost.has(frame)) {
      if (now[receiver] !== before[receiver]) this.#stays[receiver] ??= before[receiver];
    } else if (flags & (FLAG.syn | FLAG.fin | FLAG.rst)) this.#stays[receiver] = undefined;
    return [this.#stays[0] ?? now[0], this.#stays[1] ?? now[1]];
  }
}

function startStates(connection: Connection, first: Segment | undefined): readonly [string, string] {
  if (first === undefined || !(first.flags & FLAG.syn)) return ['', ''];
  if (connection.isRefused) return ['CLOSED', 'CLOSED'];
  return first.flags & FLAG.ack ? ['SYN-SENT', 'LISTEN'] : ['CLOSED', 'LISTEN'];
}

function statesOf(packed: number): readonly [string, string] {
  const [initiator, responder] = unpackEnds(packed);
  return [stateText(initiator), stateText(responder)];
}

function toneOf(segment: Segment): Tone {
  if (segment.flags & FLAG.rst) return 'reset';
  if (segment.flags & FLAG.syn) return 'open';
  if (segment.flags & FLAG.fin) return 'close';
  return segment.payloadLength > 0 ? 'data' : 'ack';
}

function elided(hidden: HiddenSegments, words: Words): ElidedRung {
  const { segments, firstFrame, lastFrame, counts, bytes } = hidden;
  const text = words.hiddenSegments(segments, firstFrame, lastFrame, counts, bytes);
  return { kind: 'elided', firstFrame, lastFrame, segments, text };
}
