import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Client, connect, type IncomingText, Server } from '../../src/net/index.ts';
import { loadProtocol, shippedProtocols } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';

/** One whose packets only their first bytes tell apart, each in a layout of its own. */
const quill = fileURLToPath(new URL('quill.yaml', import.meta.url));

/** The same server and client, unchanged, in every protocol. */
describe.each([...shippedProtocols(), quill])('server and client speak %s', (name) => {
  const protocol = loadProtocol(name);

  async function scene(count: number): Promise<Client[]> {
    const server = await Server.listen({ protocol, port: 0, hostName: hostname(), greeting: 'welcome' });
    onTestFinished(() => server.close(0));
    const clients: Client[] = [];
    for (let i = 0; i < count; i++) {
      const client = await connect({ host: '127.0.0.1', port: server.local.port, protocol });
      onTestFinished(() => client.disconnect());
      clients.push(client);
    }
    return clients;
  }

  test('time, name and list, 100 of each in a burst, mixed', async () => {
    const [client] = await scene(1);
    if (client === undefined) throw new Error('no client');
    const rounds = await Promise.all(
      Array.from({ length: 100 }, () => Promise.all([client.time(), client.name(), client.list()])),
    );
    expect(rounds).toHaveLength(100);
    for (const [time, host, list] of rounds) {
      expect(Math.abs(time.getTime() - Date.now())).toBeLessThan(3_600_000);
      expect(host).toBe(hostname());
      expect(list).toMatchObject([{ address: '127.0.0.1', port: client.local.port }]);
    }
    expect(client.greeting).toBe('welcome');
  });

  test('a text arrives, and an unknown receiver is refused', async () => {
    const [ann, bob] = await scene(2);
    if (ann === undefined || bob === undefined) throw new Error('no clients');
    const heard: IncomingText[] = [];
    bob.on('message', (message) => heard.push(message));
    const entry = (await ann.list()).find(({ port }) => port === bob.local.port);
    const { outcome } = await ann.send(entry?.id ?? 0, '你好');
    expect(outcome).toBe(
      protocol.can('deliver.response')
        ? 'delivered'
        : protocol.can('send.response')
          ? 'forwarded'
          : 'unconfirmed',
    );
    await until('the text is there', () => heard.length > 0);
    expect(heard[0]?.text).toBe('你好');
    await expect(ann.send(4_000_000, 'x')).rejects.toMatchObject({ code: 'unknown-client' });
  });
});
