/** Socket states of a whole connection: from our reader, from ss and from netstat, and what the sampler saw of it. */
import { nowUs } from '../../../src/clock/index.ts';
import { fileURLToPath } from 'node:url';
import { createWorld, findProgram, type Host, Sampler, type SocketRecord } from '../../../src/host/index.ts';
import { renderNetstat } from '../../../src/check/index.ts';
import { until } from '../../helpers/until.ts';

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));

/** The same table three times; again when it changed between the readings. */
async function compare(host: Host) {
  return until('a table that holds still', async () => {
    const before = renderNetstat(host.readSockets());
    const ss = (await host.exec('ss', ['-tanoieH'])).stdout;
    const netstat = findProgram('netstat') ? (await host.exec('netstat', ['-tan'])).stdout : undefined;
    const rows = host.readSockets();
    return renderNetstat(rows) === before && { rows, ss, netstat, table: before };
  });
}

export default async function states() {
  const world = await createWorld({ hosts: ['server', 'client'] });
  try {
    const server = world.host('server');
    const client = world.host('client');
    const records: SocketRecord[] = [];
    const startUs = nowUs();
    const sampler = new Sampler({
      hosts: world.hosts,
      everyMs: 1,
      heartbeatMs: 100,
      filter: (row) => row.localPort === 2312 || row.remotePort === 2312,
      onSample: (record) => records.push(record),
    });
    const daemon = server.spawn(process.execPath, [program('echo-server'), '::', '2312']);
    await daemon.untilOutput(/listening/);
    const talk = client.spawn(process.execPath, [program('talk'), server.address, '2312'], { stdin: 'pipe' });
    talk.stdin?.write('hello\n');
    await talk.untilOutput(/got hello/);
    // The last ACK may be delayed: nothing is on its way any more when both queues are empty.
    await until('quiet', () => server.readSockets().every((row) => row.sendQueueBytes === 0));
    const open = await Promise.all(world.hosts.map(compare));
    sampler.look();
    talk.stdin?.end();
    await talk.ended;
    await until('TIME_WAIT', () => client.readSockets().some((row) => row.state === 'TIME_WAIT'));
    await until('CLOSE_WAIT and LAST_ACK are over', () => server.readSockets().length === 1);
    const closed = await Promise.all(world.hosts.map(compare));
    sampler.look();
    const beats = (): number => records.filter((record) => record.kind === 'heartbeat').length;
    const sofar = beats();
    await until('two more heartbeats', () => beats() >= sofar + 4);
    return { startUs, endUs: nowUs(), open, closed, records, stats: sampler.stop() };
  } finally {
    await world.close();
  }
}
