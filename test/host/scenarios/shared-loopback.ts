/** Two hosts that share one loopback: what still works, and what says that it does not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '../../../src/bytes/index.ts';
import { createWorld } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return error instanceof KitError ? `${error.fault} ${error.code}` : String(error);
  }
}

export default async function sharedLoopback(args: { subnet: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'loopback-'));
  const world = await createWorld({ hosts: ['server', 'client'], subnet: args.subnet });
  try {
    const server = world.host('server');
    const client = world.host('client');
    const daemon = server.spawn(process.execPath, [program('echo-server'), server.address]);
    const [, port = ''] = await daemon.untilOutput(/listening on (\d+)/);
    let stats: unknown;
    const captured = await codeOf(async () => {
      const capture = await client.capture({ file: join(folder, 'lo.pcap'), filter: `tcp port ${port}` });
      const talk = client.spawn(process.execPath, [program('talk'), server.address, port], { stdin: 'pipe' });
      talk.stdin?.end('hello\n');
      await talk.ended;
      stats = await capture.stop();
    });
    const talk = client.spawn(process.execPath, [program('talk'), server.address, port], {
      stdin: 'pipe',
      env: { LOCAL: client.address },
    });
    talk.stdin?.write('hello\n');
    await talk.untilOutput(/got hello/);
    const rows = await until('both ends', () => {
      const all = world.hosts.map((host) =>
        host.readSockets().filter((row) => [row.localPort, row.remotePort].includes(Number(port))),
      );
      return all.every((some) => some.some((row) => row.state === 'ESTABLISHED')) && all;
    });
    return {
      kind: world.kind,
      addresses: world.hosts.map((host) => host.address),
      local: rows.map((some) => [...new Set(some.map((row) => row.localAddress))]),
      told: talk.pid,
      captured,
      stats,
      cable: await codeOf(() => world.cable('server')),
      drop: await codeOf(() => world.drop({})),
      sysctl: await codeOf(() => server.setSysctls({ 'net.ipv4.tcp_retries2': 3 })),
      namespaces: await codeOf(() => createWorld({ hosts: ['a'], kind: 'namespaces' })),
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}
