/** Between Jupyter's choice of ports and our start, another program's connection may get one. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';
import { root } from './notebook-rig.ts';

const CHANNELS = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;

async function listener(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** ZeroMQ's greeting begins with FF (RFC 23/ZMTP, 3.0). */
async function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  socket.on('end', () => socket.destroy(new Error('closed without a word')));
  try {
    const [bytes] = (await once(socket, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
    return bytes[0] === 0xff;
  } catch {
    return false; // nobody listens, or it is the other program
  } finally {
    socket.destroy();
  }
}

test('a port that is free again within seconds is waited for', async () => {
  const chosen = await Promise.all(CHANNELS.map(listener));
  const [taken, ...others] = chosen;
  onTestFinished(() => void taken?.server.close());
  for (const { server } of others) server.close();
  const file = join(tempFolder(), 'connection.json');
  const ports = Object.fromEntries(CHANNELS.map((name, at) => [`${name}_port`, chosen[at]?.port]));
  writeFileSync(file, JSON.stringify({ transport: 'tcp', ip: '127.0.0.1', key: 'k', ...ports }));
  const options = JSON.stringify({ connectionFile: file, version: '0' });
  const kernel = execa(process.execPath, [join(root, 'test/jupyter/support/kernel.ts'), options], {
    env: { JPY_PARENT_PID: String(process.pid) },
    reject: false,
  });
  onTestFinished(() => void kernel.kill('SIGKILL'));
  await until('the other ports greet', () => greets(others.at(-1)?.port ?? 0), 60_000);
  expect(await greets(taken?.port ?? 0)).toBe(false);
  taken?.server.close();
  await until('the port that was taken greets', () => greets(taken?.port ?? 0), 60_000);
}, 130_000);
