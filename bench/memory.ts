/**
 * `npm run bench:memory`: how much memory each of 10,000 idle clients costs a server, and how soon all of them have been
 * accepted and have had a first answer. Every round starts every server afresh; resident memory is read before the
 * clients come and again when they have been idle for a while.
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { machine, median } from './machine.ts';
import { ratio, thousands } from './page.ts';
import * as peer from './peers.ts';
import { publish, ROUNDS, tiny } from './publish.ts';
import { compile, compileLoad, pinned, scratch, startSubject } from './servers.ts';

const CLIENTS = tiny ? 200 : Number(process.env['CLIENTS'] ?? 10_000);
/** The time that a garbage collector gets to see that nothing happens. */
const IDLE_MS = tiny ? 100 : 2_000;

interface Figures {
  readonly bytes: number;
  readonly openMs: number;
}

async function measure(generator: string, one: peer.Peer, folder: string): Promise<Figures> {
  const subject = await startSubject(one, folder);
  try {
    const before = subject.residentBytes();
    const [file, args] = pinned(1, [generator, 'hold', one.protocol, String(subject.port), String(CLIENTS)]);
    const child = execa(file, args, { timeout: 120_000, stdin: 'pipe', buffer: false });
    const [line] = (await Promise.race([
      once(child.stdout, 'data'),
      child.then(() => {
        throw new Error(`${one.name}: the generator said nothing`);
      }),
    ])) as [Buffer];
    const { openSeconds } = JSON.parse(line.toString()) as { openSeconds: number };
    await sleep(IDLE_MS);
    const bytes = (subject.residentBytes() - before) / CLIENTS;
    child.stdin.end();
    await child;
    return { bytes, openMs: openSeconds * 1000 };
  } finally {
    await subject.stop();
  }
}

const { folder, remove } = scratch();
try {
  const generator = await compileLoad(folder);
  const echo = peer.cEcho(await compile(folder, 'echo'));
  const wanted = [peer.chatdAsItIs, peer.chatdNet, echo, peer.nodeEcho, peer.redis, peer.nats];
  const { peers, versions } = await peer.present([...wanted, peer.mosquitto, peer.ws, peer.socketIo]);
  const rounds: Figures[][] = peers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, one] of peers.entries()) {
      rounds[index]?.push(await measure(generator, one, folder));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  const results = peers.map(({ name }, index) => {
    const of = rounds[index] ?? [];
    const bytes = median(of.map((figures) => figures.bytes));
    return { name, clients: CLIENTS, bytes, openMs: median(of.map(({ openMs }) => openMs)), rounds: of };
  });
  const [daemon] = results;
  if (daemon === undefined) throw new Error('chatd is always here');
  publish({
    name: 'memory',
    machine: await machine(),
    versions,
    columns: [
      ...['server', 'its memory : chatd', 'its time : chatd'],
      ...['KB for each client', `ms until ${thousands(CLIENTS)} have had an answer`],
    ],
    rows: results.map((one) => [
      one.name,
      ratio(one.bytes, daemon.bytes),
      ratio(one.openMs, daemon.openMs),
      (one.bytes / 1000).toFixed(1),
      thousands(one.openMs),
    ]),
    results,
  });
} finally {
  remove();
}
