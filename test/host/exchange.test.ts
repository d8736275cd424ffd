import { expect, test } from 'vitest';
import type { CaptureStats, Environment, Listener, SocketRow } from '../../src/host/index.ts';
import { type Actor, ability, ACTORS, lacks, nobodyLacks, perform } from './support/perform.ts';

type Exchange = {
  addresses: string[];
  port: number;
  end: object;
  listening: SocketRow[];
  listeners: Listener[];
  established: SocketRow[][];
  closed: SocketRow[];
  stats: CaptureStats[];
  packets: number[];
  text: string;
  magic: number;
  pids: { told: number; real: number };
  environment: Environment;
};

const LINES = 10;

async function checkExchange(as: Actor): Promise<Exchange> {
  const got = await perform<Exchange>('exchange', { lines: LINES, subnet: '10.77.12.0/24' }, { as });
  const [server = '', client = ''] = got.addresses;
  expect(got.end).toEqual({ code: 0 });
  expect(got.pids.told).toBe(got.pids.real);
  expect(got.listening).toMatchObject([{ state: 'LISTEN', localAddress: server, localPort: got.port }]);
  expect(got.listeners).toMatchObject([{ address: server, port: got.port, waiting: 0, limit: 511 }]);
  expect(got.established[0]?.map((row) => row.state).sort()).toEqual(['ESTABLISHED', 'LISTEN']);
  expect(got.established[1]).toMatchObject([
    { state: 'ESTABLISHED', localAddress: client, remoteAddress: server, remotePort: got.port },
  ]);
  expect(got.closed).toMatchObject([{ state: 'TIME_WAIT', timer: 'time-wait', inode: 0 }]);
  for (const [at, stats] of got.stats.entries()) {
    expect(stats.dropped).toBe(0);
    expect(stats.captured).toBe(stats.received);
    expect(got.packets[at]).toBe(stats.captured);
  }
  return got;
}

test.skipIf(lacks !== '')(`a client and a server on two hosts, seen by three witnesses${lacks}`, async () => {
  const got = await checkExchange('self');
  expect(got.addresses).toEqual(['10.77.12.1', '10.77.12.2']);
  expect(got.magic).toBe(0xa1b23c4d);
  // What one end sent the other end got: nothing was dropped, so both files hold as many packets.
  expect(got.packets[0]).toBe(got.packets[1]);
  expect(got.text.match(/Flags \[S\]/g)).toHaveLength(1);
  expect(got.text.match(/Flags \[S\.\]/g)).toHaveLength(1);
  expect(got.text.match(/Flags \[F\.\]/g)).toHaveLength(2);
  expect(got.environment.stage).toBe('namespaces');
  expect(got.environment.rootless).toBe(ability.rootless);
  expect(got.environment.tcpdump).toMatch(/^\d+\.\d+/);
});

const nobody = ACTORS.includes('nobody');
const why = lacks || (nobodyLacks === '' ? '' : ` (skipped: ${nobodyLacks})`);
test.skipIf(why !== '' || !nobody)(`the same as nobody, without root${why}`, async () => {
  const got = await checkExchange('nobody');
  expect(got.environment.rootless).toBe(true);
});
