import {
  type AppRecord,
  type Evidence,
  type Line,
  type PortPair,
  type Seen,
  socketAt,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';

export interface StopView {
  readonly backlog: number;
  /** The limit that `ss` told, and how many it counted when the last client waited. */
  readonly limit: number;
  readonly waiting: number;
  readonly stoppedUs: number;
  readonly resumedUs: number;
  readonly clients: readonly ClientView[];
  /** The listener after each client. */
  readonly listener: readonly (Seen | undefined)[];
}

export interface ClientView extends PortPair {
  readonly number: number;
  readonly last: boolean;
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  /** In the tables right after it had connected, or tried. */
  readonly here: Seen | undefined;
  readonly there: Seen | undefined;
  readonly connected: Line<AppRecord> | undefined;
  /** When the server's program took it. */
  readonly accepted: Line<AppRecord> | undefined;
}

export function stopView(evidence: Evidence): StopView | undefined {
  const facts = evidence.manifest.phases.find(({ id }) => id === 'stopped')?.facts;
  const number = (key: string): number => Number(facts?.[key] ?? NaN);
  const count = number('clients');
  if (facts === undefined || !Number.isInteger(count)) return undefined;
  const serverPort = Number(evidence.manifest.parameters['port']);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    backlog: number('backlog'),
    limit: number('limit'),
    waiting: number('waiting'),
    stoppedUs: number('stoppedUs'),
    resumedUs: number('resumedUs'),
    listener: numbers.map((each) =>
      socketAt(evidence, 'server', `client ${each}`, { localPort: serverPort, remotePort: 0 }),
    ),
    clients: numbers.map((each) => {
      const clientPort = number(`port${each}`);
      const pair = { clientPort, serverPort };
      const label = `client ${each}`;
      return {
        ...pair,
        ...{ number: each, last: each === count },
        client: wireView(evidence, 'client', pair),
        server: wireView(evidence, 'server', pair),
        here: socketAt(evidence, 'client', label, { localPort: clientPort, remotePort: serverPort }),
        there: socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: clientPort }),
        connected: evidence.calls.find(
          ({ record }) => record.kind === 'connected' && record.local.port === clientPort,
        ),
        accepted: evidence.calls.find(
          ({ record }) =>
            record.kind === 'log' &&
            record.event === 'connected' &&
            record.host === 'server' &&
            String(record.fields['remote']).endsWith(`:${clientPort}`),
        ),
      };
    }),
  };
}

/** The SYNs of a client, and the first SYN-ACK. */
export function opening(view: WireView | undefined): { syns: Segment[]; synAck: Segment | undefined } {
  const segments = view?.connection.segments ?? [];
  const kind = ({ flags }: Segment): number => flags & (FLAG.syn | FLAG.ack);
  return {
    syns: segments.filter((segment) => kind(segment) === FLAG.syn),
    synAck: segments.find((segment) => kind(segment) === (FLAG.syn | FLAG.ack)),
  };
}

/** The clients whose handshake was whole before the server went on. */
export const connectedWhileStopped = ({ clients, resumedUs }: StopView): ClientView[] =>
  clients.filter(({ client }) => {
    const { ack, complete } = client?.connection.handshake ?? { ack: 0, complete: false };
    const last = client?.connection.segments.find(({ frame }) => frame === ack);
    return (
      complete && client !== undefined && last !== undefined && client.capture.atUs(last.atNs) < resumedUs
    );
  });
