import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { oddServer } from './support/odd-server.ts';
import { bytesOf, rawClient, timeRequest } from './support/raw.ts';
import { clp, connect, eventsOf, join, startServer } from './support/servers.ts';

test('so many connections from one address; one that goes makes room for one', async () => {
  const running = await startServer({ limits: { maxPerLoopback: 2 } });
  const first = await join(running);
  await join(running);
  const third = await rawClient(running);
  await third.ended();
  expect(third.messages).toMatchObject([
    {
      type: 'bye.indication',
      status: 'too-many-clients',
      text: expect.stringContaining('your address') as string,
    },
  ]);
  await first.disconnect();
  await until('the place is free', () => running.server.stats().clients === 1);
  await until('it can be had', () =>
    join(running).then(
      () => true,
      () => false,
    ),
  );
});

test('bytes that trickle in hold a place for so long and no longer; whole packets may come as slowly as they like', async () => {
  const running = await startServer({ limits: { packetMs: 500 } });
  const slow = await rawClient(running);
  const idle = await rawClient(running);
  const steady = await rawClient(running);
  await until('all are greeted', () => [slow, idle, steady].every(({ messages }) => messages.length === 1));
  const bytes = bytesOf([timeRequest(1)]);
  let sent = 0;
  await until('it is cut off', () => {
    if (Math.floor(performance.now() / 100) % 2 === 0 && sent < 8)
      slow.socket.write(bytes.subarray(sent, ++sent));
    return slow.of('bye.indication').length === 1;
  });
  expect(slow.of('bye.indication')).toMatchObject([
    { status: 'idle', text: expect.stringContaining('a packet was begun') as string },
  ]);
  for (let i = 1; i <= 5; i++) {
    // Cut in the middle each time, and finished.
    steady.socket.write(bytesOf([timeRequest(i)]).subarray(0, 7));
    const row = () => running.server.clients().find(({ port }) => port === steady.socket.localPort);
    await until('the server has its beginning', () => row()?.bytesIn === 16 * (i - 1) + 7);
    steady.socket.write(bytesOf([timeRequest(i)]).subarray(7));
    await until('its answer', () => steady.of('time.response').length === i);
  }
  expect(idle.fate).toEqual([]);
  expect(eventsOf(running.events, 'disconnected')).toMatchObject([{ why: 'idle' }]);
});

test('with heartbeats the server asks who is silent, keeps who answers, and lets go who does not', async () => {
  const running = await startServer({ limits: { heartbeatMs: 300 } });
  const client = await join(running);
  const dead = await rawClient(running);
  await dead.ended();
  expect(dead.messages.map(({ type }) => type)).toEqual([
    'hello.indication',
    'heartbeat.request',
    'bye.indication',
  ]);
  expect(dead.of('bye.indication')).toMatchObject([
    { status: 'idle', text: expect.stringContaining('heartbeat') as string },
  ]);
  expect(client.connected).toBe(true);
  expect(await client.list()).toHaveLength(1);
});

test('a client with heartbeats notices a server that says nothing any more', async () => {
  let mute = false;
  const odd = await oddServer((socket) => {
    socket.on('data', () => {
      if (mute) return;
      mute = true;
      socket.write(bytesOf([{ type: 'heartbeat.response', request: 1 as never }]));
    });
  });
  const client = await connect({ host: '127.0.0.1', port: odd.port, protocol: clp, heartbeatMs: 200 });
  const reason = await new Promise((resolve) => client.on('close', resolve));
  expect(reason).toMatchObject({
    code: 'connection-lost',
    message: expect.stringContaining('heartbeat') as string,
  });
  expect(mute).toBe(true);
});

test('heartbeats of a client leave a live server alone, busy or idle', async () => {
  const running = await startServer();
  const client = await join(running, { heartbeatMs: 100 });
  await until('several were answered', () => (running.server.clients()[0]?.requests ?? 0) >= 5);
  expect(client.connected).toBe(true);
});
