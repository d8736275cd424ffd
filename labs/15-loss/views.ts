import { type Evidence, looksAt, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { type Case, CASES } from './scenario.ts';

export interface CaseView extends PortPair {
  readonly id: Case;
  /** What the client's program wrote, and what the server's program says it read. */
  readonly bytes: number;
  readonly readBytes: number;
  readonly readLines: readonly number[];
  /** By the counter of the rule. */
  readonly dropped: number;
  readonly client: WireView;
  readonly server: WireView;
  /** The client's data as its own capture has it, without the greeting. */
  readonly data: readonly Segment[];
  readonly again: readonly Segment[];
  /** How many data segments, without the greeting, came to the server. */
  readonly arrived: number;
  /** In the sender's capture and not in the receiver's: of the client's data, of the server's ACKs. */
  readonly lostData: readonly Segment[];
  readonly lostAcks: readonly Segment[];
  /** ACKs in the client's capture that repeat the number before them while data was out. */
  readonly duplicates: readonly Segment[];
  /** The kernel's greatest count of time-outs in a row for the client's socket, and where it says so. */
  readonly timeouts: number;
  readonly timeoutLines: readonly number[];
}

export function caseViews(evidence: Evidence): CaseView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return CASES.flatMap((id) => {
    const phase = evidence.manifest.phases.find((each) => each.id === id);
    const { clientPort, bytes, dropped, greeting } = phase?.facts ?? {};
    if (typeof clientPort !== 'number' || typeof bytes !== 'number' || typeof dropped !== 'number') return [];
    const pair = { clientPort, serverPort };
    const client = wireView(evidence, 'client', pair);
    const server = wireView(evidence, 'server', pair);
    if (client === undefined || server === undefined) return [];
    const data = dataOf(client, Number(greeting ?? 0));
    const read = evidence.calls.filter(
      ({ record }) =>
        record.kind === 'log' &&
        record.host === 'server' &&
        record.event === 'data' &&
        record.fields['port'] === clientPort,
    );
    const looks = looksAt(evidence, 'client', { localPort: clientPort, remotePort: serverPort });
    return [
      {
        ...pair,
        ...{ id, bytes, dropped, client, server, data },
        arrived: dataOf(server, Number(greeting ?? 0)).length,
        readBytes: read.reduce(
          (sum, { record }) => sum + (record.kind === 'log' ? Number(record.fields['bytes']) : 0),
          0,
        ),
        readLines: read.map(({ line }) => line),
        again: data.filter(({ newBytes }) => newBytes === 0),
        lostData: missing(data, dataOf(server, Number(greeting ?? 0)), ({ relSeq }) => relSeq),
        lostAcks: missing(acksOf(server), acksOf(client), ({ relAck }) => relAck),
        duplicates: duplicatesOf(client),
        timeouts: Math.max(0, ...looks.map(({ row }) => row.retransmits)),
        timeoutLines: looks.filter(({ row }) => row.retransmits > 0).map(({ line }) => line),
      },
    ];
  });
}

/** The client's data behind its greeting, with which a burst has nothing to do. */
const dataOf = ({ connection }: WireView, greeting: number): Segment[] =>
  connection.segments.filter(
    ({ side, payloadLength, relSeq }) => side === 0 && payloadLength > 0 && relSeq > greeting,
  );

/** The server's ACKs of data: nothing in them but a number. */
const acksOf = ({ connection }: WireView): Segment[] =>
  connection.segments.filter(
    ({ side, payloadLength, flags }) =>
      side === 1 && payloadLength === 0 && (flags & (FLAG.syn | FLAG.fin | FLAG.rst)) === 0,
  );

/** Those of `sent` that `got` has less often, by a number that names a segment; of several copies the first ones. */
function missing(
  sent: readonly Segment[],
  got: readonly Segment[],
  nameOf: (segment: Segment) => number,
): Segment[] {
  const lack = new Map<number, number>();
  for (const segment of sent) lack.set(nameOf(segment), (lack.get(nameOf(segment)) ?? 0) + 1);
  for (const segment of got) lack.set(nameOf(segment), (lack.get(nameOf(segment)) ?? 0) - 1);
  return sent.filter((segment) => {
    const left = lack.get(nameOf(segment)) ?? 0;
    lack.set(nameOf(segment), left - 1);
    return left > 0;
  });
}

/**
 * RFC 5681, section 2: no data, no SYN or FIN, the greatest number acknowledged so far, while data is outstanding, and
 * the window of the ACK before; with SACK it is new blocks that count, whatever the window (RFC 6675, section 2).
 */
function duplicatesOf(view: WireView): Segment[] {
  let highest = 1;
  let sent = 1;
  let window = -1;
  const duplicates: Segment[] = [];
  const acks = new Set(acksOf(view));
  for (const segment of view.connection.segments) {
    if (segment.side === 0) sent = Math.max(sent, segment.relSeq + segment.payloadLength);
    else {
      const same = segment.relAck === highest && sent > highest;
      if (acks.has(segment) && same && (segment.sack.length > 0 || segment.windowBytes === window))
        duplicates.push(segment);
      highest = Math.max(highest, segment.relAck);
      window = segment.windowBytes;
    }
  }
  return duplicates;
}

/** Seconds between one copy of the lone line and the next. */
export const distances = ({ data }: CaseView): number[] =>
  data.slice(1).map(({ atNs }, index) => (atNs - (data[index]?.atNs ?? 0)) / 1e9);

/** Whether each distance is about twice the one before: timers fire late on a busy machine, never early. */
export const doubling = (values: readonly number[]): boolean =>
  values.slice(1).every((value, index) => {
    const earlier = values[index] ?? 0;
    return value > 1.6 * earlier && value < 2.6 * earlier;
  });

/** A SACK block in numbers relative to the client's SYN: [first byte, the one behind the last). */
export function sackBlocks({ client }: CaseView, { sack }: Segment): [number, number][] {
  const base = client.connection.directions[0].baseSeq;
  const relative = sack.map((edge) => (edge - base) >>> 0);
  return relative.flatMap((left, index): [number, number][] =>
    index % 2 === 0 ? [[left, relative[index + 1] ?? left]] : [],
  );
}

/** From a lost segment to its first retransmission; NaN without one. */
export function lagMs({ data, again }: CaseView): number {
  const [copy] = again;
  const first = data.find(({ relSeq }) => relSeq === copy?.relSeq);
  return copy === undefined || first === undefined ? NaN : (copy.atNs - first.atNs) / 1e6;
}
