/** What every form of a trace is made of, so that text, markdown and JSON say the same. */
import { hexdump, safeText } from '../bytes/index.ts';
import type { Analysis } from './analyser.ts';
import { summaryIn } from './app.ts';
import type { Connection } from './connection.ts';
import { digestOf, type Digest, type DigestOptions } from './digest.ts';
import type { Finding } from './finding.ts';
import type { Edges } from './head-tail.ts';
import { ladderFrom, type Ladder } from './ladder.ts';
import { KEEP_ALL, KEEP_FOR_PAGE, type Retention } from './retention.ts';
import type { Side } from './segment.ts';
import { timelineFrom, type Timeline } from './timeline.ts';
import { noteNames } from './wireshark.ts';
import { wordsOf, type Language, type Words } from './words.ts';

export interface TraceOptions {
  /** Packets that the capture dropped, where that is known (tcpdump's closing line). */
  readonly drops?: number;
  /** Show only the first and last segments of a long ladder; absent: all of them. */
  readonly elide?: Edges;
  /** How many messages (or, without a protocol, bytes of each side) are shown byte by byte. */
  readonly messages?: number;
  readonly bytes?: number;
  readonly language?: Language;
  /** Frames that another capture shows to have been lost on their way: the ladder marks them. */
  readonly lost?: ReadonlySet<number>;
}

const MESSAGES = 8;
const BYTES = 256;

export interface ConnectionParts {
  readonly connection: Connection;
  readonly timeline: Timeline;
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

/** What a digest must keep for a page with these options. */
export function pageDigest(options: TraceOptions): DigestOptions {
  const page: Retention =
    options.elide === undefined ? KEEP_ALL : { ...KEEP_FOR_PAGE, segments: options.elide };
  const dumps = options.messages ?? MESSAGES;
  const retention = { ...page, messages: { head: dumps, tail: 0 }, payloads: false };
  return { retention, dumps, dumpBytes: options.bytes ?? BYTES };
}

/** Needs a connection whose segments were kept. */
export function partsOf(connection: Connection, options: TraceOptions): ConnectionParts {
  return partsFrom(digestOf(connection, pageDigest(options)), options);
}

export function partsFrom(digest: Digest, options: TraceOptions): ConnectionParts {
  const { connection } = digest;
  const words = wordsOf(options.language);
  const dumps =
    digest.messageCount > 0
      ? messageDumps(digest, words)
      : ([0, 1] as const).flatMap((side) => streamDump(connection, side, options.bytes ?? BYTES, words));
  const language = { language: options.language ?? 'en' };
  return {
    connection,
    timeline: timelineFrom(digest, language),
    findings: digest.findings.findings(connection, { drops: options.drops ?? 0, ...language }),
    ladder: ladderFrom(digest, {
      ...{ notesOf: noteNames, ...language },
      ...(options.lost === undefined ? {} : { lost: options.lost }),
    }),
    dumps,
    undumped: digest.messageCount > 0 ? digest.messageCount - dumps.length : 0,
  };
}

function messageDumps(digest: Digest, words: Words): Dump[] {
  return digest.messages.shown.head.flatMap(({ message, dump }) => {
    if (dump === undefined) return [];
    const { side, protocol, frames, length } = message;
    const cut = length > dump.bytes ? `\n${words.moreBytes(length - dump.bytes)}` : '';
    const title = `${words.sides[side]}, ${protocol}: ${safeText(summaryIn(message, words.language))}`;
    return [{ title, frames, dump: dump.text + cut }];
  });
}

function streamDump(connection: Connection, side: Side, limit: number, words: Words): Dump[] {
  const direction = connection.directions[side];
  const length = direction.streamLength;
  if (length === 0) return [];
  const { bytes, missing } = direction.streamBytes(0, Math.min(length, limit));
  // A capture of headers alone has nothing to show.
  if (missing.some((gap) => gap.offset === 0 && gap.length >= bytes.length)) return [];
  const cut = length > bytes.length ? `\n${words.moreBytes(length - bytes.length)}` : '';
  return [
    {
      title: `${words.sides[side]}, ${words.noProtocol(length)}`,
      frames: direction.framesOf(0, bytes.length),
      dump: hexdump(bytes) + cut,
    },
  ];
}

/** What the reader of any result has to know about the input first. */
export function inputNotes(analysis: Analysis, options: TraceOptions): string[] {
  const notes = analysis.problems.map(({ text }) => safeText(text));
  if (options.drops) notes.push(wordsOf(options.language).dropped(options.drops));
  return notes;
}

/** `2 connections, 18 TCP segments in 18 packets`; `shown` when it is not all of them. */
export function inputLine(
  analysis: Analysis,
  options: TraceOptions,
  shown = analysis.connectionCount,
): string {
  const { connectionCount, tcpSegments, packets, epochNs } = analysis;
  return wordsOf(options.language).sum(shown, connectionCount, tcpSegments, packets, dateOf(epochNs));
}

/** Of the first packet; empty without one, and when a pcapng says a time beyond the years that Date knows (±271,821). */
function dateOf(epochNs: bigint | undefined): string {
  const date = new Date(epochNs === undefined ? NaN : Number(epochNs / 1_000_000n));
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
