/**
 * What a connection shows, each statement with the frames it rests on, how sure it is, the rule by which it was found and
 * the section that has the rule. Wireshark's notes are among them; `delays.ts`, `ending.ts` and this file add what
 * Wireshark has no name for.
 */
import type { Connection } from './connection.ts';
import { delayVerdicts } from './delays.ts';
import type { Certainty } from './ends.ts';
import { endingVerdicts } from './ending.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import { NOTE } from './wireshark.ts';

export interface Finding {
  /** Machine-readable name: `delayed-ack`. */
  readonly kind: string;
  readonly certainty: Certainty;
  /** Whose doing it is. */
  readonly side: Side | undefined;
  readonly frames: readonly number[];
  /** One sentence for people. */
  readonly text: string;
  /** How it was decided. */
  readonly rule: string;
  /** Where the rule stands. */
  readonly source: string;
}

export interface FindingOptions {
  /** Packets that the capture is known to have dropped: what rests on a packet's absence is no longer proven. */
  readonly drops?: number;
}

/** Needs a connection whose segments were kept. */
export function findingsOf(connection: Connection, options: FindingOptions = {}): Finding[] {
  const findings = [
    ...openingFindings(connection),
    ...noteFindings(connection),
    ...delayVerdicts(connection),
    ...endingVerdicts(connection),
  ];
  const blind = (options.drops ?? 0) > 0;
  return findings
    .map((finding) =>
      blind && finding.certainty === 'proven' && restsOnAbsence(finding) ? lowered(finding) : finding,
    )
    .sort((a, b) => (a.frames[0] ?? 0) - (b.frames[0] ?? 0));
}

/** Kinds that say that something was not there; a dropped packet may have been it. */
const ABSENCE = new Set([
  'late-start',
  'syn-unanswered',
  'lost-segment',
  'acked-unseen',
  'open-end',
  'close',
]);
const restsOnAbsence = ({ kind }: Finding): boolean => ABSENCE.has(kind);
const lowered = (finding: Finding): Finding => ({
  ...finding,
  certainty: 'inferred',
  rule: `${finding.rule}; the capture dropped packets`,
});

function openingFindings(connection: Connection): Finding[] {
  const { handshake } = connection;
  const base = { side: undefined, rule: 'SYN, SYN-ACK and the ACK that covers the SYN-ACK' };
  const source = 'RFC 9293, section 3.5';
  if (handshake.simultaneous) {
    const frames = [handshake.syn, handshake.synAck];
    const text = 'both ends sent a SYN before they had the other’s: a simultaneous open';
    return [
      {
        ...base,
        kind: 'simultaneous-open',
        certainty: 'proven',
        frames,
        text,
        rule: 'two crossing SYNs',
        source,
      },
    ];
  }
  if (handshake.complete) {
    const frames = [handshake.syn, handshake.synAck, handshake.ack];
    return [
      {
        ...base,
        kind: 'handshake',
        certainty: 'proven',
        frames,
        text: 'the three-way handshake is complete',
        source,
      },
    ];
  }
  const syns = connection.segments.filter(({ flags }) => (flags & 0x12) === 0x02);
  if (handshake.synAck === 0 && syns.length > 0 && connection.close.resets.length === 0) {
    const often = syns.length === 1 ? 'once' : `${syns.length} times`;
    const text = `the SYN was sent ${often} and nothing came back`;
    const frames = syns.map(({ frame }) => frame);
    return [
      {
        ...base,
        side: 0,
        kind: 'syn-unanswered',
        certainty: 'proven',
        frames,
        text,
        rule: 'no SYN-ACK and no RST',
        source,
      },
    ];
  }
  if (handshake.syn !== 0) return [];
  const text =
    'the capture begins in the middle: what was before is not known, nor who opened it or the window’s scale';
  const frames = [connection.firstFrame];
  const rule = 'the first segment has no SYN';
  return [{ ...base, side: undefined, kind: 'late-start', certainty: 'proven', frames, text, rule, source }];
}

type NoteRule = readonly [bit: number, kind: string, certainty: Certainty, text: string, source: string];

/** Wireshark's notes in sentences; `N` is how many. Why each is not more certain: they are rules of thumb on one place. */
const NOTES: readonly NoteRule[] = [
  [NOTE.retransmission, 'retransmission', 'inferred', 'N sent again', 'RFC 6298, section 5'],
  [
    NOTE.fastRetransmission,
    'fast-retransmission',
    'inferred',
    'N sent again after duplicate ACKs',
    'RFC 5681, section 3.2',
  ],
  [
    NOTE.spuriousRetransmission,
    'spurious-retransmission',
    'proven',
    'N sent again though already acknowledged',
    'RFC 9293, section 3.10.7.4',
  ],
  [NOTE.outOfOrder, 'out-of-order', 'inferred', 'N came out of order', 'RFC 9293, section 3.4'],
  [
    NOTE.lostSegment,
    'lost-segment',
    'inferred',
    'bytes before N are not in the capture: lost, or not captured',
    'RFC 9293, section 3.4',
  ],
  [
    NOTE.ackedLostSegment,
    'acked-unseen',
    'proven',
    'N acknowledges bytes that the capture does not have',
    'RFC 9293, section 3.4',
  ],
  [NOTE.duplicateAck, 'duplicate-ack', 'proven', 'N repeats the ACK before it', 'RFC 5681, section 2'],
  [NOTE.zeroWindow, 'zero-window', 'proven', 'N says: no more, my buffer is full', 'RFC 9293, section 3.8.6'],
  [
    NOTE.windowFull,
    'window-full',
    'proven',
    'N fills the receiver’s window to its edge',
    'RFC 9293, section 3.8.6',
  ],
  [NOTE.windowUpdate, 'window-update', 'proven', 'N only changes the window', 'RFC 9293, section 3.8.6'],
  [
    NOTE.zeroWindowProbe,
    'zero-window-probe',
    'proven',
    'N asks with one byte whether the window has opened',
    'RFC 9293, section 3.8.6.1',
  ],
  [NOTE.keepAliveAck, 'keep-alive-ack', 'proven', 'N answers a keep-alive probe', 'RFC 9293, section 3.8.4'],
  [
    NOTE.reusedPorts,
    'reused-ports',
    'proven',
    'the same ports as an earlier connection',
    'RFC 9293, section 3.6.1',
  ],
];

function noteFindings(connection: Connection): Finding[] {
  const findings: Finding[] = [];
  for (const side of [0, 1] as const) {
    const own = connection.segments.filter((segment) => segment.side === side && segment.notes !== 0);
    for (const [bit, kind, certainty, words, source] of NOTES) {
      const frames = own.filter(({ notes }) => notes & bit).map(({ frame }) => frame);
      if (frames.length === 0) continue;
      const count = frames.length === 1 ? 'one segment' : `${frames.length} segments`;
      const repeats = own.every((segment) => !(segment.notes & bit) || bothCopiesSeen(segment));
      const text = words.replace('N', count);
      findings.push({
        kind,
        certainty: kind.endsWith('retransmission') && repeats ? 'proven' : certainty,
        side,
        frames,
        text,
        rule: 'Wireshark’s rule of this name',
        source,
      });
    }
    findings.push(...probeFindings(connection, side), ...holeFindings(connection, side));
  }
  return findings;
}

/** The capture has the bytes twice, or the same SYN or FIN: sent again, whatever the rule of thumb says. */
function bothCopiesSeen(segment: Segment): boolean {
  return segment.payloadLength > 0 ? segment.newBytes === 0 : (segment.flags & (FLAG.syn | FLAG.fin)) !== 0;
}

/** What the capture lacks of a stream, and whether the receiver has it. */
function holeFindings(connection: Connection, side: Side): Finding[] {
  return connection.directions[side].gaps.map(({ offset, length, acknowledged }) => ({
    kind: acknowledged ? 'not-captured' : 'missing-bytes',
    certainty: acknowledged ? 'proven' : 'ambiguous',
    side,
    frames: connection.directions[side].framesOf(offset + length, 1),
    text: acknowledged
      ? `${length} bytes at offset ${offset} are not in the capture; the receiver acknowledged them, so they were not lost`
      : `${length} bytes at offset ${offset} are not in the capture and nobody acknowledged them: lost, or not captured`,
    rule: 'a hole in the stream, and whether an ACK covers it',
    source: 'RFC 9293, section 3.4',
  }));
}

/**
 * On the wire a zero-window probe of Linux and a keep-alive are the same: no data, a number one too low. What tells them
 * apart is the timer (the kernel's `persist` or `keepalive`), and as far as the wire shows it, the window.
 */
function probeFindings(connection: Connection, side: Side): Finding[] {
  const closed: number[] = [];
  const alive: number[] = [];
  let otherWindow = -1;
  for (const segment of connection.segments) {
    if (segment.side !== side) otherWindow = segment.window;
    else if (segment.notes & NOTE.keepAlive) (otherWindow === 0 ? closed : alive).push(segment.frame);
  }
  const findings: Finding[] = [];
  if (closed.length > 0) {
    findings.push({
      kind: 'zero-window-probe',
      certainty: 'ambiguous',
      side,
      frames: closed,
      text: 'asks whether the closed window has opened; Wireshark calls the same bytes a keep-alive',
      rule: 'a keep-alive’s form while the other side’s window is 0; only the kernel’s timer decides',
      source: 'RFC 9293, section 3.8.6.1',
    });
  }
  if (alive.length > 0) {
    findings.push({
      kind: 'keep-alive',
      certainty: 'inferred',
      side,
      frames: alive,
      text: 'asks whether the other side is still there',
      rule: 'no new data, a sequence number one too low, window open',
      source: 'RFC 9293, section 3.8.4',
    });
  }
  return findings;
}
