import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { connect, tlsTransport } from '../../src/net/index.ts';
import { until } from '../helpers/until.ts';
import { rawClient } from '../net/support/raw.ts';
import { clp } from '../net/support/servers.ts';
import { Home } from './support/chatd.ts';
import { program } from '../helpers/programs.ts';

const REPL = program('bin/chat-repl');

async function repl(
  home: Home,
  ...args: string[]
): Promise<{ stdout: string; stderr: string; exitCode: number | undefined }> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [REPL, '--no-rc', ...args], {
    env: home.env,
    reject: false,
    stdin: 'ignore',
  });
  return { stdout, stderr, exitCode };
}

test('an authority, a certificate, and a server that proves who it is to those who have the authority', async () => {
  const home = new Home();
  const folder = join(home.folder, 'tls');
  const made = await home.chatd('cert', folder, '--name', '127.0.0.1', 'localhost');
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  for (const file of ['ca.key', 'server.key']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  // What is there is not overwritten.
  expect((await home.chatd('cert', folder)).exitCode).toBe(2);

  const files = ['--tls-cert', join(folder, 'server.pem'), '--tls-key', join(folder, 'server.key')];
  const chatd = await home.foreground(...files, '--token', 'open sesame');
  expect(chatd.events('listening')).toMatchObject([{ transport: 'tls' }]);
  const where = `127.0.0.1:${chatd.port}`;
  const inside = await repl(
    home,
    where,
    '--tls',
    '--tls-ca',
    join(folder, 'ca.pem'),
    '--token',
    'open sesame',
    '-e',
    'await list()',
    '--json',
  );
  expect(inside).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(inside.stdout)).toMatchObject([{ id: 1, address: '127.0.0.1' }]);

  // Without the authority the server is a stranger, and does not hear the token.
  const stranger = await repl(home, where, '--tls', '--token', 'open sesame', '-e', '1');
  expect(stranger.exitCode).toBe(1);
  expect(stranger.stderr).toMatch(/cannot prove who it is[^]*--tls-ca/);

  // Who speaks in the clear is not let in, and hurts nobody.
  const plain = await rawClient(chatd);
  plain.socket.write('GET / HTTP/1.1\r\n\r\n');
  await plain.ended();
  expect(plain.messages).toEqual([]);

  // Many packets both ways, halves of them behind each other's backs, and an orderly end.
  const ca = readFileSync(join(folder, 'ca.pem'), 'utf8');
  const client = await connect({
    host: '127.0.0.1',
    port: chatd.port,
    protocol: clp,
    token: 'open sesame',
    transport: tlsTransport({ client: { ca } }),
  });
  await Promise.all(Array.from({ length: 2_000 }, () => client.time()));
  await client.send(client.id, 'x'.repeat(4_000));
  const reason = new Promise((resolve) => client.on('close', resolve));
  chatd.child.kill('SIGTERM');
  expect(await reason).toMatchObject({ code: 'shutting-down' });
  expect((await chatd.ended()).exitCode).toBe(0);
  await until('the log', () => chatd.events('closed').length === 1);
  expect(chatd.events('failed')).toEqual([]);
}, 180_000);

test('a certificate without its key, or of another: exit code 2 and why', async () => {
  const home = new Home();
  const half = await home.chatd('run', '--port', '0', '--tls-cert', '/nonexistent');
  expect(half).toMatchObject({ exitCode: 2 });
  expect(half.stderr).toContain('--tls-key');
  const [one, other] = [join(home.folder, 'one'), join(home.folder, 'other')];
  await Promise.all([home.chatd('cert', one), home.chatd('cert', other)]);
  const mixed = await home.chatd(
    ...['run', '--port', '0', '--tls-cert', join(one, 'server.pem'), '--tls-key', join(other, 'server.key')],
  );
  expect(mixed).toMatchObject({ exitCode: 2 });
  expect(mixed.stderr).toMatch(/certificate/);
}, 180_000);
