/** A trace as data. Its form is in docs/trace.schema.json; `version` changes when a reader would have to. */
import { Buffer } from 'node:buffer';
import type { Analysis } from './analyser.ts';
import { completenessText } from './completeness.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { digestOf, type Digest } from './digest.ts';
import { endsAfter } from './ends.ts';
import { sackPairs } from './segment-bytes.ts';
import { flagNames, type Segment } from './segment.ts';
import type { Story } from './story.ts';
import { timelineFrom } from './timeline.ts';
import type { TraceOptions } from './trace-parts.ts';
import type { FindingTracker } from './verdicts.ts';
import { noteNames } from './wireshark.ts';

export const TRACE_JSON_VERSION = 1;

/** A value for JSON.stringify: no bigint, no undefined. Times are nanoseconds since the first packet. */
export function traceJson(analysis: Analysis, options: TraceOptions = {}): object {
  const digests = analysis.connections.map((connection) => digestOf(connection));
  return {
    version: TRACE_JSON_VERSION,
    ...openingJson(analysis.epochNs, options),
    connections: digests.map((digest) => ({
      ...connectionJson(accountOf(digest), options),
      messages: shownOf(digest.messages.shown).map(({ message }) => messageJson(message)),
      segments: shownOf(digest.log.shown).map(segmentJson),
    })),
    ...sumJson(analysis),
  };
}

/** What is known before the first connection is over. */
export function openingJson(epochNs: bigint | undefined, options: TraceOptions): object {
  return { epochNs: epochNs === undefined ? null : String(epochNs), drops: options.drops ?? null };
}

export function sumJson({ packets, tcpSegments, otherPackets, problems }: Analysis): object {
  return { packets, tcpSegments, otherPackets, problems };
}

export interface ConnectionAccount {
  readonly connection: Connection;
  readonly story: Story;
  readonly findings: FindingTracker;
  /** How many are left out between the first and the last. */
  readonly hidden: { readonly segments: number; readonly messages: number };
}

/** All but the messages and the segments. */
function connectionJson(account: ConnectionAccount, options: TraceOptions): object {
  const { head, tail } = timelineFrom(account, { language: options.language ?? 'en' });
  return {
    ...lifeJson(account),
    timeline: [...head, ...tail],
    findings: findingsJson(account, options),
  };
}

/** What there is once of a connection. */
export function lifeJson({ connection, story, hidden }: ConnectionAccount): object {
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
      gaps: direction.gaps.map(({ offset, length, acknowledged }) => ({ offset, length, acknowledged })),
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
    elided: {
      segments: hidden.segments,
      events: story.hidden,
      messages: hidden.messages,
    },
  };
}

export function findingsJson({ connection, findings }: ConnectionAccount, options: TraceOptions): object[] {
  return findings
    .findings(connection, { drops: options.drops ?? 0, language: options.language ?? 'en' })
    .map((each) => ({ ...each, side: each.side ?? null }));
}

/** Its keys are fixed; the line for people is the English one, whatever the findings speak. */
export function messageJson(message: CitedMessage): object {
  const { side, name, summary, offset, length, fields, protocol, frames, problem = null } = message;
  return { side, name, summary, offset, length, fields, protocol, frames, problem };
}

const shownOf = <T>({ head, tail }: { head: readonly T[]; tail: readonly T[] }): T[] => [...head, ...tail];

function accountOf({ connection, story, findings, log, messages }: Digest): ConnectionAccount {
  const hidden = { segments: log.shown.hidden?.segments ?? 0, messages: messages.hidden };
  return { connection, story, findings, hidden };
}

export function segmentJson(segment: Segment): object {
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
      sack: sackPairs(segment),
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
