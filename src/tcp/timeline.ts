/** A connection told in sentences, one for each thing that happened, with the frames that show it. */
import { safeText } from '../bytes/index.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { formatEndpoint } from './endpoint.ts';
import { endsAfter } from './ends.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import { NOTE } from './wireshark.ts';

export interface TimelineEvent {
  /** Nanoseconds since the connection's first segment. */
  readonly sinceNs: number;
  readonly frames: readonly number[];
  readonly side: Side;
  readonly text: string;
}

export interface TimelineOptions {
  readonly roles?: readonly [string, string];
}

const SHORT_TEXT = 80;

type Run = { side: Side; first: Segment; frames: number[]; bytes: number; again: number };

/** Needs a connection whose segments were kept. */
export function timelineOf(connection: Connection, options: TimelineOptions = {}): TimelineEvent[] {
  const roles = options.roles ?? ['the client', 'the server'];
  const events: TimelineEvent[] = [];
  const messages = groupByLastFrame(connection.messages);
  let run: Run | undefined;
  let states = ['', ''];
  const say = (segment: Segment, frames: readonly number[], text: string): void => {
    events.push({ sinceNs: segment.atNs - connection.firstNs, frames, side: segment.side, text });
  };
  const flush = (): void => {
    if (run !== undefined && run.frames.length > 0)
      say(run.first, run.frames, runText(connection, run, roles, messages));
    run = undefined;
  };
  for (const segment of connection.segments) {
    const who = roles[segment.side];
    const ends = endsAfter(segment).map(({ state, certainty }) =>
      certainty === 'ambiguous' ? `${state}?` : state,
    );
    const special = specialText(connection, segment, who);
    if (special !== undefined) {
      flush();
      const changed = [0, 1]
        .filter((side) => ends[side] !== states[side])
        .map((side) => `${roles[side]} is in ${ends[side]}`);
      const after = changed.length > 0 ? `; after it ${changed.join(', ')}` : '';
      say(segment, [segment.frame], `${special}${after}`);
    } else if (segment.payloadLength > 0) {
      if (run?.side !== segment.side) {
        flush();
        run = { side: segment.side, first: segment, frames: [], bytes: 0, again: 0 };
      }
      run.frames.push(segment.frame);
      run.bytes += segment.newBytes;
      if (segment.newBytes < segment.payloadLength) run.again++;
    }
    states = ends;
  }
  flush();
  return events;
}

/** Segments that get a sentence of their own. */
function specialText(connection: Connection, segment: Segment, who: string): string | undefined {
  const { flags, notes } = segment;
  const { handshake, close } = connection;
  const again = notes & (NOTE.retransmission | NOTE.spuriousRetransmission) ? ' again' : '';
  if (flags & FLAG.rst) return `${who} sends a RST`;
  if (flags & FLAG.syn) {
    const syn = flags & FLAG.ack ? 'answers with SYN-ACK' : 'sends a SYN';
    return `${who} ${syn}${again}`;
  }
  if (flags & FLAG.fin) {
    const data = segment.payloadLength > 0 ? ` with ${segment.payloadLength} bytes of data` : '';
    const acks = close.fins.some((fin) => fin.side !== segment.side && fin.ackFrame === segment.frame);
    return `${who} sends a FIN${again}${data}${acks ? ', which also acknowledges the other’s FIN' : ''}`;
  }
  if (segment.frame === handshake.ack && segment.payloadLength === 0) {
    return `${who} acknowledges: the handshake took ${millisText(handshake.durationNs ?? 0)}`;
  }
  if (close.fins.some((fin) => fin.ackFrame === segment.frame)) return `${who} acknowledges the FIN`;
  if (notes & NOTE.zeroWindow) return `${who} says that its buffer is full (window 0)`;
  if (notes & NOTE.windowUpdate) return `${who} opens its window to ${segment.windowBytes} bytes`;
  if (notes & NOTE.keepAlive) return `${who} probes (keep-alive or zero-window probe)`;
  return undefined;
}

function runText(
  connection: Connection,
  run: Run,
  roles: readonly [string, string],
  messages: Map<number, CitedMessage[]>,
): string {
  const count = run.frames.length === 1 ? 'one segment' : `${run.frames.length} segments`;
  const again = run.again > 0 ? `, ${run.again} of them repeating bytes` : '';
  const carried = run.frames.flatMap((frame) =>
    (messages.get(frame) ?? []).filter(({ side }) => side === run.side),
  );
  const shown = carried.slice(0, 3).map(({ summary }) => safeText(summary));
  if (carried.length > shown.length) shown.push(`and ${carried.length - shown.length} more`);
  const what = shown.length > 0 ? `: ${shown.join('; ')}` : preview(connection, run);
  return `${roles[run.side]} sends ${run.bytes} bytes in ${count}${again}${what}`;
}

/** A short text that no protocol explains is shown as it is. */
function preview(connection: Connection, { side, first, bytes }: Run): string {
  const offset = first.relSeq - 1;
  if (bytes > SHORT_TEXT || offset < 0) return '';
  const data = connection.directions[side].streamBytes(offset, bytes);
  if (data.missing.length > 0) return '';
  try {
    return `: “${safeText(new TextDecoder('utf-8', { fatal: true }).decode(data.bytes))}”`;
  } catch {
    // Not text: the hexdump has it.
    return '';
  }
}

function groupByLastFrame(messages: readonly CitedMessage[]): Map<number, CitedMessage[]> {
  const groups = new Map<number, CitedMessage[]>();
  for (const message of messages) {
    const frame = message.frames.at(-1);
    if (frame === undefined) continue;
    const group = groups.get(frame);
    if (group === undefined) groups.set(frame, [message]);
    else group.push(message);
  }
  return groups;
}

const millisText = (ns: number): string => `${(ns / 1e6).toFixed(3)} ms`;

/** `1`, `1, 2` or `1-17`: frames as people write them. */
export function framesText(frames: readonly number[]): string {
  const sorted = [...new Set(frames)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const start = i;
    while (i + 1 < sorted.length && (sorted[i + 1] ?? 0) === (sorted[i] ?? 0) + 1) i++;
    parts.push(i - start > 1 ? `${sorted[start]}-${sorted[i]}` : sorted.slice(start, i + 1).join(', '));
  }
  return parts.length > 12 ? `${parts.slice(0, 12).join(', ')} and more` : parts.join(', ');
}

/** One line about a connection: who, with whom, how many segments and bytes. */
export function headline(connection: Connection): string {
  const [out, back] = connection.directions;
  const guess = connection.initiatorKnown ? '' : ' (who opened it is a guess from the ports)';
  return (
    `${formatEndpoint(connection.initiator)} → ${formatEndpoint(connection.responder)}${guess}: ` +
    `${out.segments + back.segments} segments, ${out.bytes} bytes →, ${back.bytes} bytes ←`
  );
}
