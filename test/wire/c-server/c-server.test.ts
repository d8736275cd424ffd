import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Client, connect, type IncomingText } from '../../../src/net/index.ts';
import { annotate, loadProtocol } from '../../../src/wire/index.ts';
import { sharedTempFolder } from '../../helpers/temp.ts';
import { until } from '../../helpers/until.ts';

/** docs/PROTOCOL.md claims that somebody who knows C and has only that page can write a server. server.c was. */
const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const protocol = loadProtocol('clp');
const source = fileURLToPath(new URL('./server.c', import.meta.url));
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe.skipIf(!hasCompiler)(
  `a server in C, written from the page${hasCompiler ? '' : ' (skipped: no cc)'}`,
  () => {
    const folder = sharedTempFolder();
    let server: ChildProcess;
    let port = 0;
    const clients: Client[] = [];

    beforeAll(async () => {
      const binary = join(folder, 'server');
      execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-std=c11', '-O1', '-o', binary, source]);
      server = spawn(binary, { stdio: ['ignore', 'pipe', 'inherit'] });
      if (server.stdout === null) throw new Error('no stdout');
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      port = Number(line.toString());
    });

    afterEach(async () => {
      await Promise.all(clients.splice(0).map((client) => client.disconnect()));
    });

    afterAll(() => {
      server.kill('SIGKILL');
    });

    async function joined(name?: string): Promise<Client> {
      const client = await connect({
        host: '127.0.0.1',
        port,
        protocol,
        ...(name === undefined ? {} : { name }),
      });
      clients.push(client);
      return client;
    }

    test('greets, tells time and name', async () => {
      const client = await joined();
      expect(client.id).toBeGreaterThan(0);
      expect(client.greeting).toBe('written in C');
      const before = Date.now();
      const time = await client.time();
      expect(time.getTime()).toBeGreaterThanOrEqual(before - 1000);
      expect(time.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
      expect(await client.name()).toBe(hostname());
      expect(await client.heartbeat()).toBeGreaterThan(0);
    });

    test('lists its clients with names, addresses and ports', async () => {
      const [ann, anonymous] = [await joined('ann'), await joined()];
      expect(await ann.list()).toEqual([
        { id: ann.id, address: '127.0.0.1', port: ann.local.port, name: 'ann' },
        { id: anonymous.id, address: '127.0.0.1', port: anonymous.local.port, name: '' },
      ]);
    });

    test('100 requests in a burst are all answered', async () => {
      const client = await joined();
      const answers = await Promise.all(Array.from({ length: 100 }, () => client.time()));
      expect(answers.filter((time) => time.getTime() > 0)).toHaveLength(100);
    });

    test('delivers, in order, and says so when the receiver has confirmed', async () => {
      const [ann, bob] = [await joined('ann'), await joined('bob')];
      const heard: IncomingText[] = [];
      bob.on('message', (message) => heard.push(message));
      const outcomes = await Promise.all(
        ['你好', '', 'x'.repeat(4096)].map((text) => ann.send(bob.id, text)),
      );
      expect(outcomes).toEqual([
        { outcome: 'delivered' },
        { outcome: 'delivered' },
        { outcome: 'delivered' },
      ]);
      expect(heard.map(({ text }) => text)).toEqual(['你好', '', 'x'.repeat(4096)]);
      expect(heard[0]).toMatchObject({ from: ann.id, fromAddress: '127.0.0.1', fromPort: ann.local.port });
    });

    test('says forwarded when the receiver does not confirm in time', async () => {
      const [ann, silent] = [await joined(), await joined()];
      silent.pauseReading();
      expect(await ann.send(silent.id, 'hello')).toEqual({ outcome: 'forwarded' });
      silent.resumeReading();
    });

    test('refuses: nobody there, receiver gone, a name twice, a bad name', async () => {
      const [ann, silent] = [await joined('ann'), await joined()];
      await expect(ann.send(4_000_000_000, 'hello')).rejects.toMatchObject({ code: 'unknown-client' });
      silent.pauseReading();
      const waits = ann.send(silent.id, 'hello');
      // Answered behind the send on the same connection: the server has passed the text on.
      await ann.time();
      silent.reset();
      await expect(waits).rejects.toMatchObject({ code: 'receiver-gone' });
      await expect(joined('ann')).rejects.toMatchObject({ code: 'name-taken' });
      await expect(ann.rename('')).rejects.toMatchObject({ code: 'bad-name' });
    });

    test.each([
      ['another magic', '47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a'],
      ['a length beyond the limit', '43 4c 01 01 02 00 00 00  00 00 00 02 00 00 3f f1'],
      ['an unknown operation', '43 4c 01 01 63 00 00 00  00 00 00 02 00 00 00 00'],
      ['bytes behind the last field', '43 4c 01 01 02 00 00 00  00 00 00 02 00 00 00 01 00'],
      ['half a character', '43 4c 01 01 05 00 00 00  00 00 00 05 00 00 00 06  00 00 00 01 e4 bd'],
    ])('%s: an error packet, and the connection ends', async (_, hex) => {
      const socket = dial(port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      await once(socket, 'connect');
      socket.write(bytesOf(hex));
      await once(socket, 'end');
      socket.destroy();
      const heard = Buffer.concat(chunks);
      const hello = annotate(protocol, 'server', heard);
      expect(hello.message).toMatchObject({ type: 'hello.indication' });
      const rest = heard.subarray(hello.spans[0]?.length);
      expect(annotate(protocol, 'server', rest).message).toMatchObject({
        type: 'error.indication',
        status: 'bad-packet',
      });
    });

    test('says goodbye when it is ended', async () => {
      const client = await joined();
      server.kill('SIGTERM');
      await until('the client knows why', () => client.closeReason);
      expect(client.closeReason).toMatchObject({ code: 'shutting-down' });
      await until('the server has ended', () => server.exitCode !== null);
      expect(server.exitCode).toBe(0);
    });
  },
);
