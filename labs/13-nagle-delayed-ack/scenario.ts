import { english, KitError } from '../../src/bytes/index.ts';
import { text } from '../../src/check/index.ts';
import type { Run } from '../../src/lab/index.ts';

/** Nagle's algorithm at the client, and delayed ACKs at the server; last both again, each request in one write. */
export const CASES = ['both', 'nagle-only', 'delay-only', 'neither', 'one-write'] as const;
export type Case = (typeof CASES)[number];
export const hasNagle = (id: Case): boolean => id === 'both' || id === 'nagle-only' || id === 'one-write';
export const hasDelay = (id: Case): boolean => id === 'both' || id === 'delay-only' || id === 'one-write';

export async function scenario(run: Run): Promise<void> {
  const step = text('rounds in two parts', '分两次写出的若干轮');
  const { address } = run.world.host('server');
  const rounds = run.number('rounds');
  const bytes = run.number('partBytes');
  const server = await run.startPeer('server', 'server');
  await server.listen(address, run.variant.port, { habits: { answersEach: 2 * bytes, answersFin: true } });
  const client = await run.startPeer('client', 'client');
  for (const [index, id] of CASES.entries()) {
    run.progress(step, index, CASES.length);
    await quickAcks(run, !hasDelay(id));
    await run.phase(id, { bytes }, async (facts) => {
      const { connection, localPort } = await client.connect(address, run.variant.port, {
        nagle: hasNagle(id),
      });
      facts['clientPort'] = localPort;
      await server.until(index + 1, 'open');
      for (let round = 1; round <= rounds; round++) {
        if (id === 'one-write') await client.send(connection, { bytes: 2 * bytes });
        else await client.send(connection, { bytes }, 2);
        await client.until(connection, 'bytes', round * ANSWER_BYTES);
      }
      await client.finish(connection);
      await client.until(connection, 'closed');
    });
  }
  run.progress(step, CASES.length, CASES.length);
  await run.end(client);
  await run.end(server);
}

/** The line that the server's program answers with. */
export const ANSWER_BYTES = 'answer\n'.length;

/** Whether the server's kernel acknowledges at once what comes from this subnet (ip-route(8), `quickack`). */
async function quickAcks(run: Run, on: boolean): Promise<void> {
  const host = run.world.host('server');
  const { code, stderr } = await host.exec('ip', [
    ...['route', 'replace', run.variant.subnet, 'dev', host.interface, 'proto', 'kernel', 'scope', 'link'],
    ...['src', host.address, 'quickack', on ? '1' : '0'],
  ]);
  if (code !== 0)
    throw new KitError('no-quickack', english(`ip route: ${stderr.trim()}`), { fault: 'machine' });
}
