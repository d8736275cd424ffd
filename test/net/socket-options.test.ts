import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { expect, onTestFinished } from 'vitest';
import { parseProcNet, type SocketRow } from '../../src/kernel/index.ts';
import type { Channel } from '../../src/net/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { transport } from './support/servers.ts';

const noTable = process.platform === 'linux' ? undefined : 'the kernel’s table is Linux’s';

const rows = (): SocketRow[] =>
  parseProcNet(readFileSync('/proc/net/tcp', 'latin1'), 'tcp', endianness() === 'LE');

/** A channel and what it heard; nothing goes the other way. */
function heard(channel: Channel): { bytes: number; closed: boolean } {
  const seen = { bytes: 0, closed: false };
  channel.listen({
    data: (chunk) => (seen.bytes += chunk.length),
    ended: () => undefined,
    drained: () => undefined,
    closed: () => (seen.closed = true),
  });
  return seen;
}

interface Pair {
  readonly dialled: Channel;
  readonly accepted: Channel;
  readonly heardThere: { bytes: number; closed: boolean };
  /** What the kernel says of the two sockets: the one that dialled, the one that was accepted. */
  readonly sockets: () => readonly [SocketRow | undefined, SocketRow | undefined];
}

async function pair(options: { keepAlive?: boolean; paused?: boolean }): Promise<Pair> {
  const { keepAlive = false, paused = false } = options;
  const taken: { channel: Channel; seen: { bytes: number; closed: boolean } }[] = [];
  const listener = await transport.listen({
    ...{ host: '127.0.0.1', port: 0, noDelay: true, keepAlive, paused },
    connection: (channel) => taken.push({ channel, seen: heard(channel) }),
    acceptFailed: () => undefined,
  });
  const dialled = await transport.dial({
    host: '127.0.0.1',
    port: listener.local.port,
    noDelay: true,
    keepAlive,
  });
  const here = heard(dialled);
  const there = await until('the connection is accepted', () => taken[0]);
  onTestFinished(async () => {
    dialled.abort();
    there.channel.abort();
    await until('both are closed', () => here.closed && there.seen.closed);
    await listener.close();
  });
  const of = (local: number, remote: number): SocketRow | undefined =>
    rows().find(({ localPort, remotePort }) => localPort === local && remotePort === remote);
  const [mine, theirs] = [dialled.local.port, dialled.remote.port];
  return {
    dialled,
    accepted: there.channel,
    heardThere: there.seen,
    sockets: () => [of(mine, theirs), of(theirs, mine)],
  };
}

testUnless(
  noTable,
  'keepAlive: the kernel’s keep-alive timer runs at both ends, and without it at neither',
  async () => {
    const timers = ({ sockets }: Pair) => sockets().map((row) => row?.timer);
    expect(timers(await pair({ keepAlive: true }))).toEqual(['keepalive', 'keepalive']);
    expect(timers(await pair({}))).toEqual(['none', 'none']);
  },
);

testUnless(noTable, 'paused: what arrives stays in the kernel until resume', async () => {
  const { dialled, accepted, heardThere, sockets } = await pair({ paused: true });
  dialled.send(Buffer.alloc(1_000));
  await until('the bytes wait in the kernel', () => sockets()[1]?.receiveQueueBytes === 1_000);
  // Whoever reads would have been told by now: several turns, each with a look at the sockets.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(heardThere.bytes).toBe(0);
  accepted.resume();
  await until('they are read', () => heardThere.bytes === 1_000);
});
