import { text } from '../../src/check/index.ts';
import type { Run } from '../../src/lab/index.ts';

export const CASES = ['unread', 'idle', 'read'] as const;
export type Case = (typeof CASES)[number];

export async function scenario(run: Run): Promise<void> {
  const step = text('a receiver that does not read', '不读数据的接收方');
  run.progress(step, 0, 3);
  const { address } = run.world.host('server');
  const port = run.variant.port;
  // Several times what the receive buffer holds.
  const bytes = 1000 * run.number('kilobytes');
  const server = await run.startPeer('server', 'server');
  await server.listen(address, port, { reads: false });
  await server.listen(address, port + 1);
  await server.listen(address, port + 2);
  const client = await run.startPeer('client', 'client');
  await run.phase('unread', { bytes }, async (facts) => {
    const { connection, localPort } = await client.connect(address, port);
    facts['clientPort'] = localPort;
    await server.until(1, 'open');
    await client.send(connection, { bytes });
    // Each probe that is answered sets the timer to twice what it was: its value says how many there were.
    const afterMs = 200 * 2 ** run.number('probes') * 0.9;
    const own = (row: { localPort: number; timer: string; timerMs: number }): boolean =>
      row.localPort === localPort && row.timer === 'persist' && row.timerMs > afterMs;
    await run.untilSocket('client', 'probes of a closed window', own, true, 30_000);
    run.snapshot('closed');
    facts['resumedUs'] = run.note('server', 'server-reads');
    await server.resume(1);
    await server.until(1, 'bytes', bytes);
    await run.untilSocket('client', 'everything acknowledged', drained(localPort));
    run.snapshot('read');
    await client.abort(connection);
    await server.until(1, 'closed');
  });
  run.progress(step, 1, 3);
  await run.phase('idle', {}, async (facts) => {
    const { connection, localPort } = await client.connect(address, port + 1, {
      habits: { keepAlive: true },
    });
    facts['clientPort'] = localPort;
    await server.until(2, 'open');
    await twoProbes(run, localPort);
    run.snapshot('idle');
    await client.abort(connection);
    await server.until(2, 'closed');
  });
  run.progress(step, 2, 3);
  await run.phase('read', { bytes }, async (facts) => {
    const { connection, localPort } = await client.connect(address, port + 2);
    facts['clientPort'] = localPort;
    await server.until(3, 'open');
    await client.send(connection, { bytes });
    await server.until(3, 'bytes', bytes);
    await run.untilSocket('client', 'everything acknowledged', drained(localPort));
    await client.abort(connection);
    await server.until(3, 'closed');
  });
  run.progress(step, 3, 3);
  await run.end(client);
  await run.end(server);
}

const drained =
  (localPort: number) =>
  (row: { localPort: number; sendQueueBytes: number }): boolean =>
    row.localPort === localPort && row.sendQueueBytes === 0;

/** Waits until the keep-alive timer was set anew twice: that is what an answered probe does. */
async function twoProbes(run: Run, localPort: number): Promise<void> {
  const host = run.world.host('client');
  let last = -1;
  let probes = 0;
  await run.until(
    'two keep-alive probes',
    () => {
      const row = host.readSockets().find((each) => each.localPort === localPort);
      const left = row?.timer === 'keepalive' ? row.timerMs : last;
      if (last >= 0 && left > last + 500) probes++;
      last = left;
      return probes >= 2;
    },
    20_000,
  );
}
