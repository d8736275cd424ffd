/** Captures stopped the moment after the last packet was sent; captures that go wrong; stamps against our clock. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError } from '../../../src/bytes/index.ts';
import { nowUs } from '../../../src/clock/index.ts';
import { countPackets, createWorld, type Host, mustExec, type World } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';

const BURST = fileURLToPath(new URL('../programs/udp-burst.ts', import.meta.url));

export default async function captures(args: { part: 'complete' | 'errors' | 'clock'; rounds: number }) {
  const folder = await mkdtemp(join(tmpdir(), 'captures-'));
  const world = await createWorld({ hosts: ['to', 'from'] });
  try {
    switch (args.part) {
      case 'complete':
        return await complete(world, folder, args.rounds);
      case 'errors':
        return await errors(world, folder);
      default:
        return await clock(folder, args.rounds);
    }
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}

/** Half of the rounds as it is by default, half in immediate mode. */
async function complete(world: World, folder: string, rounds: number) {
  const results = [];
  for (let round = 0; round < rounds; round++) {
    const sent = [1, 10, 300, 2000][round % 4] ?? 1;
    const running = await Promise.all(
      world.hosts.map((host) =>
        host.capture({
          file: join(folder, `${host.name}-${round}.pcap`),
          filter: 'udp port 9999',
          immediate: round % 2 === 1,
        }),
      ),
    );
    const burst = world
      .host('from')
      .spawn(process.execPath, [BURST, world.host('to').address, '9999', String(sent), '1200']);
    await burst.untilOutput(/sent/);
    const stats = await Promise.all(running.map((capture) => capture.stop()));
    const counted = await Promise.all(running.map((capture) => countPackets(capture.file)));
    const read = await Promise.all(
      running.map(
        async (capture) =>
          (await mustExec([], ['tcpdump', '-nn', '-r', capture.file])).split('\n').length - 1,
      ),
    );
    results.push({ sent, stats, counted, read });
  }
  return results;
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return error instanceof KitError ? `${error.fault} ${error.code}` : String(error);
  }
}

async function errors(world: World, folder: string) {
  const from = world.host('from');
  const file = join(folder, 'x.pcap');
  const died: string[] = [];
  const doomed = await from.capture({ file, onDeath: (error) => died.push(error.code) });
  process.kill(doomed.pid, 'SIGKILL');
  await until('the death is told', () => died.length > 0);

  const small = join(folder, 'small');
  await mkdir(small);
  await mustExec([], ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', small]);
  const cramped = await from.capture({ file: join(small, 'y.pcap'), filter: 'udp', immediate: true });
  await burst(from, world.host('to').address, 200);

  const diskFull = await codeOf(() => cramped.stop());
  await mustExec([], ['umount', small]);

  const controller = new AbortController();
  const aborted = await from.capture({ file: join(folder, 'z.pcap'), signal: controller.signal });
  controller.abort();
  await until('the abort is seen', () => aborted.failure !== undefined);

  return {
    died,
    doomed: await codeOf(() => doomed.stop()),
    diskFull,
    aborted: await codeOf(() => aborted.stop()),
    filter: await codeOf(() => from.capture({ file, filter: 'tcp prot 80' })),
    interface: await codeOf(() => from.capture({ file, interface: 'eth7' })),
    folder: await codeOf(() => from.capture({ file: join(folder, 'no', 'such', 'folder.pcap') })),
  };
}

async function burst(host: Host, address: string, count: number): Promise<void> {
  const sender = host.spawn(process.execPath, [BURST, address, '9999', String(count), '1200']);
  await sender.untilOutput(/sent/);
}

/** A byte is written between two readings of our clock: tcpdump's stamp must lie between them. */
async function clock(folder: string, rounds: number) {
  await mustExec([], ['ip', 'link', 'set', 'lo', 'up']);
  const file = join(folder, 'clock.pcap');
  // The worker itself is in the stage's own namespace, so tcpdump listens there.
  const { startCapture } = await import('../../../src/host/capture.ts');
  const { launch } = await import('../../../src/host/process.ts');
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await until('it listens', () => server.listening);
  const { port } = server.address() as AddressInfo;
  const capture = await startCapture((rest, options) => launch([], ['tcpdump', ...rest], options), {
    file,
    interface: 'lo',
    filter: `tcp dst port ${port} and tcp[tcpflags] & tcp-push != 0`,
  });
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let answers = 0;
  socket.on('data', (data) => (answers += data.length));
  await until('connected', () => !socket.connecting);
  const windows: [number, number][] = [];
  for (let round = 1; round <= rounds; round++) {
    const before = nowUs();
    socket.write('x');
    windows.push([before, nowUs()]);
    await until('the answer', () => answers === round);
  }
  await capture.stop();
  socket.destroy();
  server.close();
  const text = await mustExec([], ['tcpdump', '-nn', '-tt', '--nano', '-r', file]);
  const stampsUs = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number(line.slice(0, 10)) * 1e6 + Number(line.slice(11, 20)) / 1000);
  return { windows, stampsUs };
}
