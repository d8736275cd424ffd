import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/net/index.ts';
import { loadProtocol, shippedProtocols } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { join, startServer } from './support/servers.ts';

describe.each(shippedProtocols())('in %s', (name) => {
  const protocol = loadProtocol(name);

  test('the operations, pipelined from three clients at once', async () => {
    const running = await startServer({ protocol });
    const clients: Client[] = [];
    for (let i = 0; i < 3; i++) clients.push(await join(running, { protocol }));
    await Promise.all(
      clients.map(async (client) => {
        const [time, host, list, again] = await Promise.all([
          client.time(),
          client.name(),
          client.list(),
          client.time(),
        ]);
        expect(Math.abs(time.getTime() - Date.now())).toBeLessThan(60_000);
        expect(again.getTime()).toBeGreaterThanOrEqual(time.getTime());
        expect(host).toBe('lab-pc');
        expect(list.map(({ port }) => port)).toEqual(clients.map(({ local }) => local.port));
      }),
    );
  });

  test('a text arrives, and one for nobody is refused: the error is not taken for that of another request', async () => {
    const running = await startServer({ protocol });
    const [ann, bob] = [await join(running, { protocol }), await join(running, { protocol })];
    const texts: string[] = [];
    bob.on('message', ({ text }) => texts.push(text));
    const list = await ann.list();
    const number = list.find(({ port }) => port === bob.local.port)?.id ?? 0;
    const { outcome } = await ann.send(number, '你好');
    const known = protocol.can('send.response') ? ['delivered', 'forwarded'] : ['unconfirmed'];
    expect(known).toContain(outcome);
    await until('the text', () => texts.length === 1);
    expect(texts).toEqual(['你好']);

    await bob.disconnect();
    await until('bob is gone', () => running.server.stats().clients === 1);
    const [gone, time] = await Promise.allSettled([ann.send(number, 'x'), ann.time()]);
    expect(time.status).toBe('fulfilled');
    // A protocol that has no word for it leaves the sender in the dark.
    if (protocol.can('error.response')) expect(gone.status).toBe('rejected');
  });
});
