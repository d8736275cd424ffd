import { type Histogram, histogram, type WirePacket } from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { carriers, exchanges, type PhaseView } from './views.ts';

/** What one connection took, counted from the client's capture and both programs' records. */
export interface Counts {
  readonly requests: number;
  /** Calls of write() that handed requests to the kernel, and segments that carried them. */
  readonly requestWrites: number;
  readonly requestFrames: readonly number[];
  readonly answers: number;
  readonly answerWrites: number;
  readonly answerFrames: readonly number[];
  /** Segments without data whose only news is an acknowledgment, between the first request and the last answer. */
  readonly pureAcks: readonly [client: number, server: number];
  readonly retransmissions: number;
  /** Unacknowledged segments with requests just before the first segment that carries several; 0 when none does. */
  readonly heldBehind: { readonly segments: number; readonly frame: number };
  /** Most requests, and most answers, that stood in one segment. */
  readonly mostRequests: number;
  readonly mostAnswers: number;
}

export function counts(view: PhaseView): Counts | undefined {
  const wire = view.wire.client;
  if (wire === undefined) return undefined;
  const requestFrames = carriers(wire.sent, 'time.request');
  const answerFrames = carriers(wire.received, 'time.response');
  const first = Math.min(...requestFrames);
  const last = Math.max(...answerFrames);
  const { segments, directions } = wire.connection;
  const between = segments.filter(({ frame }) => frame > first && frame <= last);
  return {
    requests: wire.sent.filter(({ message }) => message.type === 'time.request').length,
    requestWrites: writesWith(view.clientWrites, view.clientApp, 'time.request'),
    requestFrames,
    answers: wire.received.filter(({ message }) => message.type === 'time.response').length,
    answerWrites: writesWith(view.serverWrites, view.serverApp, 'time.response'),
    answerFrames,
    pureAcks: [
      between.filter((segment) => isPureAck(segment, 0)).length,
      between.filter((segment) => isPureAck(segment, 1)).length,
    ],
    retransmissions: directions[0].retransmittedSegments + directions[1].retransmittedSegments,
    heldBehind: heldBehind(view, wire.connection.segments),
    mostRequests: mostIn(wire.sent, 'time.request'),
    mostAnswers: mostIn(wire.received, 'time.response'),
  };
}

/**
 * How many data segments of the client were under way when the kernel began to collect what the program wrote: the most
 * that were unacknowledged at once before the first segment that carries more than one request.
 */
function heldBehind(view: PhaseView, segments: readonly Segment[]): Counts['heldBehind'] {
  const perFrame = new Map<number, number>();
  for (const { message, frames } of view.wire.client?.sent ?? []) {
    const frame = frames.at(-1);
    if (message.type === 'time.request' && frame !== undefined)
      perFrame.set(frame, (perFrame.get(frame) ?? 0) + 1);
  }
  let underWay: number[] = [];
  let most = 0;
  for (const { frame, side, payloadLength, relSeq, relAck } of segments) {
    if (side === 1) underWay = underWay.filter((end) => end > relAck);
    else if ((perFrame.get(frame) ?? 0) > 1) return { segments: most, frame };
    else if (payloadLength > 0) {
      underWay.push(relSeq + payloadLength);
      most = Math.max(most, underWay.length);
    }
  }
  return { segments: 0, frame: 0 };
}

function isPureAck({ payloadLength, flags, side }: Segment, wanted: 0 | 1): boolean {
  return side === wanted && payloadLength === 0 && (flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0;
}

/** Each write record says how many packets it took; the packets stand in the same order. */
function writesWith(
  writes: PhaseView['clientWrites'],
  packets: PhaseView['clientApp'],
  type: string,
): number {
  const sent = packets.filter(({ record }) => record.direction === 'sent');
  let next = 0;
  let count = 0;
  for (const { record } of writes) {
    const inThisOne = sent.slice(next, next + record.packets);
    next += record.packets;
    if (inThisOne.some((packet) => packet.record.type === type)) count++;
  }
  return count;
}

/** Most packets of a type that ended in one segment. */
function mostIn(packets: readonly WirePacket[], type: string): number {
  const byFrame = new Map<number, number>();
  for (const { message, frames } of packets) {
    const frame = frames.at(-1);
    if (message.type === type && frame !== undefined) byFrame.set(frame, (byFrame.get(frame) ?? 0) + 1);
  }
  return Math.max(0, ...byFrame.values());
}

/** Answer times in milliseconds, by the client's capture and by the client's program. */
export function answerTimes(view: PhaseView): { wire: Histogram; app: Histogram } {
  const all = exchanges(view);
  return {
    wire: histogram(all.map(({ wireMs }) => wireMs)),
    app: histogram(all.flatMap(({ appMs }) => (appMs === undefined ? [] : [appMs]))),
  };
}
