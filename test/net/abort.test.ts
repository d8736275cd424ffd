import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { rawClient } from './support/raw.ts';
import { clp, join, listen } from './support/servers.ts';

test('a server that closes with no patience at all resolves, and every connection is gone', async () => {
  // Reset in the very moment of the FIN: once Node forgot such a socket without closing it.
  for (let round = 0; round < 30; round++) {
    const server = await listen({ protocol: clp, port: 0, hostName: 'x' });
    const running = { port: server.local.port };
    const raws = await Promise.all(
      Array.from({ length: 8 }, () => rawClient(running, { allowHalfOpen: true })),
    );
    await until('all are in', () => server.stats().clients === 8);
    await server.close(0);
    await until('all are told', () => raws.every(({ fate }) => fate.length > 0));
    for (const raw of raws) raw.socket.destroy();
  }
});

test('reset in the moment of disconnect: the client is closed', async () => {
  const server = await listen({ protocol: clp, port: 0, hostName: 'x' });
  const client = await join({ port: server.local.port });
  const gone = client.disconnect();
  client.reset();
  await gone;
  expect(client.connected).toBe(false);
  await server.close();
});
