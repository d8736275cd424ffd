import { connect as rawConnect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, type Raw, rawClient, timeRequest } from './support/raw.ts';
import { clp, connect, eventsOf, join, listen, startServer } from './support/servers.ts';

test('one client too many is refused with the reason, and a place that becomes free is given', async () => {
  const running = await startServer({ limits: { maxClients: 2 } });
  const first = await join(running);
  await join(running);
  const third = connect({ host: '127.0.0.1', port: running.port, protocol: clp });
  await expect(third).rejects.toMatchObject({ code: 'too-many-clients', fault: 'peer' });
  await expect(third).rejects.toHaveProperty('hint', expect.stringContaining('--max-clients'));
  expect(eventsOf(running.events, 'refused')).toMatchObject([{ status: 'too-many-clients' }]);
  await first.disconnect();
  await until('the place is free', () => running.server.stats().clients === 1);
  expect((await join(running)).id).toBe(3);
});

test('what a refused client has already sent does not destroy the reason on its way', async () => {
  const running = await startServer({ limits: { maxClients: 1 } });
  await join(running);
  const requests = bytesOf(Array.from({ length: 2_000 }, (_, i) => timeRequest(i)));
  for (let i = 0; i < 20; i++) {
    const raw = await rawClient(running);
    raw.socket.write(requests);
    await raw.ended();
    expect(raw.messages).toMatchObject([{ type: 'bye.indication', status: 'too-many-clients' }]);
    expect(raw.fate[0]).toBe('end');
  }
});

test('a flood of refused connections is bounded: above a number they are reset', async () => {
  const running = await startServer({ limits: { maxClients: 1, maxRefused: 3, lingerMs: 600_000 } });
  const inside = await join(running);
  const raws: Raw[] = [];
  for (let i = 0; i < 6; i++) raws.push(await rawClient(running, { allowHalfOpen: true }));
  await until('three are reset', () => raws.filter(({ fate }) => fate.includes('ECONNRESET')).length === 3);
  await until('three are told', () => raws.filter(({ messages }) => messages.length === 1).length === 3);
  expect(await inside.name()).toBe('lab-pc');
});

test('a class that leaves while another comes: nobody is taken for a flood', async () => {
  const running = await startServer({ limits: { maxRefused: 1 } });
  const leaving = await Promise.all(Array.from({ length: 150 }, () => rawClient(running)));
  await until('all are in', () => running.server.stats().clients === 150);
  for (const { socket } of leaving) socket.end();
  const coming = await Promise.all(Array.from({ length: 150 }, () => rawClient(running)));
  await until('all are greeted', () => coming.every(({ messages }) => messages.length === 1));
  expect(eventsOf(running.events, 'refused')).toEqual([]);
});

test('clients that are gone before they are accepted leave nothing', async () => {
  const running = await startServer();
  for (let i = 0; i < 50; i++) {
    const socket = rawConnect({ host: '127.0.0.1', port: running.port });
    socket.on('error', () => undefined);
    socket.on('connect', () => socket.resetAndDestroy());
    await until('it is gone', () => socket.destroyed || undefined);
  }
  expect(await (await join(running)).name()).toBe('lab-pc');
  await until('only one is left', () => running.server.stats().clients === 1);
});

test('a name belongs to one client, whatever its letters look like, until that client leaves', async () => {
  const running = await startServer();
  const ann = await join(running, { name: 'Ann' });
  const bob = await join(running);
  for (const name of ['Ann', 'ann', 'ＡＮＮ', 'ann\ufe0f']) {
    await expect(bob.rename(name)).rejects.toMatchObject({ code: 'name-taken', fault: 'peer' });
  }
  await bob.rename('bob');
  await bob.rename('Bob');
  await ann.rename('anna');
  await bob.rename('ann');
  expect((await bob.list()).map(({ name }) => name)).toEqual(['anna', 'ann']);
  await ann.disconnect();
  await bob.rename('anna');
});

test('connecting under a taken name fails, and the server forgets that client', async () => {
  const running = await startServer();
  await join(running, { name: 'ann' });
  await expect(join(running, { name: 'ann' })).rejects.toMatchObject({ code: 'name-taken' });
  await until('one is left', () => running.server.stats().clients === 1);
});

test.each([
  ['empty', ''],
  ['only spaces', '   '],
  ['a space behind it', 'ann '],
  ['a line end', 'ann\nbob'],
  ['an escape sequence', '\u001b[2Jann'],
  ['C1', '\u009b2Jann'],
  ['bidi', 'ann\u202etxt'],
  ['zero width', 'a\u200bnn'],
])('a name may not be %s', async (_what, name) => {
  const running = await startServer();
  const raw = await rawClient(running);
  raw.say({ type: 'hello.request', request: requestNumber(3), name });
  await until('an answer', () => raw.messages.length === 2);
  expect(raw.messages[1]).toMatchObject({ type: 'error.response', request: 3, status: 'bad-name' });
  raw.say(timeRequest(4));
  await until('it is still served', () => raw.of('time.response').length === 1);
});

test('a name of 64 bytes is taken, one of 65 is refused before it is sent', async () => {
  const client = await join(await startServer());
  await client.rename('n'.repeat(64));
  await expect(client.rename('n'.repeat(65))).rejects.toMatchObject({
    code: 'name-too-long',
    fault: 'usage',
  });
});

test('a port that is taken is said to be, with how to find out by whom', async () => {
  const { port } = await startServer();
  const second = listen({ protocol: clp, port, hostName: 'x' });
  await expect(second).rejects.toMatchObject({ code: 'port-taken', fault: 'machine' });
  await expect(second).rejects.toHaveProperty('hint', expect.stringContaining(`:${port}`));
});

test('an address that is not here, and a greeting that does not fit', async () => {
  await expect(listen({ protocol: clp, host: '192.0.2.1', port: 0, hostName: 'x' })).rejects.toMatchObject({
    code: 'no-such-address',
    fault: 'machine',
  });
  await expect(
    listen({ protocol: clp, port: 0, hostName: 'x', greeting: 'x'.repeat(1025) }),
  ).rejects.toMatchObject({ code: 'text-too-long', fault: 'usage' });
});

test('an observer that throws ends one connection and not the server', async () => {
  let angry = true;
  const events: string[] = [];
  const server = await listen({
    protocol: clp,
    port: 0,
    hostName: 'lab-pc',
    observe: (event) => {
      events.push(event.event);
      if (event.event === 'connected' && angry) throw new Error('the log is full');
    },
  });
  onTestFinished(() => server.close(0));
  const running = { port: server.local.port };
  const raw = await rawClient(running);
  await raw.ended();
  angry = false;
  expect(await (await join(running)).name()).toBe('lab-pc');
  expect(events).toContain('failed');
});

test('an observer of packets that throws while answers are written takes none away from other clients', async () => {
  const running = await startServer({
    packets: {
      received: () => undefined,
      said: () => undefined,
      written: (client) => {
        if (client === 1 && running.server.stats().clients === 3) throw new Error('no more space');
      },
    },
  });
  const raws: Raw[] = [];
  for (let i = 0; i < 3; i++) raws.push(await rawClient(running));
  await until('all are greeted', () => raws.every(({ messages }) => messages.length === 1));
  for (const raw of raws) raw.say(timeRequest(1));
  await until('the others are answered', () =>
    raws.slice(1).every((raw) => raw.of('time.response').length === 1),
  );
  await raws[0]?.ended();
  expect(eventsOf(running.events, 'failed')).toMatchObject([{ client: 1 }]);
});
