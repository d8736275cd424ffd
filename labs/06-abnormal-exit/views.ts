import {
  type AppRecord,
  type Evidence,
  type Line,
  looksAt,
  type PortPair,
  type Stay,
  staysOf,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { CASES, type Way } from './scenario.ts';

export interface CaseView extends PortPair {
  readonly way: Way;
  readonly victimId: number;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly unpluggedUs: number;
  readonly endedUs: number;
  readonly pluggedUs: number;
  readonly sentUs: number | undefined;
  readonly answeredUs: number | undefined;
  readonly sendOutcome: string;
  readonly listedBefore: boolean;
  readonly listedAfter: boolean;
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  /** FIN_WAIT1 on the client, as long as its kernel kept trying. */
  readonly trying: Stay | undefined;
  /** How often that kernel sent the FIN again, by its own count of the socket. */
  readonly retries: number;
  /** The server's program letting go of the dead client. */
  readonly dropped: Line<Extract<AppRecord, { kind: 'log' }>> | undefined;
}

export function caseViews(evidence: Evidence): CaseView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return CASES.flatMap((way) => {
    const phase = evidence.manifest.phases.find(({ id }) => id === way);
    const facts = phase?.facts ?? {};
    const clientPort = facts['victimPort'];
    if (phase === undefined || typeof clientPort !== 'number') return [];
    const number = (key: string): number | undefined =>
      typeof facts[key] === 'number' ? facts[key] : undefined;
    const pair = { clientPort, serverPort };
    const victimId = number('victimId') ?? 0;
    return [
      {
        ...pair,
        ...{ way, victimId },
        window: { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs },
        unpluggedUs: number('unpluggedUs') ?? Infinity,
        endedUs: number('endedUs') ?? Infinity,
        pluggedUs: number('pluggedUs') ?? Infinity,
        sentUs: number('sentUs'),
        answeredUs: number('answeredUs'),
        sendOutcome: String(facts['sendOutcome'] ?? ''),
        listedBefore: facts['listedBefore'] === true,
        listedAfter: facts['listedAfter'] === true,
        client: wireView(evidence, 'client', pair),
        server: wireView(evidence, 'server', pair),
        trying: staysOf(evidence, 'client', { localPort: clientPort, remotePort: serverPort }).find(
          ({ state }) => state === 'FIN_WAIT1',
        ),
        retries: Math.max(
          0,
          ...looksAt(evidence, 'client', { localPort: clientPort, remotePort: serverPort }).map(
            ({ row }) => row.retransmits,
          ),
        ),
        dropped: evidence.calls.find(
          (line): line is Line<Extract<AppRecord, { kind: 'log' }>> =>
            line.record.kind === 'log' &&
            line.record.event === 'disconnected' &&
            line.record.host === 'server' &&
            line.record.fields['client'] === victimId,
        ),
      },
    ];
  });
}

/** Segments of a view that pass one of its host's interface within a span of time. */
export function segmentsBetween(view: WireView | undefined, fromUs: number, untilUs: number): Segment[] {
  if (view === undefined) return [];
  const { connection, capture } = view;
  return connection.segments.filter(
    ({ atNs }) => capture.atUs(atNs) > fromUs && capture.atUs(atNs) <= untilUs,
  );
}

export const finsIn = (view: WireView | undefined): Segment[] =>
  (view?.connection.segments ?? []).filter(({ flags }) => flags & FLAG.fin);
export const rstsIn = (view: WireView | undefined): Segment[] =>
  (view?.connection.segments ?? []).filter(({ flags }) => flags & FLAG.rst);
