import {
  type Evidence,
  type HostCapture,
  packetsOf,
  type PortPair,
  socketAt,
  type Seen,
  type WirePacket,
  type WireView,
  wireView,
} from '../../src/check/index.ts';

export interface ClientView extends PortPair {
  readonly number: number;
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  /** Requests for the time and their answers, as the server's capture has them. */
  readonly asked: readonly WirePacket[];
  readonly answered: readonly WirePacket[];
  /** How many calls of `time` returned a value in the program. */
  readonly returned: number;
  /** The server's socket when all requests were waiting. */
  readonly waiting: Seen | undefined;
  /** Texts that came for this client: by its program, and on its wire. */
  readonly heard: readonly Heard[];
  readonly delivered: readonly WirePacket[];
}

export interface Heard {
  readonly text: string;
  readonly fromPort: number;
  readonly line: number;
}

export interface ManyView {
  readonly clients: readonly ClientView[];
  readonly requests: number;
  readonly texts: number;
  readonly stoppedUs: number;
  readonly resumedUs: number;
  readonly serverCapture: HostCapture | undefined;
}

export function manyView(evidence: Evidence): ManyView | undefined {
  const facts = evidence.manifest.phases.find(({ id }) => id === 'connect')?.facts;
  const time = evidence.manifest.phases.find(({ id }) => id === 'time')?.facts;
  const count = Number(facts?.['clients'] ?? NaN);
  if (facts === undefined || time === undefined || !Number.isInteger(count)) return undefined;
  const serverPort = Number(evidence.manifest.parameters['port']);
  const clients = Array.from({ length: count }, (_, index): ClientView => {
    const clientPort = Number(facts[`port${index + 1}`] ?? NaN);
    const pair = { clientPort, serverPort };
    const process = `client-${index + 1}`;
    const [client, server] = [wireView(evidence, 'client', pair), wireView(evidence, 'server', pair)];
    const of = (view: WireView | undefined, side: 0 | 1, type: string): WirePacket[] =>
      view === undefined
        ? []
        : packetsOf(view.connection, side, evidence.protocol).packets.filter(
            ({ message }) => message.type === type,
          );
    const mine = evidence.calls.filter(({ record }) => record.process === process);
    return {
      ...{ ...pair, number: index + 1, client, server },
      asked: of(server, 0, 'time.request'),
      answered: of(client, 1, 'time.response'),
      returned: mine.filter(({ record }) => record.kind === 'return' && record.operation === 'time').length,
      waiting: socketAt(evidence, 'server', 'all waiting', { localPort: serverPort, remotePort: clientPort }),
      heard: mine.flatMap(({ line, record }): Heard[] =>
        record.kind === 'log' && record.event === 'message'
          ? [{ line, text: String(record.fields['text']), fromPort: Number(record.fields['fromPort']) }]
          : [],
      ),
      delivered: of(client, 1, 'deliver.indication'),
    };
  });
  return {
    clients,
    requests: Number(facts['requests']),
    texts: Number(facts['texts']),
    stoppedUs: Number(time['stoppedUs']),
    resumedUs: Number(time['resumedUs']),
    serverCapture: evidence.captures.find(({ host }) => host === 'server'),
  };
}
