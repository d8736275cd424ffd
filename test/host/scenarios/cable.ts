/** A connection through an unplugged cable, through a rule that loses everything, and a FIN that gets lost. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorld, type Host, type SocketRow } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));

async function linkOf(host: Host): Promise<{ flags: string[]; address: string }> {
  const { stdout } = await host.exec('ip', ['-json', 'address', 'show', 'dev', host.interface]);
  const [link] = JSON.parse(stdout) as { flags: string[]; addr_info: { local: string }[] }[];
  return { flags: link?.flags ?? [], address: link?.addr_info[0]?.local ?? '' };
}

/** The client's connection, once the kernel has sent something again in vain. */
const retrying = (client: Host): Promise<SocketRow> =>
  until('a retransmission without an answer', () => client.readSockets().find((row) => row.retransmits >= 2));

export default async function cable() {
  const folder = await mkdtemp(join(tmpdir(), 'cable-'));
  const world = await createWorld({
    hosts: ['server', 'client'],
    sysctls: { 'net.ipv4.tcp_rto_max_ms': 1000 },
  });
  try {
    const server = world.host('server');
    const client = world.host('client');
    const daemon = server.spawn(process.execPath, [program('echo-server'), server.address]);
    const [, port = ''] = await daemon.untilOutput(/listening on (\d+)/);
    const capture = async (name: string) =>
      Promise.all(
        world.hosts.map((host) =>
          host.capture({ file: join(folder, `${host.name}-${name}.pcap`), filter: 'tcp' }),
        ),
      );
    const read = async (name: string) => {
      const texts = await Promise.all(
        world.hosts.map((host) =>
          host.exec('tcpdump', ['-nn', '-r', join(folder, `${host.name}-${name}.pcap`)]),
        ),
      );
      return texts.map(({ stdout }) => stdout.split('\n').filter((line) => line !== ''));
    };
    const talk = client.spawn(process.execPath, [program('talk'), server.address, port], { stdin: 'pipe' });
    const say = (text: string): boolean | undefined => talk.stdin?.write(`${text}\n`);
    say('first');
    await talk.untilOutput(/got first/);

    const line = world.cable('client');
    const wasPlugged = await line.isPlugged();
    await line.unplug();
    await line.unplug();
    const unplugged = { plugged: await line.isPlugged(), links: await Promise.all(world.hosts.map(linkOf)) };
    const whileOut = await capture('out');
    say('second');
    const row = await retrying(client);
    const states = world.hosts.map(
      (host) => host.readSockets().filter((each) => each.state === 'ESTABLISHED').length,
    );
    const heard = talk.output.text;
    const outStats = await Promise.all(whileOut.map((each) => each.stop()));
    await line.plug();
    const plugged = { plugged: await line.isPlugged(), links: await Promise.all(world.hosts.map(linkOf)) };
    await talk.untilOutput(/got second/);

    const lost = await world.drop({ from: 'client', to: 'server' });
    const whileLost = await capture('lost');
    say('third');
    await retrying(client);
    const lostStats = await Promise.all(whileLost.map((each) => each.stop()));
    const lostCount = await lost.dropped();
    await lost.remove();
    await lost.remove();
    await talk.untilOutput(/got third/);

    const fin = await world.drop({ from: 'client', destinationPort: Number(port), flags: ['fin'], times: 1 });
    const whileClosing = await capture('fin');
    talk.stdin?.end();
    const end = await talk.ended;
    await until('the FIN that came through', () =>
      client.readSockets().some((each) => each.state === 'TIME_WAIT'),
    );
    await Promise.all(whileClosing.map((each) => each.stop()));
    const fins = (await read('fin')).map(
      (lines) => lines.filter((each) => each.includes(`.${port}: Flags [F`)).length,
    );
    return {
      wasPlugged,
      unplugged,
      row,
      states,
      heard,
      outStats,
      plugged,
      lostStats,
      lostCount,
      fins,
      finCount: await fin.remove(),
      end,
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}
