import { text, variantNumber } from '../../src/check/index.ts';
import type { DropSpec } from '../../src/host/index.ts';
import type { Run } from '../../src/lab/index.ts';

export const CASES = ['none', 'lost-ack', 'timeout', 'fast', 'fast-no-sack'] as const;
export type Case = (typeof CASES)[number];

/** Bytes of data in a full segment: an MTU of 1500 less the headers of IPv4 and TCP and the timestamps option. */
const FULL = 1500 - 20 - 20 - 12;
const LINE = 'all alone\n';

/** How many full segments a burst has; all of them fit the initial window of 10 (RFC 6928). */
export const burstOf = (student: string | null): number => variantNumber(student, 'burst', 8, 10);

export async function scenario(run: Run): Promise<void> {
  const step = text('losing packets', '丢弃分组');
  const host = run.world.host('server');
  const server = await run.startPeer('server', 'server');
  await server.listen(host.address, run.variant.port, { habits: { answersFin: true } });
  const client = await run.startPeer('client', 'client');
  const bytes = burstOf(run.variant.student) * FULL;
  for (const [index, id] of CASES.entries()) {
    run.progress(step, index, CASES.length);
    if (id === 'fast-no-sack') await host.setSysctls({ 'net.ipv4.tcp_sack': 0 });
    await run.phase(id, {}, async (facts) => {
      const { connection, localPort } = await client.connect(host.address, run.variant.port);
      facts['clientPort'] = localPort;
      await server.until(index + 1, 'open');
      const spec = lossOf(id, run.number('timesLost'));
      const rule = spec === undefined ? undefined : await run.world.drop(spec);
      const what = id === 'timeout' ? { text: LINE } : { bytes };
      const size = id === 'timeout' ? LINE.length : bytes;
      facts['bytes'] = size;
      await client.send(connection, what);
      await server.until(index + 1, 'bytes', size);
      const own = (row: { localPort: number; sendQueueBytes: number }): boolean =>
        row.localPort === localPort && row.sendQueueBytes === 0;
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
