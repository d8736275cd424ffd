import { KitError } from '../../src/bytes/index.ts';
import { text } from '../../src/check/index.ts';
import type { ClientHandle, Run } from '../../src/lab/index.ts';

/** The clients that get connected, in their order. */
export const CLIENTS = [
  { id: 'client-1', binds: false },
  { id: 'client-2', binds: false },
  { id: 'client-3', binds: false },
  { id: 'client-4', binds: true },
] as const;
export type ClientPlan = (typeof CLIENTS)[number];

/** The one that binds a port which is in use. */
export const TWIN = 'client-5';

export async function scenario(run: Run): Promise<void> {
  const total = CLIENTS.length + 1;
  run.progress(text('connecting', '建立连接'), 0, total);
  const bindPort = run.number('bindPort');
  const host = run.world.host('client');
  const { 'net.ipv4.ip_local_port_range': range = '' } = await host.getSysctls([
    'net.ipv4.ip_local_port_range',
  ]);
  const [low = 0, high = 0] = range.split(/\s+/).map(Number);
  const server = await run.startServer('server');
  run.snapshot('listening');
  const target = { host: server.address, port: server.port };
  const clients: ClientHandle[] = [];
  for (const [index, { id, binds }] of CLIENTS.entries()) {
    await run.phase(id, { binds, low, high, bindPort }, async (facts) => {
      const client = await run.startClient('client');
      const bind = binds ? { localPort: bindPort } : {};
      facts['localPort'] = (await client.connect({ ...target, ...bind })).localPort;
      clients.push(client);
      run.snapshot(`${id} connected`);
    });
    run.progress(text('connecting', '建立连接'), index + 1, total);
  }
  await run.phase(TWIN, { bindPort }, async (facts) => {
    const client = await run.startClient('client');
    try {
      await client.connect({ ...target, localPort: bindPort });
      facts['outcome'] = 'connected';
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      facts['outcome'] = error.code;
      facts['message'] = error.message;
    }
    await run.end(client);
  });
  run.snapshot('all connected');
  await run.phase('list', {}, async () => {
    await clients[0]?.call('list');
  });
  for (const client of clients) {
    await client.disconnect();
    await run.end(client);
  }
  await server.stop();
  run.progress(text('connecting', '建立连接'), total, total);
}
