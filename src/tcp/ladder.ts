/**
 * The ladder of a connection: two lanes by endpoint and a rung for each segment, as data. `ladder-text.ts`,
 * `ladder-mermaid.ts` and `ladder-svg.ts` draw it.
 */
import { safeText } from '../bytes/index.ts';
import type { Connection } from './connection.ts';
import { formatEndpoint } from './endpoint.ts';
import { endsAfter, type EndState } from './ends.ts';
import { FLAG, flagNames, type Segment, type Side } from './segment.ts';

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
  /** The state of each end after this segment, where it changed. */
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
  readonly start: readonly [string, string];
  readonly rungs: readonly Rung[];
}

export interface LadderOptions {
  /** Show only the first and last so many segments, and one rung that counts the others. */
  readonly elide?: { readonly head: number; readonly tail: number };
  /** Names for the lanes, under the endpoints; `client` and `server` when absent. */
  readonly roles?: readonly [string, string];
  readonly language?: 'en' | 'zh';
  /** Remarks for a segment, such as its analysis flags. */
  readonly notesOf?: (segment: Segment) => readonly string[];
}

/** Needs a connection whose segments were kept. */
export function ladderOf(connection: Connection, options: LadderOptions = {}): Ladder {
  const { segments } = connection;
  const elide = options.elide;
  const hidden = elide === undefined ? 0 : segments.length - elide.head - elide.tail;
  // One hidden segment takes as much room as the rung that would stand for it.
  const [from, until] = elide !== undefined && hidden > 1 ? [elide.head, elide.head + hidden] : [0, 0];
  const messages = messagesByFrame(connection);
  const rungs: Rung[] = [];
  const start = startStates(connection);
  let before = start;
  segments.forEach((segment, index) => {
    const ends = endsAfter(segment);
    const now = [stateText(ends[0]), stateText(ends[1])] as const;
    if (index >= from && index < until) {
      if (index === from) rungs.push(elided(segments.slice(from, until), options.language ?? 'en'));
      before = now;
      return;
    }
    rungs.push({
      kind: 'segment',
      frame: segment.frame,
      sinceNs: segment.atNs - connection.firstNs,
      from: segment.side,
      tone: toneOf(segment),
      label: segmentLabel(segment),
      notes: [...(messages.get(segment.frame) ?? []), ...(options.notesOf?.(segment) ?? [])],
      states: [now[0] === before[0] ? undefined : now[0], now[1] === before[1] ? undefined : now[1]],
    });
    before = now;
  });
  return {
    lanes: [formatEndpoint(connection.initiator), formatEndpoint(connection.responder)],
    roles: options.roles ?? (options.language === 'zh' ? ['客户端', '服务器'] : ['client', 'server']),
    start,
    rungs,
  };
}

/** `SYN seq=0 win=64240 mss=1460`, `PSH, ACK seq=1 ack=1 len=16`: numbers relative, as in Wireshark. */
export function segmentLabel(segment: Segment): string {
  let text = `${flagNames(segment.flags)} seq=${segment.relSeq}`;
  if (segment.relAck >= 0) text += ` ack=${segment.relAck}`;
  if (segment.flags & FLAG.syn) {
    text += ` win=${segment.window}`;
    if (segment.mss >= 0) text += ` mss=${segment.mss}`;
    if (segment.windowShift >= 0) text += ` wscale=${segment.windowShift}`;
  }
  if (segment.payloadLength > 0 || !(segment.flags & FLAG.syn)) text += ` len=${segment.payloadLength}`;
  return text;
}

function startStates(connection: Connection): readonly [string, string] {
  const first = connection.segments[0];
  if (first === undefined || !(first.flags & FLAG.syn)) return ['', ''];
  if (connection.isRefused) return ['CLOSED', 'CLOSED'];
  return first.flags & FLAG.ack ? ['SYN-SENT', 'LISTEN'] : ['CLOSED', 'LISTEN'];
}

function stateText(end: EndState): string {
  return end.certainty === 'ambiguous' ? `${end.state}?` : end.state;
}

function toneOf(segment: Segment): Tone {
  if (segment.flags & FLAG.rst) return 'reset';
  if (segment.flags & FLAG.syn) return 'open';
  if (segment.flags & FLAG.fin) return 'close';
  return segment.payloadLength > 0 ? 'data' : 'ack';
}

/** A message is written at the frame that completed it. */
function messagesByFrame(connection: Connection): Map<number, string[]> {
  const byFrame = new Map<number, string[]>();
  for (const message of connection.messages) {
    const frame = message.frames.at(-1);
    if (frame === undefined) continue;
    const texts = byFrame.get(frame) ?? [];
    texts.push(safeText(message.summary));
    byFrame.set(frame, texts);
  }
  return byFrame;
}

function elided(segments: readonly Segment[], language: 'en' | 'zh'): ElidedRung {
  const bytes = [0, 0];
  const counts = [0, 0];
  for (const { side, newBytes } of segments) {
    bytes[side] = (bytes[side] ?? 0) + newBytes;
    counts[side] = (counts[side] ?? 0) + 1;
  }
  const [right, left] = counts;
  const frames = `${segments[0]?.frame ?? 0}–${segments.at(-1)?.frame ?? 0}`;
  const text =
    language === 'zh'
      ? `… 省略 ${segments.length} 个报文段(帧 ${frames}):→ ${right} 个 ${bytes[0]} 字节,← ${left} 个 ${bytes[1]} 字节 …`
      : `… ${segments.length} segments (${frames}): → ${right} with ${bytes[0]} bytes, ← ${left} with ${bytes[1]} bytes …`;
  return {
    kind: 'elided',
    firstFrame: segments[0]?.frame ?? 0,
    lastFrame: segments.at(-1)?.frame ?? 0,
    segments: segments.length,
    text,
  };
}

/** Nanoseconds as milliseconds with three decimals: what one reads off a ladder. */
export function millis(ns: number): string {
  return (ns / 1e6).toFixed(3);
}
