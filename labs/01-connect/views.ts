import {
  type AppRecord,
  type Evidence,
  isRecord,
  type Line,
  type PortPair,
  socketAt,
  type Seen,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { type ClientPlan, CLIENTS } from './scenario.ts';

/** One client's connection by all three witnesses. */
export interface ClientView extends PortPair {
  readonly plan: ClientPlan;
  readonly localPort: number;
  readonly range: readonly [low: number, high: number];
  readonly bindPort: number;
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  /** What the program's socket said when the handshake was done. */
  readonly said: Line<Extract<AppRecord, { kind: 'connected' }>> | undefined;
  readonly clientSocket: Seen | undefined;
  readonly serverSocket: Seen | undefined;
}

export function clientViews(evidence: Evidence): ClientView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return CLIENTS.flatMap((plan) => {
    const phase = evidence.manifest.phases.find(({ id }) => id === plan.id);
    const localPort = phase?.facts['localPort'];
    if (phase === undefined || typeof localPort !== 'number') return [];
    const pair = { clientPort: localPort, serverPort };
    const said = evidence.calls.find(
      (line): line is Line<Extract<AppRecord, { kind: 'connected' }>> =>
        line.record.kind === 'connected' && line.record.process === plan.id,
    );
    const label = `${plan.id} connected`;
    return [
      {
        ...pair,
        plan,
        localPort,
        range: [Number(phase.facts['low']), Number(phase.facts['high'])] as const,
        bindPort: Number(phase.facts['bindPort']),
        client: wireView(evidence, 'client', pair),
        server: wireView(evidence, 'server', pair),
        said,
        clientSocket: socketAt(evidence, 'client', label, { localPort, remotePort: serverPort }),
        serverSocket: socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: localPort }),
      },
    ];
  });
}

/** What the server told the first client of everybody. */
export function listed(evidence: Evidence): { id: number; address: string; port: number }[] {
  const answer = evidence.calls.find(({ record }) => record.kind === 'return' && record.operation === 'list');
  const value = answer?.record.kind === 'return' ? answer.record.value : undefined;
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((entry) => ({
    id: Number(entry['id']),
    address: String(entry['address']),
    port: Number(entry['port']),
  }));
}
