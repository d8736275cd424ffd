import { expect, test } from 'vitest';
import type { KitError } from '../../src/bytes/index.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient, timeRequest } from './support/raw.ts';
import { clp, connect, eventsOf, join, startServer } from './support/servers.ts';

test('a FIN in the middle of a packet is a bad packet, and its sender is told', async () => {
  const running = await startServer();
  const raw = await rawClient(running, { allowHalfOpen: true });
  raw.socket.end(Buffer.concat([bytesOf([timeRequest(1)]), bytesOf([timeRequest(2)]).subarray(0, 9)]));
  await raw.ended();
  expect(raw.messages.map(({ type }) => type)).toEqual([
    'hello.indication',
    'time.response',
    'error.indication',
  ]);
  expect(raw.of('error.indication')[0]?.text).toMatch(/^at byte 25 .*9 bytes of a packet/);
  expect(eventsOf(running.events, 'bad-packet')).toMatchObject([{ reason: 'cut', offset: 25 }]);
});

test('half-close: who has sent its FIN still gets its answers', async () => {
  const running = await startServer();
  const raw = await rawClient(running, { allowHalfOpen: true });
  raw.socket.end(bytesOf(Array.from({ length: 1_000 }, (_, i) => timeRequest(i))));
  await raw.ended();
  expect(raw.of('time.response')).toHaveLength(1_000);
  expect(raw.fate).toEqual(['end', 'close']);
});

test('half-close: the answer to a text comes when its receiver confirms it', async () => {
  const running = await startServer({ limits: { confirmMs: 600_000 } });
  const receiver = await rawClient(running);
  await until('it is greeted', () => receiver.messages.length === 1);
  const sender = await rawClient(running, { allowHalfOpen: true });
  const message = { type: 'send.request', request: requestNumber(5), to: 1, text: 'x' } as const;
  sender.socket.end(bytesOf([{ ...message, toAddress: '', toPort: 0 } as never]));
  await until('the text', () => receiver.of('deliver.indication').length === 1);
  // It has closed its sending side, so it is no longer there for others, and not gone.
  await until('the server saw its FIN', () => running.server.stats().clients === 1);
  expect(sender.fate).toEqual([]);
  receiver.say({ type: 'deliver.response', request: receiver.of('deliver.indication')[0]?.request } as never);
  await sender.ended();
  expect(sender.of('send.response')).toMatchObject([{ request: 5, outcome: 'delivered' }]);
});

test('a RST ends one connection and is named in the log', async () => {
  const running = await startServer();
  const other = await join(running);
  const raw = await rawClient(running);
  await until('it is greeted', () => raw.messages.length === 1);
  raw.socket.resetAndDestroy();
  await until('the server notices', () => eventsOf(running.events, 'disconnected').length === 1);
  expect(eventsOf(running.events, 'disconnected')[0]?.why).toBe('ECONNRESET');
  expect(await other.list()).toHaveLength(1);
});

test('silence: a client that says nothing stays, and is disconnected where there is an idle limit', async () => {
  const patient = await startServer();
  const strict = await startServer({ limits: { idleMs: 400 } });
  const kept = await rawClient(patient);
  const cut = await rawClient(strict);
  await cut.ended();
  expect(cut.of('bye.indication')).toMatchObject([{ status: 'idle' }]);
  await until('the server notices', () => eventsOf(strict.events, 'disconnected').length === 1);
  expect(eventsOf(strict.events, 'disconnected')).toMatchObject([{ why: 'idle' }]);
  expect(kept.fate).toEqual([]);
  kept.say(timeRequest(1));
  await until('an answer', () => kept.of('time.response').length === 1);
});

test('bytes that never become a packet do not count as being heard', async () => {
  const running = await startServer({ limits: { idleMs: 500 } });
  const raw = await rawClient(running);
  const bytes = bytesOf([timeRequest(1)]);
  let at = 0;
  await until('it is cut off', () => {
    // One byte of a packet now and then, and never the last one.
    if (at < bytes.length - 1 && !raw.socket.destroyed) raw.socket.write(bytes.subarray(at, ++at));
    return raw.fate.includes('close');
  });
  expect(raw.of('bye.indication')).toMatchObject([{ status: 'idle' }]);
});

test('close: no new clients, goodbye behind what is queued, and nobody is left', async () => {
  const running = await startServer();
  const client = await join(running);
  const raw = await rawClient(running);
  raw.say(...Array.from({ length: 100 }, (_, i) => timeRequest(i)));
  await until('the requests are there', () => running.server.clients()[1]?.requests === 100);
  const reason = new Promise((resolve) => client.on('close', resolve));
  await running.server.close();
  expect(await reason).toMatchObject({ code: 'shutting-down' });
  await raw.ended();
  expect(raw.of('time.response')).toHaveLength(100);
  expect(raw.messages.at(-1)).toMatchObject({ type: 'bye.indication', status: 'shutting-down' });
  expect(raw.fate).toEqual(['end', 'close']);
  expect(eventsOf(running.events, 'disconnected').map(({ why }) => why)).toEqual([
    'shutting-down',
    'shutting-down',
  ]);
  await expect(connect({ host: '127.0.0.1', port: running.port, protocol: clp })).rejects.toMatchObject({
    code: 'connection-refused',
  });
});

test('close answers texts that wait to be confirmed', async () => {
  const running = await startServer({ limits: { confirmMs: 600_000 } });
  const ann = await join(running);
  const mute = await rawClient(running);
  await until('it is greeted', () => mute.messages.length === 1);
  const answer = ann.send(2, 'x');
  await until('the text', () => mute.of('deliver.indication').length === 1);
  await running.server.close();
  expect(await answer).toEqual({ outcome: 'forwarded' });
});

test('close resets who does not go', async () => {
  const running = await startServer({ limits: { lingerMs: 600_000 } });
  const raw = await rawClient(running, { allowHalfOpen: true });
  await until('it is greeted', () => raw.messages.length === 1);
  await running.server.close(100);
  expect(eventsOf(running.events, 'disconnected')).toHaveLength(1);
});

test('close while clients connect: each is greeted and told, or refused, and none hangs', async () => {
  const running = await startServer();
  const attempts = Array.from({ length: 200 }, () =>
    connect({ host: '127.0.0.1', port: running.port, protocol: clp }).then(
      (client) =>
        new Promise<string>((resolve) => {
          if (client.closeReason !== undefined) resolve(client.closeReason.code);
          client.on('close', ({ code }) => resolve(code));
        }),
      (error: unknown) => (error as KitError).code,
    ),
  );
  await until('some are in', () => running.server.stats().accepted > 20);
  await running.server.close();
  const codes = new Set(await Promise.all(attempts));
  for (const code of codes) {
    expect(['shutting-down', 'connection-lost', 'connection-refused', 'connect-failed']).toContain(code);
  }
});

test('close twice is the same as once', async () => {
  const { server } = await startServer();
  expect(server.close()).toBe(server.close());
  await server.close();
});
