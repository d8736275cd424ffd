import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient, timeRequest } from './support/raw.ts';
import { clp, connect, join, startServer } from './support/servers.ts';

test('the server greets with a number and a text', async () => {
  const running = await startServer({ greeting: '你好' });
  const first = await join(running);
  const second = await join(running);
  expect([first.id, second.id]).toEqual([1, 2]);
  expect(first.greeting).toBe('你好');
});

test('a client shows itself in one line, and as plain data', async () => {
  const client = await join(await startServer());
  const here = `127.0.0.1:${client.local.port} → 127.0.0.1:${client.remote.port}`;
  expect(inspect(client)).toBe(`Client 1 (${here}, clp, connected)`);
  expect(inspect(client.protocol)).toBe('Protocol clp');
  expect(JSON.parse(JSON.stringify(client))).toEqual({
    id: 1,
    local: client.local,
    remote: client.remote,
    protocol: 'clp',
    connected: true,
  });
  await client.disconnect();
  expect(inspect(client)).toBe(`Client 1 (${here}, clp, closed: disconnected)`);
});

test('time is the clock of the server', async () => {
  const client = await join(await startServer());
  const before = Date.now();
  const time = await client.time();
  expect(time.getTime()).toBeGreaterThanOrEqual(before);
  expect(time.getTime()).toBeLessThanOrEqual(Date.now());
});

test('name is the host name of the server', async () => {
  const client = await join(await startServer({ hostName: 'lab-pc-7' }));
  expect(await client.name()).toBe('lab-pc-7');
});

test('list has every client with its real address and port, in ascending order', async () => {
  const running = await startServer();
  const first = await join(running, { name: 'ann' });
  const second = await join(running);
  expect(await second.list()).toEqual([
    { id: first.id, ...first.local, name: 'ann' },
    { id: second.id, ...second.local, name: '' },
  ]);
  await first.disconnect();
  expect((await second.list()).map(({ id }) => id)).toEqual([second.id]);
});

test('a long list comes in pages, each client once', async () => {
  const running = await startServer({ limits: { listPage: 3 } });
  const clients = await Promise.all(Array.from({ length: 11 }, () => join(running)));
  const [asking] = clients;
  const ids = (await asking?.list())?.map(({ id }) => id);
  expect(ids).toEqual(clients.map(({ id }) => id).sort((a, b) => a - b));
});

test('a page that does not fit a packet is made smaller', async () => {
  // 400 clients with names of 64 bytes take more than the 16,384 bytes of a packet.
  const running = await startServer({ limits: { listPage: 400 } });
  const clients = await Promise.all(
    Array.from({ length: 400 }, (_, index) => join(running, { name: String(index).padStart(64, 'n') })),
  );
  const list = await clients[0]?.list();
  expect(list).toHaveLength(400);
  expect(new Set(list?.map(({ name }) => name)).size).toBe(400);
});

test('heartbeats are answered, and the server answers with the number of the request', async () => {
  const running = await startServer();
  const client = await join(running);
  expect(await client.heartbeat()).toBeGreaterThanOrEqual(0);
  const raw = await rawClient(running);
  raw.say({ type: 'heartbeat.request', request: requestNumber(77) });
  await until('the answer', () => raw.of('heartbeat.response').length > 0);
  expect(raw.of('heartbeat.response')).toEqual([{ type: 'heartbeat.response', request: 77 }]);
});

test('requests in one write are answered each, with their own numbers', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  const numbers = [5, 3, 4_294_967_295, 3, 0];
  raw.say(...numbers.map(timeRequest));
  await until('five answers', () => raw.of('time.response').length === 5);
  expect(raw.of('time.response').map(({ request }) => request)).toEqual(numbers);
});

test('requests that arrive byte by byte are answered as well', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  raw.socket.setNoDelay(true);
  const bytes = bytesOf([timeRequest(1), { type: 'name.request', request: requestNumber(2) }]);
  for (const byte of bytes) {
    await new Promise((resolve) => raw.socket.write(Buffer.of(byte), resolve));
  }
  await until('the answer', () => raw.of('name.response').length > 0);
  expect(raw.messages.map(({ type }) => type)).toEqual([
    'hello.indication',
    'time.response',
    'name.response',
  ]);
});

test('a client says goodbye and the server closes behind its answers', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  raw.say(timeRequest(1), {
    type: 'bye.indication',
    request: requestNumber(0),
    status: 'ok',
    text: '',
  });
  await raw.ended();
  expect(raw.of('time.response')).toHaveLength(1);
  expect(raw.fate).toEqual(['end', 'close']);
  await until('the server forgets it', () => running.server.stats().clients === 0);
});

test('a packet that only servers say is a bad packet', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  raw.socket.write(bytesOf([{ type: 'name.response', request: requestNumber(1), name: 'I am the server' }]));
  await raw.ended();
  expect(raw.of('error.indication')[0]).toMatchObject({ status: 'bad-packet' });
});

test('the observer of packets hears of every packet and write, with offsets that add up', async () => {
  const heard: string[] = [];
  let saidTo = 0;
  let writtenTo = 0;
  const running = await startServer({
    packets: {
      received: (client, { type, request }, offset, bytes) =>
        heard.push(`${client} ${type} ${request} at ${offset} of ${bytes}`),
      said: (_client, { type, request }, offset, bytes) => {
        expect(offset).toBe(saidTo);
        saidTo += bytes;
        heard.push(`said ${type} ${request}`);
      },
      written: (_client, packets, bytes, offset) => {
        expect(offset).toBe(writtenTo);
        writtenTo += bytes;
        heard.push(`written ${packets}`);
      },
    },
  });
  const raw = await rawClient(running);
  // What is asked before the greeting is out is answered in one write with it.
  await until('the greeting', () => raw.of('hello.indication').length === 1);
  raw.say(timeRequest(1), timeRequest(2));
  await until('two answers', () => raw.of('time.response').length === 2);
  expect(heard).toEqual([
    'said hello.indication 0',
    'written 1',
    '1 time.request 1 at 0 of 16',
    'said time.response 1',
    '1 time.request 2 at 16 of 16',
    'said time.response 2',
    'written 2',
  ]);
  expect([saidTo, writtenTo]).toEqual([raw.bytesIn, raw.bytesIn]);
});

test("a client's observer sees the bytes that it sends and gets", async () => {
  const running = await startServer();
  const sent: Buffer[] = [];
  const received: string[] = [];
  const client = await connect({
    host: '127.0.0.1',
    port: running.port,
    protocol: clp,
    packets: {
      sent: (_message, bytes) => sent.push(Buffer.from(bytes)),
      received: ({ type }, _bytes, offset) => received.push(`${type} at ${offset}`),
    },
  });
  await client.time();
  await client.disconnect();
  expect(sent[0]).toEqual(bytesOf([timeRequest(1)]));
  expect(received.slice(0, 2)).toEqual([
    'hello.indication at 0',
    `time.response at ${16 + 4 + client.greeting.length}`,
  ]);
});
