import { KitError } from '../../src/bytes/index.ts';
import { text } from '../../src/check/index.ts';
import type { PeerHandle, Run } from '../../src/lab/index.ts';

export const CASES = ['closed-port', 'unread', 'all-read', 'abort', 'late', 'half-open'] as const;
export type Case = (typeof CASES)[number];

/** Nothing else on the client's host has a port, so that this one is free. */
const OWN_PORT = 40_000;

interface Scene {
  readonly run: Run;
  readonly address: string;
  readonly server: PeerHandle;
  readonly client: PeerHandle;
  readonly line: string;
}
type Facts = Record<string, number | string | boolean>;

export async function scenario(run: Run): Promise<void> {
  const step = text('bringing about a RST', '引发 RST');
  const { address } = run.world.host('server');
  const server = await run.startPeer('server', 'server');
  await server.listen(address, run.variant.port);
  const client = await run.startPeer('client', 'client');
  const scene = {
    run,
    address,
    server,
    client,
    line: `${run.variant.clientName}${' word'.repeat(run.number('words'))}\n`,
  };
  for (const [index, id] of CASES.entries()) {
    run.progress(step, index, CASES.length);
    await run.phase(id, {}, (facts) => PLAYS[id](scene, facts));
  }
  run.progress(step, CASES.length, CASES.length);
  await run.end(client);
  await run.end(server);
}

const PLAYS: Record<Case, (scene: Scene, facts: Facts) => Promise<void>> = {
  'closed-port': async ({ run, address, client }, facts) => {
    const serverPort = run.variant.port + 1;
    Object.assign(facts, { serverPort, clientPort: OWN_PORT });
    facts['told'] = await client.connect(address, serverPort, { localPort: OWN_PORT }).then(
      () => 'connected',
      (error: unknown) => {
        if (error instanceof KitError) return error.code;
        throw error;
      },
    );
    run.snapshot('closed-port over');
  },
  unread: (scene, facts) => exits(scene, facts, 'unread', 2, false),
  'all-read': (scene, facts) => exits(scene, facts, 'all-read', 3, true),
  abort: async (scene, facts) => {
    const { run, server, client } = scene;
    const connection = await open(scene, facts, client, 1);
    await client.abort(connection);
    await server.until(1, 'closed');
    await over(run, facts, 'abort');
  },
  late: async (scene, facts) => {
    const { run, server, line } = scene;
    const leaver = await run.startPeer('client', 'leaver');
    await open(scene, facts, leaver, 2);
    run.mayEnd(leaver.process);
    await leaver.exit();
    await server.until(2, 'ended');
    run.snapshot('late before');
    facts['sentUs'] = run.note('server', 'line-sent');
    await server.send(2, { text: line });
    const there = ({ remotePort }: { readonly remotePort: number }): boolean =>
      remotePort === facts['clientPort'];
    await run.untilSocket('server', 'its socket', there, false);
    // Behind the end of the stream a program has nothing to read: it hears of the RST at its next write.
    await server.send(2, { text: line });
    await server.until(2, 'closed');
    await over(run, facts, 'late');
  },
  'half-open': async (scene, facts) => {
    const { run, server, client, line } = scene;
    const connection = await open(scene, facts, client, 3);
    const rule = await run.world.drop({ from: 'client', flags: ['rst'], times: 1 });
    await client.abort(connection);
    await client.until(connection, 'closed');
    // The client's socket is gone when its RST has left, and the rule has counted it when it has come to the switch.
    await run.untilSocket('client', 'its socket', (row) => row.localPort === facts['clientPort'], false);
    run.snapshot('half-open before');
    facts['dropped'] = await rule.remove();
    facts['sentUs'] = run.note('server', 'line-sent');
    await server.send(3, { text: line });
    await server.until(3, 'closed');
    await over(run, facts, 'half-open');
  },
};

/** Connects, says one line, and waits until the server has read it. */
async function open(
  { run, address, server, line }: Scene,
  facts: Facts,
  client: PeerHandle,
  there: number,
): Promise<number> {
  const { connection, localPort } = await client.connect(address, run.variant.port);
  Object.assign(facts, { serverPort: run.variant.port, clientPort: localPort });
  await server.until(there, 'open');
  await client.send(connection, { text: line });
  await server.until(there, 'bytes', line.length);
  return connection;
}

/** A server of its own exits, with the client's line in its socket or behind it. */
async function exits(
  { run, address, client, line }: Scene,
  facts: Facts,
  id: Case,
  offset: number,
  reads: boolean,
): Promise<void> {
  const serverPort = run.variant.port + offset;
  const server = await run.startPeer('server', reads ? 'careful-server' : 'careless-server');
  await server.listen(address, serverPort, { reads });
  const { connection, localPort } = await client.connect(address, serverPort);
  Object.assign(facts, { serverPort, clientPort: localPort });
  await server.until(1, 'open');
  await client.send(connection, { text: line });
  if (reads) await server.until(1, 'bytes', line.length);
  else
    await run.untilSocket(
      'server',
      'bytes that wait to be read',
      (row) => row.remotePort === localPort && row.receiveQueueBytes === line.length,
    );
  run.snapshot(`${id} before`);
  run.mayEnd(server.process);
  await server.exit();
  await client.until(connection, 'closed');
  await over(run, facts, id);
}

/** Notes the tables when neither end is in a state that passes by itself. */
async function over(run: Run, { clientPort }: Facts, id: Case): Promise<void> {
  const lasting = ['TIME_WAIT', 'LISTEN'];
  for (const host of ['client', 'server'])
    await run.untilSocket(
      host,
      'a socket that is about to go',
      ({ localPort, remotePort, state }) =>
        (localPort === clientPort || remotePort === clientPort) && !lasting.includes(state),
      false,
    );
  run.snapshot(`${id} over`);
}
