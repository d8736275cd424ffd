import { createConnection, createServer, type Socket } from 'node:net';
import { openSync, closeSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CONSTANTS, errnoOf, Sys, type SysEvent } from '../../../src/net/index.ts';
import { until } from '../../helpers/until.ts';

const {
  AF_INET,
  AF_INET6,
  SOCK_STREAM,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SO_ERROR,
  SO_LINGER,
  SO_RCVBUF,
  SO_SNDBUF,
  SO_RCVTIMEO,
  SO_KEEPALIVE,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_KEEPIDLE,
  TCP_SYNCNT,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLNVAL,
  SHUT_WR,
} = CONSTANTS;

interface Table {
  readonly sys: Sys;
  readonly events: SysEvent[];
}

/** The calls, and what they told; what is open at the end of the test is closed. */
function table(signal?: () => AbortSignal | undefined): Table {
  const events: SysEvent[] = [];
  const sys = new Sys({ observe: (event) => events.push(event), ...(signal ? { signal } : {}) });
  onTestFinished(async () => {
    for (const { fd } of await sys.sockets()) await sys.close(fd);
  });
  return { sys, events };
}

async function listener(sys: Sys, backlog = 5): Promise<{ fd: number; port: number }> {
  const fd = await sys.socket(AF_INET, SOCK_STREAM, 0);
  await sys.bind(fd, '127.0.0.1', 0);
  await sys.listen(fd, backlog);
  const name = await sys.getsockname(fd);
  return { fd, port: name?.port ?? 0 };
}

/** A connection on loopback: both ends, and who listened. */
async function pair(sys: Sys): Promise<{ client: number; server: number; fd: number; port: number }> {
  const { fd, port } = await listener(sys);
  const client = await sys.socket(AF_INET, SOCK_STREAM, 0);
  await sys.connect(client, '127.0.0.1', port);
  return { client, server: await sys.accept(fd), fd, port };
}

const stateOf = async (sys: Sys, fd: number): Promise<string | undefined> => (await sys.state(fd)).state;

const becomes = (sys: Sys, fd: number, state: string): Promise<unknown> =>
  until(`fd ${fd} is in ${state}`, async () => (await stateOf(sys, fd)) === state);

test('end closes every socket, and whoever waits for one hears nothing more', async () => {
  const { sys, events } = table();
  const { client, fd } = await pair(sys);
  let settled = 0;
  const count = (): void => void (settled += 1);
  void sys.accept(fd).then(count, count);
  void sys.poll([{ fd: client, events: POLLIN }]).then(count, count);
  await until('both wait', () => events.filter(({ event }) => event === 'blocks').length === 2);
  await sys.end();
  expect(await sys.sockets()).toEqual([]);
  await expect(sys.state(fd)).rejects.toMatchObject({ code: 'EBADF' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toBe(0);
  expect(events.at(-1)?.event).toBe('blocks');
});

test('one connection from socket to TIME_WAIT, with the state behind every call', async () => {
  const { sys, events } = table();
  const fd = await sys.socket(AF_INET, SOCK_STREAM, 0);
  expect(await stateOf(sys, fd)).toBe('CLOSE');
  await sys.bind(fd, '127.0.0.1', 0);
  expect(await stateOf(sys, fd)).toBe('CLOSE');
  await sys.listen(fd, 5);
  expect(await sys.state(fd)).toMatchObject({ state: 'LISTEN', acceptQueue: { waiting: 0, backlog: 5 } });
  const port = (await sys.getsockname(fd))?.port ?? 0;

  // Between listen and accept: the client is connected and may even send.
  const client = await sys.socket(AF_INET, SOCK_STREAM, 0);
  await sys.connect(client, '127.0.0.1', port);
  expect(await sys.send(client, 'early')).toBe(5);
  expect(await sys.state(fd)).toMatchObject({ acceptQueue: { waiting: 1, backlog: 5 } });
  const rows = await sys.netstat(port);
  expect(rows.map(({ state }) => state).sort()).toEqual(['ESTABLISHED', 'ESTABLISHED', 'LISTEN']);
  expect(rows.find(({ state }) => state === 'LISTEN')?.recvQ).toBe(1);

  const conn = await sys.accept(fd);
  expect(await sys.getpeername(conn)).toEqual(await sys.getsockname(client));
  expect(await sys.state(conn)).toMatchObject({ state: 'ESTABLISHED', receiveQueueBytes: 5 });
  expect((await sys.recv(conn, 100)).toString()).toBe('early');

  await sys.shutdown(client, SHUT_WR);
  expect((await sys.recv(conn, 100)).length).toBe(0);
  await becomes(sys, client, 'FIN_WAIT2');
  expect(await stateOf(sys, conn)).toBe('CLOSE_WAIT');
  await sys.close(conn);
  await until('TIME_WAIT of the first closer', async () =>
    (await sys.netstat(port)).some(({ state }) => state === 'TIME_WAIT'),
  );
  await sys.close(client);
  const closed = events.findLast((event) => event.event === 'closed');
  expect(closed).toMatchObject({ left: { state: 'TIME_WAIT', timer: 'time-wait', remotePort: port } });
  await sys.close(fd);
});

test('each call tells what the kernel made of it', async () => {
  const { sys, events } = table();
  const { fd, port } = await listener(sys);
  expect(events.map((event) => event.call)).toEqual([
    'socket(AF_INET, SOCK_STREAM, 0)',
    `bind(${fd}, 127.0.0.1:0)`,
    `listen(${fd}, 5)`,
    `getsockname(${fd})`,
  ]);
  expect(events.at(-1)).toMatchObject({
    event: 'returned',
    result: `127.0.0.1:${port}`,
    state: { state: 'LISTEN' },
  });
});

describe('errno, from the kernel', () => {
  type Case = readonly [name: string, errno: string, play: (sys: Sys) => Promise<unknown>];
  const CASES: readonly Case[] = [
    ['a descriptor that is not open', 'EBADF', (sys) => sys.listen(99_999, 5)],
    ['the same, closed', 'EBADF', (sys) => sys.close(99_999)],
    ['a negative descriptor', 'EBADF', (sys) => sys.recv(-1, 10)],
    ['a family that nobody has', 'EAFNOSUPPORT', (sys) => sys.socket(99, SOCK_STREAM, 0)],
    ['a protocol of another type', 'EPROTONOSUPPORT', (sys) => sys.socket(AF_INET, SOCK_STREAM, IPPROTO_UDP)],
    [
      'a port that is taken',
      'EADDRINUSE',
      async (sys) => {
        const { port } = await listener(sys);
        const second = await sys.socket(AF_INET, SOCK_STREAM, 0);
        return sys.bind(second, '127.0.0.1', port);
      },
    ],
    [
      'an address of no interface here (RFC 5737)',
      'EADDRNOTAVAIL',
      async (sys) => sys.bind(await sys.socket(AF_INET, SOCK_STREAM, 0), '192.0.2.1', 0),
    ],
    [
      'bind twice',
      'EINVAL',
      async (sys) => {
        const { fd } = await listener(sys);
        return sys.bind(fd, '127.0.0.1', 0);
      },
    ],
    ['accept without listen', 'EINVAL', async (sys) => sys.accept(await sys.socket(AF_INET, SOCK_STREAM, 0))],
    [
      'listen on a datagram socket',
      'EOPNOTSUPP',
      async (sys) => sys.listen(await sys.socket(AF_INET, SOCK_DGRAM, 0), 5),
    ],
    [
      'a port where nobody listens',
      'ECONNREFUSED',
      async (sys) => {
        const { fd, port } = await listener(sys);
        await sys.close(fd);
        return sys.connect(await sys.socket(AF_INET, SOCK_STREAM, 0), '127.0.0.1', port);
      },
    ],
    [
      'connect twice',
      'EISCONN',
      async (sys) => {
        const { client, port } = await pair(sys);
        return sys.connect(client, '127.0.0.1', port);
      },
    ],
    [
      'recv before connect',
      'ENOTCONN',
      async (sys) => sys.recv(await sys.socket(AF_INET, SOCK_STREAM, 0), 10),
    ],
    [
      'getpeername before connect',
      'ENOTCONN',
      async (sys) => sys.getpeername(await sys.socket(AF_INET, SOCK_STREAM, 0)),
    ],
    [
      'send behind our own FIN',
      'EPIPE',
      async (sys) => {
        const { client } = await pair(sys);
        await sys.shutdown(client, SHUT_WR);
        return sys.send(client, 'x');
      },
    ],
    [
      'a RST (SO_LINGER 0 and close)',
      'ECONNRESET',
      async (sys) => {
        const { client, server } = await pair(sys);
        await sys.setsockopt(server, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
        await sys.close(server);
        return sys.recv(client, 10);
      },
    ],
    [
      'closing with bytes unread (RFC 2525, section 2.17)',
      'ECONNRESET',
      async (sys) => {
        const { client, server } = await pair(sys);
        await sys.send(client, 'never read');
        await sys.poll([{ fd: server, events: POLLIN }]);
        await sys.close(server);
        return sys.recv(client, 10);
      },
    ],
    [
      'nothing to read, and no wait wanted',
      'EAGAIN',
      async (sys) => {
        const { client } = await pair(sys);
        return sys.recv(client, 10, MSG_DONTWAIT);
      },
    ],
    [
      'nothing to accept on a socket that never waits',
      'EAGAIN',
      async (sys) => {
        const fd = await sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        await sys.bind(fd, '127.0.0.1', 0);
        await sys.listen(fd, 1);
        return sys.accept(fd);
      },
    ],
    [
      'connect of a socket that never waits',
      'EINPROGRESS',
      async (sys) => {
        const { port } = await listener(sys);
        const fd = await sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        return sys.connect(fd, '127.0.0.1', port);
      },
    ],
    [
      'an IPv6 address for an IPv4 socket',
      'EAFNOSUPPORT',
      async (sys) => sys.connect(await sys.socket(AF_INET, SOCK_STREAM, 0), '::1', 1),
    ],
    [
      'an option that no level has',
      'ENOPROTOOPT',
      async (sys) => sys.getsockopt(await sys.socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, 9_999),
    ],
    [
      'a shutdown before connect',
      'ENOTCONN',
      async (sys) => sys.shutdown(await sys.socket(AF_INET, SOCK_STREAM, 0), SHUT_WR),
    ],
    [
      'a SYN that nobody answers: a full accept queue drops it, and TCP gives up after one more',
      'ETIMEDOUT',
      async (sys) => {
        const { port } = await listener(sys, 0);
        const first = await sys.socket(AF_INET, SOCK_STREAM, 0);
        await sys.connect(first, '127.0.0.1', port);
        const second = await sys.socket(AF_INET, SOCK_STREAM, 0);
        await sys.setsockopt(second, IPPROTO_TCP, TCP_SYNCNT, 1);
        const connecting = sys.connect(second, '127.0.0.1', port);
        connecting.catch(() => undefined);
        await becomes(sys, second, 'SYN_SENT');
        return connecting;
      },
    ],
  ];
  test.each(CASES)('%s: %s', async (_name, errno, play) => {
    const { sys, events } = table();
    const error: unknown = await play(sys).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'CallError', code: errno });
    expect((error as Error).message).toContain(`${errno} (`);
    expect(events.at(-1)).toMatchObject({ event: 'failed', error: { code: errno } });
  });

  test('a file is no socket', async () => {
    const { sys } = table();
    const fd = openSync('/dev/null', 'r');
    onTestFinished(() => closeSync(fd));
    await expect(sys.recv(fd, 10)).rejects.toMatchObject({ code: 'ENOTSOCK' });
    await expect(sys.getsockname(fd)).rejects.toMatchObject({ code: 'ENOTSOCK' });
  });

  test('a refused socket may try again, as one that waited in the kernel could', async () => {
    const { sys } = table();
    const { fd, port } = await listener(sys);
    await sys.close(fd);
    const client = await sys.socket(AF_INET, SOCK_STREAM, 0);
    await expect(sys.connect(client, '127.0.0.1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    // connect has told the error: nothing is pending.
    expect(await sys.getsockopt(client, SOL_SOCKET, SO_ERROR)).toBe(0);
    const again = await listener(sys);
    expect(await sys.connect(client, '127.0.0.1', again.port)).toBe(0);
  });

  test('SO_ERROR holds what poll found, and gives it once', async () => {
    const { sys } = table();
    const { client, server } = await pair(sys);
    await sys.setsockopt(server, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 0 });
    await sys.close(server);
    expect(await sys.poll([{ fd: client, events: 0 }])).toMatchObject([{ revents: POLLERR | POLLHUP }]);
    expect(await sys.getsockopt(client, SOL_SOCKET, SO_ERROR)).toBe(errnoOf('ECONNRESET')?.number);
    expect(await sys.getsockopt(client, SOL_SOCKET, SO_ERROR)).toBe(0);
  });
});

describe('waiting', () => {
  test('accept and recv wait, the event loop does not, and an AbortSignal ends them', async () => {
    const controller = new AbortController();
    const { sys, events } = table(() => controller.signal);
    const { fd } = await listener(sys);
    const blocked = [sys.accept(fd), sys.accept(fd)];
    for (const one of blocked) one.catch(() => undefined);
    await until(
      'both are told to block',
      () => events.filter(({ event }) => event === 'blocks').length === 2,
    );
    controller.abort();
    for (const one of blocked) await expect(one).rejects.toMatchObject({ code: 'aborted' });
    // The listener is whole: who comes now is accepted by a call without that signal.
    expect(await stateOf(sys, fd)).toBe('LISTEN');
  });

  test('close ends a recv that waits, with EBADF, and the FIN goes out at once', async () => {
    const { sys, events } = table();
    const { client, server } = await pair(sys);
    const blocked = sys.recv(server, 10);
    blocked.catch(() => undefined);
    await until('it blocks', () => events.some(({ event }) => event === 'blocks'));
    await sys.close(server);
    await expect(blocked).rejects.toMatchObject({ code: 'EBADF' });
    expect((await sys.recv(client, 10)).length).toBe(0);
  });

  test('a listener that was closed while accept waited does not take another connection', async () => {
    const { sys, events } = table();
    const { fd, port } = await listener(sys);
    const blocked = sys.accept(fd);
    blocked.catch(() => undefined);
    await until('it blocks', () => events.some(({ event }) => event === 'blocks'));
    await sys.close(fd);
    await expect(blocked).rejects.toMatchObject({ code: 'EBADF' });
    const client = await sys.socket(AF_INET, SOCK_STREAM, 0);
    await expect(sys.connect(client, '127.0.0.1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('send waits while the buffers are full, and has sent all when it comes back', async () => {
    const { sys, events } = table();
    const { client, server } = await pair(sys);
    await sys.setsockopt(client, SOL_SOCKET, SO_SNDBUF, 8192);
    const data = Buffer.alloc(8 * 1024 * 1024, 'abcdefgh');
    const sending = sys.send(client, data);
    await until('it blocks', () =>
      events.some(({ event, call }) => event === 'blocks' && call.startsWith('send')),
    );
    expect((await sys.state(client)).sendQueueBytes).toBeGreaterThan(0);
    expect(data.equals(await sys.recv(server, data.length, MSG_WAITALL))).toBe(true);
    expect(await sending).toBe(data.length);
  });

  test('without waiting, send gives what fitted, and then EAGAIN', async () => {
    const { sys } = table();
    const { client } = await pair(sys);
    const data = Buffer.alloc(16 * 1024 * 1024);
    const took = await sys.send(client, data, MSG_DONTWAIT);
    expect(took).toBeGreaterThan(0);
    expect(took).toBeLessThan(data.length);
    await expect(
      (async () => {
        for (;;) await sys.send(client, data, MSG_DONTWAIT);
      })(),
    ).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('SO_RCVTIMEO bounds recv', async () => {
    const { sys } = table();
    const { client } = await pair(sys);
    await sys.setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, 30);
    await expect(sys.recv(client, 10)).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('poll: ready, not ready in time, not open; and woken by what comes', async () => {
    const { sys } = table();
    const { client, server } = await pair(sys);
    expect(await sys.poll([{ fd: client, events: POLLIN | POLLOUT }], 0)).toMatchObject([
      { revents: POLLOUT },
    ]);
    expect(await sys.poll([{ fd: client, events: POLLIN }], 20)).toMatchObject([{ revents: 0 }]);
    expect(await sys.poll([{ fd: 99_999, events: POLLIN }])).toMatchObject([{ revents: POLLNVAL }]);
    // Negative: ignored (poll(2)).
    expect(await sys.poll([{ fd: -1, events: POLLIN }], 0)).toMatchObject([{ revents: 0 }]);
    const polling = sys.poll([
      { fd: client, events: POLLIN },
      { fd: server, events: POLLIN },
    ]);
    await sys.send(server, 'x');
    expect(await polling).toMatchObject([{ revents: POLLIN }, { revents: 0 }]);
  });
});

test('bytes: peek, whole, one by one; several sends in one recv', async () => {
  const { sys } = table();
  const { client, server } = await pair(sys);
  await sys.send(client, 'ab');
  await sys.send(client, new Uint8Array([0xe4, 0xbd, 0xa0]));
  expect((await sys.recv(server, 5, MSG_WAITALL | MSG_PEEK)).length).toBeGreaterThan(0);
  expect((await sys.recv(server, 5, MSG_WAITALL)).toString()).toBe('ab你');
  await sys.send(client, 'xyz');
  expect((await sys.recv(server, 1)).toString()).toBe('x');
  expect((await sys.recv(server, 9)).toString()).toBe('yz');
  expect(await sys.send(client, '')).toBe(0);
});

test('options: numbers, structures, names', async () => {
  const { sys } = table();
  const { client } = await pair(sys);
  await sys.setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, true);
  expect(await sys.getsockopt(client, SOL_SOCKET, SO_KEEPALIVE)).toBe(1);
  await sys.setsockopt(client, IPPROTO_TCP, TCP_KEEPIDLE, 77);
  expect(await sys.getsockopt(client, IPPROTO_TCP, TCP_KEEPIDLE)).toBe(77);
  await sys.setsockopt(client, SOL_SOCKET, SO_LINGER, { onoff: 1, linger: 9 });
  expect(await sys.getsockopt(client, SOL_SOCKET, SO_LINGER)).toEqual({ onoff: 1, linger: 9 });
  await sys.setsockopt(client, SOL_SOCKET, SO_LINGER, { onoff: 0, linger: 0 });
  await sys.setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, 2_000);
  expect(await sys.getsockopt(client, SOL_SOCKET, SO_RCVTIMEO)).toBe(2_000);
  // socket(7): the kernel doubles it.
  await sys.setsockopt(client, SOL_SOCKET, SO_RCVBUF, 8_192);
  expect(await sys.getsockopt(client, SOL_SOCKET, SO_RCVBUF)).toBe(16_384);
  await sys.setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, 'reno');
  expect(await sys.getsockopt(client, IPPROTO_TCP, TCP_CONGESTION)).toBe('reno');
  expect(await sys.getsockopt(client, IPPROTO_TCP, TCP_INFO)).toMatchObject({ state: 'ESTABLISHED' });
  await expect(sys.setsockopt(client, IPPROTO_TCP, TCP_CONGESTION, 'x'.repeat(99))).rejects.toMatchObject({
    code: 'wrong-call',
  });
});

test('IPv6, and a listener on :: that takes IPv4 as well', async () => {
  const { sys } = table();
  const fd = await sys.socket(AF_INET6, SOCK_STREAM, 0);
  await sys.bind(fd, '::', 0);
  await sys.listen(fd, 5);
  const port = (await sys.getsockname(fd))?.port ?? 0;
  const client = await sys.socket(AF_INET, SOCK_STREAM, 0);
  await sys.connect(client, '127.0.0.1', port);
  const conn = await sys.accept(fd);
  expect((await sys.getpeername(conn))?.address).toBe('::ffff:127.0.0.1');
});

test("Node's own sockets cannot be closed, written to or shut down under it", async () => {
  const { sys } = table();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const socket = createConnection({ host: '127.0.0.1', port });
  const theirs = await accepted;
  onTestFinished(() => {
    socket.destroy();
    theirs.destroy();
    server.close();
  });
  for (let fd = 0; fd < 64; fd++) {
    for (const call of [sys.close(fd), sys.shutdown(fd, SHUT_WR), sys.send(fd, 'x')]) {
      await expect(call).rejects.toMatchObject({
        code: expect.stringMatching(/^(not-yours|EBADF|ENOTSOCK)$/) as string,
      });
    }
  }
  const heard = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  theirs.write('still here');
  expect(await heard).toBe('still here');
});

test('whatever one passes, the process lives and the answer is an error or a value', async () => {
  const { sys } = table(() => AbortSignal.timeout(200));
  const odd = fc.oneof(
    fc.anything(),
    fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
    fc.integer({ min: -2, max: 70 }),
    fc.constantFrom(AF_INET, SOCK_STREAM, '127.0.0.1', SOL_SOCKET, { fd: 5, events: POLLIN }),
  );
  const calls = ['socket', 'bind', 'listen', 'accept', 'send', 'recv', 'shutdown', 'close'] as const;
  const more = ['setsockopt', 'getsockopt', 'getsockname', 'getpeername', 'state'] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...calls, ...more),
      fc.array(odd, { maxLength: 4 }),
      async (name, args) => {
        const call = sys[name].bind(sys) as (...args: readonly unknown[]) => Promise<unknown>;
        const outcome = await call(...args).then(
          () => 'value',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        expect(outcome).toEqual(expect.any(String));
      },
    ),
    { numRuns: 1_500 },
  );
  // Alive, and whole.
  const { client, server } = await pair(sys);
  await sys.send(client, 'ok');
  expect((await sys.recv(server, 2)).toString()).toBe('ok');
});
