import { connect as rawConnect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { tlsTransport } from '../../../src/net/tls-transport.ts';
import { until } from '../../helpers/until.ts';
import { certificates } from '../support/certificates.ts';
import { join, startServer } from '../support/servers.ts';

const MOST = 20;
const EXCESS = 5;

test('who connects and never says a word of TLS makes room for those who do', async () => {
  const { ca, ...server } = await certificates();
  const { port } = await startServer({
    transport: tlsTransport({ server, handshakes: { most: MOST, withinMs: 600_000 } }),
  });
  const gone: number[] = [];
  const silent: Socket[] = [];
  onTestFinished(() => silent.forEach((socket) => socket.destroy()));
  const connectMore = async (): Promise<void> => {
    const number = silent.length;
    const socket = rawConnect(port, '127.0.0.1');
    silent.push(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => gone.push(number));
    socket.resume();
    await until('it is connected', () => !socket.connecting);
  };
  while (silent.length < MOST + EXCESS) await connectMore();
  await until('the oldest had to go', () => gone.length === EXCESS);
  expect(gone).toEqual([0, 1, 2, 3, 4]);
  const transport = tlsTransport({ client: { ca } });
  const clients = [await join({ port }, { transport }), await join({ port }, { transport })];
  // Two more of the silent ones had to go for them. Who is in counts there no more, however many come now.
  for (let left = MOST; left > 0; left--) await connectMore();
  await until('they had to go as well', () => gone.length === EXCESS + MOST);
  for (const client of clients) expect(await client.name()).toBe('lab-pc');
});

test('and does not stay when there is room', async () => {
  const { cert, key } = await certificates();
  const handshakes = { most: 100, withinMs: 200 };
  const { port } = await startServer({ transport: tlsTransport({ server: { cert, key }, handshakes }) });
  const socket = rawConnect(port, '127.0.0.1').resume();
  await until('it is ended', () => socket.closed);
});
