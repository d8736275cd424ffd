/**
 * `npm run bench:relay`: texts from one client to another, 100 pairs with 16 texts on their way each, through chatd and
 * through servers that people know. chatd's receivers confirm each text and its senders are told, which makes four
 * packets of each; with the others (QoS 0) it is two, with redis, which tells the sender how many got it, three.
 */
import { measureAll } from './load.ts';
import { machine } from './machine.ts';
import { ratio, thousands } from './page.ts';
import * as peer from './peers.ts';
import { publish, tiny } from './publish.ts';
import { compileLoad, scratch } from './servers.ts';

const { folder, remove } = scratch();
try {
  const wanted = [
    peer.chatdUnconfirmed,
    peer.chatdAsItIs,
    peer.chatdNet,
    peer.redis,
    peer.nats,
    peer.mosquitto,
  ];
  const { peers, versions } = await peer.present(wanted);
  const loads = [{ what: 'relay', connections: tiny ? 10 : 100, depth: 16 }] as const;
  const results = await measureAll(await compileLoad(folder), peers, loads, folder);
  const rows = results.flatMap(({ connections, depth, servers }) => {
    const [daemon] = servers;
    if (daemon === undefined) throw new Error('chatd is always here');
    return servers.map((one) => [
      one === daemon ? `${connections} pairs × ${depth}` : '',
      one.name,
      ratio(daemon.rate, one.rate),
      ratio(one.cpuNs, daemon.cpuNs),
      ...[one.rate, one.cpuNs, one.p50Us, one.p99Us].map(thousands),
    ]);
  });
  publish({
    name: 'relay',
    machine: await machine(),
    versions,
    columns: [
      ...['pairs × depth', 'server', 'chatd : it', 'its CPU : chatd'],
      ...['texts/s', 'CPU ns each', 'p50 µs', 'p99 µs'],
    ],
    rows,
    results,
  });
} finally {
  remove();
}
