/** Two hosts, a real connection, captures at both ends, states before and after. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorld, readEnvironment } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';

const SERVER = fileURLToPath(new URL('../programs/echo-server.ts', import.meta.url));
const CLIENT = fileURLToPath(new URL('../programs/echo-client.ts', import.meta.url));

export default async function exchange(args: { lines: number; subnet: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'exchange-'));
  const world = await createWorld({ hosts: ['server', 'client'], subnet: args.subnet });
  try {
    const server = world.host('server');
    const client = world.host('client');
    const daemon = server.spawn(process.execPath, [SERVER, server.address]);
    const [, port = ''] = await daemon.untilOutput(/listening on (\d+)/);
    const listening = server.readSockets();
    const listeners = await server.readListeners();
    const captures = await Promise.all(
      world.hosts.map((host) =>
        host.capture({ file: join(folder, `${host.name}.pcap`), filter: `tcp port ${port}` }),
      ),
    );
    const user = client.spawn(process.execPath, [CLIENT, server.address, port, String(args.lines)], {
      env: { LOCAL: client.address },
      stdin: 'pipe',
    });
    await user.untilOutput(/all answered/);
    const established = [server.readSockets(), client.readSockets()];
    user.stdin?.end('close\n');
    const end = await user.ended;
    const closed = await until('TIME_WAIT at the client', () => {
      const rows = client.readSockets();
      return rows.some((row) => row.state === 'TIME_WAIT') && rows;
    });
    const stats = await Promise.all(captures.map((capture) => capture.stop()));
    const read = await Promise.all(
      captures.map(async ({ file }) => (await server.exec('tcpdump', ['-nn', '-r', file])).stdout),
    );
    const magic = (await readFile(join(folder, 'client.pcap'))).readUInt32LE(0);
    return {
      addresses: world.hosts.map((host) => host.address),
      port: Number(port),
      end,
      answers: user.output.text,
      listening,
      listeners,
      established,
      closed,
      stats,
      packets: read.map((text) => text.split('\n').filter((line) => line !== '').length),
      text: read[1],
      magic,
      pids: { told: user.pid, real: Number(/pid (\d+)/.exec(user.output.text)?.[1]) },
      environment: await readEnvironment(),
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}
