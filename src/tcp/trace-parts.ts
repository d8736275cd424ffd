/** What every form of a trace is made of, so that text, markdown and JSON say the same. */
import { hexdump, safeText } from '../bytes/index.ts';
import type { Analysis } from './analyser.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { ladderOf, type Ladder } from './ladder.ts';
import type { Side } from './segment.ts';
import { findingsOf, type Finding } from './verdicts.ts';
import { timelineOf, type TimelineEvent } from './timeline.ts';
import { noteNames } from './wireshark.ts';

export interface TraceOptions {
  /** Packets that the capture dropped, where that is known (tcpdump's closing line). */
  readonly drops?: number;
  /** Show only the first and last segments of a long ladder; absent: all of them. */
  readonly elide?: { readonly head: number; readonly tail: number };
  /** How many messages (or, without a protocol, bytes of each side) are shown byte by byte. */
  readonly messages?: number;
  readonly bytes?: number;
}

const MESSAGES = 8;
const BYTES = 256;

export interface ConnectionParts {
  readonly connection: Connection;
  readonly timeline: readonly TimelineEvent[];
  readonly findings: readonly Finding[];
  readonly ladder: Ladder;
  readonly dumps: readonly Dump[];
  /** Messages that are not among the dumps. */
  readonly undumped: number;
}

/** Bytes to look at: of a message, with its fields, or of a stream that no protocol explains. */
export interface Dump {
  readonly title: string;
  readonly frames: readonly number[];
  readonly dump: string;
}

export function partsOf(connection: Connection, options: TraceOptions): ConnectionParts {
  const shown = connection.messages.slice(0, options.messages ?? MESSAGES);
  const dumps =
    connection.messages.length > 0
      ? shown.map((message) => messageDump(connection, message, options.bytes ?? BYTES))
      : ([0, 1] as const).flatMap((side) => streamDump(connection, side, options.bytes ?? BYTES));
  return {
    connection,
    timeline: timelineOf(connection),
    findings: findingsOf(connection, options.drops === undefined ? {} : { drops: options.drops }),
    ladder: ladderOf(connection, {
      notesOf: noteNames,
      ...(options.elide === undefined ? {} : { elide: options.elide }),
    }),
    dumps,
    undumped: connection.messages.length - shown.length,
  };
}

export const SIDES = ['client', 'server'] as const;

function messageDump(connection: Connection, message: CitedMessage, limit: number): Dump {
  const { side, offset, length, fields } = message;
  const { bytes } = connection.directions[side].streamBytes(offset, Math.min(length, limit));
  const inside = fields.filter((field) => field.offset < bytes.length);
  const cut = length > bytes.length ? `\n(${length - bytes.length} more bytes)` : '';
  return {
    title: `${SIDES[side]}, ${message.protocol}: ${safeText(message.summary)}`,
    frames: message.frames,
    dump: hexdump(bytes, { fields: inside, base: offset }) + cut,
  };
}

function streamDump(connection: Connection, side: Side, limit: number): Dump[] {
  const direction = connection.directions[side];
  const length = direction.streamLength;
  if (length === 0) return [];
  const { bytes, missing } = direction.streamBytes(0, Math.min(length, limit));
  // A capture of headers alone has nothing to show.
  if (missing.some((gap) => gap.offset === 0 && gap.length >= bytes.length)) return [];
  const cut = length > bytes.length ? `\n(${length - bytes.length} more bytes)` : '';
  return [
    {
      title: `${SIDES[side]}, ${length} bytes of no protocol that was recognised`,
      frames: direction.framesOf(0, bytes.length),
      dump: hexdump(bytes) + cut,
    },
  ];
}

/** What the reader of any result has to know about the input first. */
export function inputNotes(analysis: Analysis, drops = 0): string[] {
  const notes = analysis.problems.map(({ text }) => safeText(text));
  if (drops > 0)
    notes.push(`the capture dropped ${drops} packets: what seems lost may only not have been captured`);
  return notes;
}

/** `2 connections, 18 TCP segments in 18 packets`. */
export function inputLine(analysis: Analysis): string {
  const { connections, tcpSegments, packets } = analysis;
  const many = connections.length === 1 ? '1 connection' : `${connections.length} connections`;
  const since =
    analysis.epochNs === undefined
      ? ''
      : `, from ${new Date(Number(analysis.epochNs / 1_000_000n)).toISOString()}`;
  return `${many}, ${tcpSegments} TCP segments in ${packets} packets${since}`;
}
