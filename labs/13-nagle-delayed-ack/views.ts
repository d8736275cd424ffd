import { type Evidence, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { ANSWER_BYTES, type Case, CASES } from './scenario.ts';

/** One round in the client's capture. */
export interface Round {
  readonly first: Segment;
  /** What brought the first byte of the second part; the same segment when one carried both. */
  readonly second: Segment;
  readonly answer: Segment;
  /** An ACK of the first part alone, before the second left. */
  readonly ack: Segment | undefined;
  readonly ms: number;
}

export interface CaseView extends PortPair {
  readonly id: Case;
  readonly partBytes: number;
  readonly client: WireView;
  readonly server: WireView;
  readonly rounds: readonly Round[];
  /** What the programs read: the server's, the client's. */
  readonly readBytes: readonly [number, number];
  /** The client's own view of a round: from its call of send to the answer, in milliseconds. */
  readonly programMs: readonly number[];
  readonly callLines: readonly number[];
}

export function caseViews(evidence: Evidence): CaseView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return CASES.flatMap((id) => {
    const phase = evidence.manifest.phases.find((each) => each.id === id);
    const { clientPort, bytes: partBytes } = phase?.facts ?? {};
    if (phase === undefined || typeof clientPort !== 'number' || typeof partBytes !== 'number') return [];
    const pair = { clientPort, serverPort };
    const client = wireView(evidence, 'client', pair);
    const server = wireView(evidence, 'server', pair);
    if (client === undefined || server === undefined) return [];
    const within = evidence.calls.filter(
      ({ record }) => record.atUs >= phase.startedAtUs && record.atUs <= (phase.endedAtUs ?? Infinity),
    );
    const read = (host: string): number =>
      within.reduce(
        (sum, { record }) =>
          record.kind === 'log' && record.event === 'data' && record.host === host
            ? sum + Number(record.fields['bytes'])
            : sum,
        0,
      );
    const sends = within.filter(
      ({ record }) => record.kind === 'call' && record.operation === 'send' && record.host === 'client',
    );
    const answers = within.filter(
      ({ record }) => record.kind === 'log' && record.event === 'data' && record.host === 'client',
    );
    return [
      {
        ...pair,
        ...{ id, partBytes, client, server },
        rounds: roundsOf(client, partBytes),
        readBytes: [read('server'), read('client')] as const,
        programMs: sends.flatMap(({ record }) => {
          const answer = answers.find((each) => each.record.atUs > record.atUs);
          return answer === undefined ? [] : [(answer.record.atUs - record.atUs) / 1000];
        }),
        callLines: sends.map(({ line }) => line),
      },
    ];
  });
}

/** A round begins at each even multiple of a part in the client's stream. */
function roundsOf({ connection }: WireView, part: number): Round[] {
  const { segments } = connection;
  const carrier = (side: 0 | 1, number: number): Segment | undefined =>
    segments.find(
      (each) =>
        each.side === side &&
        each.payloadLength > 0 &&
        each.relSeq <= number &&
        each.relSeq + each.payloadLength > number,
    );
  const count = Math.floor(connection.directions[0].bytes / (2 * part));
  return Array.from({ length: count }, (_, index) => index).flatMap((index): Round[] => {
    const start = 1 + index * 2 * part;
    const first = carrier(0, start);
    const second = carrier(0, start + part);
    const answer = carrier(1, 1 + index * ANSWER_BYTES);
    if (first === undefined || second === undefined || answer === undefined) return [];
    const ack = segments.find(
      ({ side, frame, relAck, flags }) =>
        side === 1 &&
        frame > first.frame &&
        frame < second.frame &&
        relAck === start + part &&
        (flags & FLAG.ack) !== 0,
    );
    return [{ first, second, answer, ack, ms: (answer.atNs - first.atNs) / 1e6 }];
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** From the first part to the ACK of it alone, where one came before the second part. */
export const ackWaitMs = ({ first, ack }: Round): number =>
  ack === undefined ? NaN : (ack.atNs - first.atNs) / 1e6;
export const secondWaitMs = ({ first, second }: Round): number => (second.atNs - first.atNs) / 1e6;

/** What Linux holds an ACK back for at the least (TCP_DELACK_MIN), less what clocks differ by. */
export const DELAYED_MS = 39;
export const delayed = ({ rounds }: CaseView): Round[] =>
  rounds.filter((round) => ackWaitMs(round) >= DELAYED_MS);
