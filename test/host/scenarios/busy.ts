/** A world with everything in it that could be left over. Tells each step; never ends by itself. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorld, Sampler } from '../../../src/host/index.ts';

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
const tell = (step: string): void => void process.send?.({ step });

export default async function busy(args: { folder?: string; capture: boolean }) {
  tell('started');
  const world = await createWorld({ hosts: ['server', 'client'], subnet: '10.77.77.0/24' });
  tell('world');
  const server = world.host('server');
  const client = world.host('client');
  const daemon = server.spawn(process.execPath, [program('echo-server'), server.address]);
  const [, port = ''] = await daemon.untilOutput(/listening on (\d+)/);
  tell('server');
  // Left its session and its parent: no signal to a group or from a parent reaches it.
  await client.exec('sh', ['-c', 'setsid sh -c "sleep 1000 & sleep 1000" >/dev/null 2>&1 &']);
  client.spawn('sh', ['-c', 'trap "" TERM; sleep 1000 | sleep 1000; sleep 1000']);
  if (args.capture) {
    const folder = args.folder ?? (await mkdtemp(join(tmpdir(), 'busy-')));
    await Promise.all(world.hosts.map((host) => host.capture({ file: join(folder, `${host.name}.pcap`) })));
  }
  tell('capture');
  const talk = client.spawn(process.execPath, [program('talk'), server.address, port], { stdin: 'pipe' });
  const sampler = new Sampler({ hosts: world.hosts, onSample: () => undefined });
  talk.onMessage(() => sampler.stop());
  tell('traffic');
  setInterval(() => talk.stdin?.write('line\n'), 5);
  await new Promise(() => undefined);
}
