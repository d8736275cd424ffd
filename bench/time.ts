/**
 * `npm run bench:time`: how many `time` requests a second chatd answers, and how soon, beside a bare epoll echo in C, a
 * bare echo on node:net, and servers that people know, each asked for the least it answers.
 *
 * The servers run on the first processor and the generator on the second; rounds are interleaved, so that what
 * disturbs the machine disturbs all; figures are medians, and what counts is their ratio. Processor time for each
 * answer is measured as well: it does not depend on who else uses the machine.
 */
import { measureAll } from './load.ts';
import { machine } from './machine.ts';
import { ratio, thousands } from './page.ts';
import * as peer from './peers.ts';
import { publish, tiny } from './publish.ts';
import { compile, compileLoad, scratch } from './servers.ts';

const LOADS = [
  { what: 'time', connections: tiny ? 10 : 100, depth: 16 },
  { what: 'time', connections: tiny ? 10 : 100, depth: 1 },
  { what: 'time', connections: 1, depth: 1 },
] as const;

const { folder, remove } = scratch();
try {
  const echo = peer.cEcho(await compile(folder, 'echo'));
  const ours = [echo, peer.nodeEcho, peer.chatdAsItIs, peer.chatdNet];
  const others = [peer.redis, peer.nats, peer.mosquitto, peer.ws, peer.socketIo];
  const { peers, versions } = await peer.present([...ours, ...others]);
  const results = await measureAll(await compileLoad(folder), peers, LOADS, folder);
  const rows = results.flatMap(({ connections, depth, servers }) => {
    const least = servers.find(({ name }) => name === echo.name);
    const daemon = servers.find(({ name }) => name === peer.chatdAsItIs.name);
    if (least === undefined || daemon === undefined) throw new Error('the echo and chatd are always here');
    return servers.map((one) => [
      one === least ? `${connections} × ${depth}` : '',
      one.name,
      ratio(one.rate, least.rate),
      ratio(daemon.rate, one.rate),
      ratio(least.cpuNs, one.cpuNs),
      ratio(one.p50Us, least.p50Us),
      ...[one.rate, one.cpuNs, one.p50Us, one.p99Us].map(thousands),
    ]);
  });
  publish({
    name: 'time',
    machine: await machine(),
    versions,
    columns: [
      ...['connections × depth', 'server', 'rate : C echo', 'chatd : it', 'C echo : CPU', 'p50 : C echo'],
      ...['answers/s', 'CPU ns each', 'p50 µs', 'p99 µs'],
    ],
    rows,
    results,
  });
} finally {
  remove();
}
