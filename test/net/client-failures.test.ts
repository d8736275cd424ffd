import { type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { KitError } from '../../src/bytes/index.ts';
import type { Client } from '../../src/net/index.ts';
import { clientId, epochMs, type Message, requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { oddServer } from './support/odd-server.ts';
import { bytesOf } from './support/raw.ts';
import { clp, connect, join, startServer } from './support/servers.ts';

const errorOf = async (promise: Promise<unknown>): Promise<KitError> => {
  try {
    await promise;
  } catch (error) {
    return error as KitError;
  }
  throw new Error('it was not rejected');
};

const quiet = (): void => undefined;

/** Requests that arrived at an odd server, as they are read. */
function requestsOf(socket: Socket, each: (message: Message) => void): void {
  const decoder = clp.decoder('client');
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) {
      if (next.type !== 'invalid') each(next);
    }
  });
}

test('no answer in time: an error that says so, and the connection is kept', async () => {
  const client = await join(await oddServer(quiet));
  const error = await errorOf(client.time({ timeoutMs: 30 }));
  expect(error).toMatchObject({ code: 'timeout', fault: 'peer' });
  expect(error.message).toContain('30 ms');
  expect(error.hint).toBeDefined();
  expect(client.connected).toBe(true);
});

test('an answer that comes too late is neither given to another request nor called a stray', async () => {
  const server = await oddServer((socket) => {
    const late: Message[] = [];
    requestsOf(socket, (message) => {
      if (message.type !== 'time.request') return;
      late.push({ type: 'time.response', request: message.request, time: epochMs(late.length) });
      // The first is answered together with the second.
      if (late.length === 2) socket.write(bytesOf(late));
    });
  });
  const client = await join(server);
  const strays: unknown[] = [];
  client.on('stray', (message) => strays.push(message));
  await errorOf(client.time({ timeoutMs: 20 }));
  expect((await client.time()).getTime()).toBe(1);
  expect(strays).toEqual([]);
});

test('an answer that nobody asked for is told, and the right one is still taken', async () => {
  const server = await oddServer((socket) =>
    requestsOf(socket, ({ request }) =>
      socket.write(
        bytesOf([
          { type: 'time.response', request: requestNumber(4_000), time: epochMs(1) },
          // The right number and another operation.
          { type: 'name.response', request, name: 'x' },
          { type: 'time.response', request, time: epochMs(2) },
          { type: 'time.response', request, time: epochMs(3) },
        ]),
      ),
    ),
  );
  const client = await join(server);
  const strays: string[] = [];
  client.on('stray', ({ type, request }) => strays.push(`${type} ${request}`));
  expect((await client.time()).getTime()).toBe(2);
  await until('three strays', () => strays.length === 3);
  expect(strays).toEqual(['time.response 4000', 'name.response 1', 'time.response 1']);
});

test('abort before and during a request', async () => {
  const client = await join(await oddServer(quiet));
  expect(await errorOf(client.time({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
  const controller = new AbortController();
  const waiting = errorOf(client.time({ signal: controller.signal }));
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'aborted' });
  expect(client.connected).toBe(true);
});

test('abort before and during a connect', async () => {
  const { port, sockets } = await oddServer(quiet, { greets: false });
  const options = { host: '127.0.0.1', port, protocol: clp };
  expect(await errorOf(connect({ ...options, signal: AbortSignal.abort() }))).toMatchObject({
    code: 'aborted',
  });
  const controller = new AbortController();
  const waiting = errorOf(connect({ ...options, signal: controller.signal }));
  await until('it is connected', () => sockets.length === 1);
  controller.abort();
  expect(await waiting).toMatchObject({ code: 'aborted' });
  await until('and closed', () => sockets[0]?.destroyed || sockets[0]?.readableEnded);
});

test('a port where nobody listens', async () => {
  const { port, server } = await oddServer(quiet);
  await new Promise((resolve) => server.close(resolve));
  const error = await errorOf(connect({ host: '127.0.0.1', port, protocol: clp }));
  expect(error).toMatchObject({ code: 'connection-refused', fault: 'peer' });
  expect(error.hint).toContain(`${port}`);
});

test('a host that is not there by name', async () => {
  const error = await errorOf(connect({ host: 'no-such-host.invalid', port: 1, protocol: clp }));
  expect(error).toMatchObject({ code: 'unknown-host', fault: 'peer' });
});

test('a server that accepts and never greets: connect-timeout that says which of the two it was', async () => {
  const { port } = await oddServer(quiet, { greets: false });
  const error = await errorOf(connect({ host: '127.0.0.1', port, protocol: clp, connectTimeoutMs: 50 }));
  expect(error).toMatchObject({ code: 'connect-timeout', fault: 'peer' });
  expect(error.message).toContain('did not greet');
});

test('a server that closes instead of greeting', async () => {
  const { port } = await oddServer((socket) => socket.end(), { greets: false });
  expect(await errorOf(connect({ host: '127.0.0.1', port, protocol: clp }))).toMatchObject({
    code: 'connection-lost',
  });
});

test('a local port that is taken is a fault of this machine', async () => {
  const { port, server } = await oddServer(quiet);
  const client = await join({ port });
  const error = await errorOf(
    connect({ host: '127.0.0.1', port, protocol: clp, localPort: client.local.port }),
  );
  expect(error.fault).toBe('machine');
  expect(server.listening).toBe(true);
});

test.each([
  ['a FIN', (socket: Socket) => socket.end(), /closed/],
  ['a RST', (socket: Socket) => socket.resetAndDestroy(), /reset|RST/],
])('the connection is lost by %s: every open request fails and says how', async (_name, end, sentence) => {
  const { port, sockets } = await oddServer(quiet);
  const client = await join({ port });
  const closes: unknown[] = [];
  client.on('close', (reason) => closes.push(reason));
  const open = [client.time(), client.name(), client.list()].map(errorOf);
  for (const socket of sockets) end(socket);
  for (const error of await Promise.all(open)) {
    expect(error).toMatchObject({ code: 'connection-lost', fault: 'peer' });
    expect(error.message).toMatch(sentence);
    expect(error.hint).toBeDefined();
  }
  expect(closes).toMatchObject([{ code: 'connection-lost' }]);
  expect(await errorOf(client.time())).toMatchObject({ code: 'not-connected' });
  await client.disconnect();
  expect(closes).toHaveLength(1);
});

test('a server that sends something else: bad-packet with the offset, and the connection is reset', async () => {
  const { port, sockets } = await oddServer(quiet);
  const client = await join({ port });
  const open = errorOf(client.time());
  sockets[0]?.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  const error = await open;
  expect(error).toMatchObject({ code: 'bad-packet', fault: 'peer' });
  // Behind the greeting: 16 bytes of header, 4 of number, 2 of text.
  expect(error.message).toContain('at byte 22 ');
  expect(error.hint).toContain('--protocol');
  expect(client.closeReason?.code).toBe('bad-packet');
});

test('connecting to a server of another kind', async () => {
  const { port } = await oddServer((socket) => socket.write('220 mail.example ESMTP\r\n'), {
    greets: false,
  });
  expect(await errorOf(connect({ host: '127.0.0.1', port, protocol: clp }))).toMatchObject({
    code: 'bad-packet',
  });
});

test("the server's last words are the reason, and what comes behind them does not count", async () => {
  const { port, sockets } = await oddServer(quiet);
  const client = await join({ port });
  const open = errorOf(client.time());
  const texts: string[] = [];
  client.on('message', ({ text }) => texts.push(text));
  const deliver: Message = {
    type: 'deliver.indication',
    request: requestNumber(1),
    from: clientId(2),
    fromAddress: '127.0.0.1',
    fromPort: 1,
    text: 'too late',
  };
  sockets[0]?.write(
    bytesOf([
      { type: 'bye.indication', request: requestNumber(0), status: 'idle', text: 'nothing was heard' },
      deliver,
    ]),
  );
  expect(await open).toMatchObject({ code: 'idle', message: 'nothing was heard' });
  expect((await open).hint).toBeDefined();
  expect(client.closeReason).toMatchObject({ code: 'idle', message: 'nothing was heard' });
  await client.disconnect();
  expect(texts).toEqual([]);
});

test('disconnect during requests: what was sent before is answered, and nothing hangs', async () => {
  const running = await startServer();
  const client = await join(running);
  const answers = Promise.all([client.time(), client.name(), client.list()]);
  await client.disconnect();
  expect((await answers)[1]).toBe('lab-pc');

  const silent = await join(await oddServer((socket) => socket.on('end', () => socket.end())));
  const open = errorOf(silent.time());
  await silent.disconnect();
  expect(await open).toMatchObject({ code: 'disconnected' });
});

test('disconnect from a server that never closes its side resolves all the same', async () => {
  const client = await join(await oddServer(quiet));
  await client.disconnect();
  expect(client.connected).toBe(false);
});

test('disconnect while reading is paused', async () => {
  const client = await join(await startServer());
  client.pauseReading();
  await client.disconnect();
  expect(client.closeReason?.code).toBe('disconnected');
});

test('disconnect twice, and after a reset', async () => {
  const running = await startServer();
  const client = await join(running);
  await Promise.all([client.disconnect(), client.disconnect()]);
  const other = await join(running);
  other.reset();
  await other.disconnect();
  expect(other.closeReason?.code).toBe('disconnected');
});

test('a listener that throws: the other texts arrive, are confirmed, and the error is not swallowed', async () => {
  const running = await startServer();
  const [ann, bob]: [Client, Client] = [await join(running), await join(running)];
  const texts: string[] = [];
  bob.on('message', ({ text }) => {
    texts.push(text);
    if (text === '1') throw new Error('mistake of a student');
  });
  const uncaught: Error[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  try {
    const outcomes = await Promise.all(['0', '1', '2'].map((text) => ann.send(bob.id, text)));
    expect(outcomes).toEqual(Array(3).fill({ outcome: 'delivered' }));
    expect(texts).toEqual(['0', '1', '2']);
    await until('the error', () => uncaught.length === 1);
    expect(uncaught[0]?.message).toBe('mistake of a student');
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  }
});

test('a listener may disconnect in the middle of a burst', async () => {
  const running = await startServer();
  const [ann, bob] = [await join(running), await join(running)];
  const heard: string[] = [];
  bob.on('message', ({ text }) => {
    heard.push(text);
    bob.reset();
  });
  const results = await Promise.allSettled(['0', '1', '2'].map((text) => ann.send(bob.id, text)));
  expect(results.some(({ status }) => status === 'rejected')).toBe(true);
  expect(await ann.name()).toBe('lab-pc');
});

test('a request without a bound may wait for ever', async () => {
  const running = await startServer();
  const client = await join(running);
  expect(await client.name({ timeoutMs: Infinity })).toBe('lab-pc');
});
