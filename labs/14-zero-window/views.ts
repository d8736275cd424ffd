import { type Evidence, looksAt, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { FLAG, flagNames, type Segment } from '../../src/tcp/index.ts';
import { type Case, CASES } from './scenario.ts';

export type Looks = ReturnType<typeof looksAt>;

export interface CaseView extends PortPair {
  readonly id: Case;
  readonly bytes: number;
  /** The server's program began to read; Infinity when it read from the start, or never. */
  readonly resumedUs: number;
  readonly client: WireView;
  readonly server: WireView;
  readonly readBytes: number;
  readonly readLines: readonly number[];
  /** The kernel's looks at the socket of each end. */
  readonly sender: Looks;
  readonly receiver: Looks;
  /** Segments of the client without data whose number had been acknowledged before. */
  readonly probes: readonly Probe[];
}

export interface Probe {
  readonly segment: Segment;
  /** The window that the server had told last, in bytes. */
  readonly window: number;
  /** The server's segment before the client's next one, if there was any. */
  readonly answer: Segment | undefined;
  /** Which timer the kernel had running for the socket when it was sent; undefined when no look was made before. */
  readonly timer: string | undefined;
  readonly line: number;
}

export function caseViews(evidence: Evidence): CaseView[] {
  return CASES.flatMap((id, index) => {
    const phase = evidence.manifest.phases.find((each) => each.id === id);
    const facts = phase?.facts ?? {};
    const serverPort = Number(evidence.manifest.parameters['port']) + index;
    const clientPort = facts['clientPort'];
    if (typeof clientPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const client = wireView(evidence, 'client', pair);
    const server = wireView(evidence, 'server', pair);
    if (client === undefined || server === undefined) return [];
    const read = evidence.calls.filter(
      ({ record }) =>
        record.kind === 'log' &&
        record.host === 'server' &&
        record.event === 'data' &&
        record.fields['port'] === clientPort,
    );
    const sender = looksAt(evidence, 'client', { localPort: clientPort, remotePort: serverPort });
    return [
      {
        ...pair,
        ...{ id, client, server, sender },
        bytes: Number(facts['bytes'] ?? 0),
        resumedUs: Number(facts['resumedUs'] ?? Infinity),
        readBytes: read.reduce(
          (sum, { record }) => sum + (record.kind === 'log' ? Number(record.fields['bytes']) : 0),
          0,
        ),
        readLines: read.map(({ line }) => line),
        receiver: looksAt(evidence, 'server', { localPort: serverPort, remotePort: clientPort }),
        probes: probesOf(client, sender),
      },
    ];
  });
}

function probesOf({ connection, capture }: WireView, looks: Looks): Probe[] {
  const { segments } = connection;
  let next = 1;
  let window = 0;
  return segments.flatMap((segment, index): Probe[] => {
    if (segment.side === 1) {
      window = segment.windowBytes;
      return [];
    }
    const plain = (segment.flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0;
    const isProbe =
      plain && segment.payloadLength === 0 && segment.relSeq === next - 1 && segment.relSeq >= 0;
    const opening = segment.relSeq === 0 && connection.handshake.ack === 0;
    next = Math.max(next, segment.relSeq + segment.payloadLength);
    if (!isProbe || opening) return [];
    const look = looks.findLast(({ atUs }) => atUs < capture.atUs(segment.atNs));
    const following = segments[index + 1];
    const answer = following?.side === 1 ? following : undefined;
    return [{ segment, window, answer, timer: look?.row.timer, line: look?.line ?? 0 }];
  });
}

/** Seconds between one probe and the next. */
export const distances = (probes: readonly Probe[]): number[] =>
  probes.slice(1).map(({ segment }, index) => (segment.atNs - (probes[index]?.segment.atNs ?? 0)) / 1e9);

/** The server's segments with a window of zero, and the first one behind the probes that has another. */
export const closedBy = ({ client }: CaseView): Segment[] =>
  client.connection.segments.filter(
    ({ side, window, flags }) => side === 1 && window === 0 && (flags & FLAG.rst) === 0,
  );
export function reopening({ client, probes }: CaseView): Segment | undefined {
  const last = probes.at(-1)?.segment.frame ?? Infinity;
  return client.connection.segments.find(
    ({ side, frame, window }) => side === 1 && frame > last && window > 0,
  );
}

/** Bits of the header that could tell two probes apart, in words. */
export const shapeOf = ({ segment }: Probe): string =>
  `${flagNames(segment.flags)}, len ${segment.payloadLength}, seq next−1`;
