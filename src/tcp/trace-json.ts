/** A trace as data. Its form is in docs/trace.schema.json; `version` changes when a reader would have to. */
import { Buffer } from 'node:buffer';
import type { Analysis } from './analyser.ts';
import { completenessText } from './completeness.ts';
import type { Connection } from './connection.ts';
import { endsAfter } from './ends.ts';
import { flagNames, type Segment } from './segment.ts';
import { findingsOf } from './verdicts.ts';
import { timelineOf } from './timeline.ts';
import type { TraceOptions } from './trace-parts.ts';
import { noteNames } from './wireshark.ts';

export const TRACE_JSON_VERSION = 1;

/** A value for JSON.stringify: no bigint, no undefined. Times are nanoseconds since the first packet. */
export function traceJson(analysis: Analysis, options: TraceOptions = {}): object {
  return {
    version: TRACE_JSON_VERSION,
    epochNs: analysis.epochNs === undefined ? null : String(analysis.epochNs),
    packets: analysis.packets,
    tcpSegments: analysis.tcpSegments,
    otherPackets: analysis.otherPackets,
    drops: options.drops ?? null,
    problems: analysis.problems,
    connections: analysis.connections.map((connection) => connectionJson(connection, options)),
  };
}

function connectionJson(connection: Connection, options: TraceOptions): object {
  const { handshake, close } = connection;
  return {
    id: connection.id,
    initiator: connection.initiator,
    responder: connection.responder,
    initiatorKnown: connection.initiatorKnown,
    reusesPorts: connection.reusesPorts,
    protocol: connection.protocol ?? null,
    completeness: { bits: connection.completeness, text: completenessText(connection.completeness) },
    firstNs: connection.firstNs,
    lastNs: connection.lastNs,
    handshake: { ...handshake, durationNs: handshake.durationNs ?? null },
    directions: connection.directions.map((direction) => ({
      segments: direction.segments,
      dataSegments: direction.dataSegments,
      bytes: direction.bytes,
      retransmittedSegments: direction.retransmittedSegments,
      retransmittedBytes: direction.retransmittedBytes,
      gaps: direction.gaps,
    })),
    close: {
      shape: close.shape,
      first: close.first ?? null,
      frames: close.frames,
      fins: close.fins.map((fin) => ({
        ...fin,
        ackFrame: fin.ackFrame ?? null,
        ackAtNs: fin.ackAtNs ?? null,
      })),
      resets: close.resets,
      halfClose: close.halfClose ?? null,
    },
    ends: connection.ends,
    inTimeWait: connection.inTimeWait,
    timeline: timelineOf(connection),
    findings: findingsOf(connection, options.drops === undefined ? {} : { drops: options.drops }).map(
      (finding) => ({
        ...finding,
        side: finding.side ?? null,
      }),
    ),
    messages: connection.messages.map(({ problem, ...message }) => ({
      ...message,
      problem: problem ?? null,
    })),
    segments: connection.segments.map(segmentJson),
  };
}

function segmentJson(segment: Segment): object {
  const sack: [number, number][] = [];
  for (let i = 0; i + 1 < segment.sack.length; i += 2)
    sack.push([segment.sack[i] ?? 0, segment.sack[i + 1] ?? 0]);
  return {
    frame: segment.frame,
    atNs: segment.atNs,
    side: segment.side,
    flags: flagNames(segment.flags),
    seq: segment.seq,
    ack: segment.ack,
    relativeSeq: segment.relSeq,
    relativeAck: segment.relAck < 0 ? null : segment.relAck,
    window: segment.window,
    windowBytes: segment.windowBytes < 0 ? null : segment.windowBytes,
    options: {
      mss: present(segment.mss),
      windowShift: present(segment.windowShift),
      sackPermitted: segment.sackPermitted,
      tsVal: present(segment.tsVal),
      tsEcr: present(segment.tsEcr),
      sack,
    },
    payloadLength: segment.payloadLength,
    newBytes: segment.newBytes,
    repeatsFrame: segment.repeats > 0 ? segment.repeats : null,
    payload: Buffer.from(segment.payload()).toString('base64'),
    notes: noteNames(segment),
    ends: endsAfter(segment),
  };
}

const present = (value: number): number | null => (value < 0 ? null : value);
