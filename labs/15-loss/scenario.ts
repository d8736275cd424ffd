import { text } from '../../src/check/index.ts';
import type { DropSpec } from '../../src/host/index.ts';
import type { Run } from '../../src/lab/index.ts';

export const CASES = ['none', 'lost-ack', 'timeout', 'fast', 'fast-no-sack'] as const;
export type Case = (typeof CASES)[number];

const GREETING = 'a burst follows\n';
/** Bytes of data in a full segment: an MTU of 1500 less the headers of IPv4 and TCP and the timestamps option. */
const FULL = 1500 - 20 - 20 - 12;

export async function scenario(run: Run): Promise<void> {
  const step = text('losing packets', '丢弃分组');
  const host = run.world.host('server');
  const server = await run.startPeer('server', 'server');
  await server.listen(host.address, run.variant.port, { habits: { answersFin: true } });
  const client = await run.startPeer('client', 'client');
  // All segments of a burst fit the initial window of 10 (RFC 6928).
  const bytes = run.number('burst') * FULL;
  const line = `all alone ${run.number('textNumber')}\n`;
  for (const [index, id] of CASES.entries()) {
    run.progress(step, index, CASES.length);
    if (id === 'fast-no-sack') await host.setSysctls({ 'net.ipv4.tcp_sack': 0 });
    await run.phase(id, {}, async (facts) => {
      const { connection, localPort } = await client.connect(host.address, run.variant.port);
      facts['clientPort'] = localPort;
      await server.until(index + 1, 'open');
      const own = (row: { localPort: number; sendQueueBytes: number }): boolean =>
        row.localPort === localPort && row.sendQueueBytes === 0;
      // A burst is not to be the first data: the window that the server tells with its first ACK is another than the one
      // of its SYN-ACK, and an ACK that changes the window is no duplicate (RFC 5681, section 2). Linux merges equal ACKs
      // that come while a program is still writing into one (TcpExtTCPBacklogCoalesce); if that one changes the window,
      // none of them counts, and a sender without SACK waits for its timer (measured on 6.18: 8 duplicates, 206 ms).
      const greets = id !== 'timeout';
      const greeting = greets ? GREETING.length : 0;
      facts['greeting'] = greeting;
      if (greets) {
        await client.send(connection, { text: GREETING });
        await server.until(index + 1, 'bytes', GREETING.length);
        await run.untilSocket('client', 'the greeting acknowledged', own);
      }
      const spec = lossOf(id, run.number('timesLost'));
      const rule = spec === undefined ? undefined : await run.world.drop(spec);
      const what = id === 'timeout' ? { text: line } : { bytes };
      const size = greeting + (id === 'timeout' ? line.length : bytes);
      facts['bytes'] = size;
      await client.send(connection, what);
      await server.until(index + 1, 'bytes', size);
      await run.untilSocket('client', 'everything acknowledged', own);
      facts['dropped'] = rule === undefined ? 0 : await rule.remove();
      await client.finish(connection);
      await client.until(connection, 'closed');
    });
  }
  run.progress(step, CASES.length, CASES.length);
  await run.end(client);
  await run.end(server);
}

function lossOf(id: Case, timesLost: number): DropSpec | undefined {
  switch (id) {
    case 'none':
      return undefined;
    case 'lost-ack':
      return { from: 'server', flags: ['ack'], withoutFlags: ['syn', 'fin', 'rst', 'psh'], times: 1 };
    case 'timeout':
      return { from: 'client', flags: ['psh'], times: timesLost };
    case 'fast':
    case 'fast-no-sack':
      // The first and the fourth of the burst.
      return { from: 'client', minPacketBytes: 1000, every: 3, times: 2 };
  }
}
