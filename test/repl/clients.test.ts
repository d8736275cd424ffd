/** Several clients in one session, and the ways in which they can misbehave: what the kernel and the server saw of it. */
import { execaSync } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { bindCommands, Evaluator, Session } from '../../src/repl/index.ts';
import type { Server } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { startServer } from './helpers.ts';

const NO_SS = execaSync('ss', ['-V'], { reject: false }).failed
  ? 'ss (iproute2) is not installed'
  : undefined;

interface Room {
  readonly run: (code: string, signal?: AbortSignal) => Promise<unknown>;
  readonly server: Server;
  readonly ends: string[];
}

/** A session with the clients a and b. */
async function enter(): Promise<Room> {
  const ends: string[] = [];
  const { server } = await startServer({
    observe: (event) => event.event === 'disconnected' && ends.push(`${event.client} ${event.why}`),
  });
  const session = new Session({
    protocol: loadProtocol('clp'),
    target: { host: '127.0.0.1', port: server.local.port },
    lazy: true,
  });
  onTestFinished(() => session.close());
  const evaluator = new Evaluator();
  bindCommands(session, evaluator.scope);
  const run = (code: string, signal?: AbortSignal): Promise<unknown> =>
    evaluator.run(code, { file: 'test', ...(signal ? { signal } : {}) });
  await run('const [a, b] = await clients(2)');
  return { run, server, ends };
}

/** The kernel's account of the segments with data that left on a's connection. */
async function dataSegments({ run, server }: Room): Promise<number> {
  const port = String(await run('a.local.port'));
  const { stdout } = execaSync('ss', ['-Htni', `sport = :${port} and dport = :${server.local.port}`]);
  return Number(/data_segs_out:(\d+)/.exec(stdout)?.[1] ?? 0);
}

test('they write to each other, and each has its own texts', async () => {
  const { run } = await enter();
  expect(
    await run("await a.send(b.id, 'to b'); await b.send(a, 'to a'); [await a.receive(), await b.receive()]"),
  ).toMatchObject([{ text: 'to a' }, { text: 'to b' }]);
  expect(await run('(await a.list()).length')).toBe(2);
  await expect(run("a.send('nobody', 'x')")).rejects.toMatchObject({ code: 'wrong-call', fault: 'usage' });
});

test('an interrupted call is given up down to the connection, which lives on', async () => {
  const { run } = await enter();
  const controller = new AbortController();
  const waiting = run('await a.receive()', controller.signal);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  // A receive that still waited would take this text.
  expect(await run("await b.send(a, 'first'); (await a.receive({ timeoutMs: 20000 })).text")).toBe('first');
});

test('a handler of one client hears its texts only; its mistake is reported', async () => {
  const { run } = await enter();
  await run("heard = []; a.on('message', (m) => { heard.push(m.text) })");
  await run("await b.send(b, 'mine'); await b.send(a, 'yours')");
  await until('the handler', async () => ((await run('heard.length')) as number) > 0);
  expect(await run('heard')).toEqual(['yours']);
});

testUnless(NO_SS, 'split: more segments, the same message', async () => {
  const room = await enter();
  await room.run('await a.time(); a.split(4, 5)');
  const before = await dataSegments(room);
  expect(await room.run("await a.send(b, '网络'.repeat(3)); (await b.receive()).text")).toBe(
    '网络'.repeat(3),
  );
  // 18 bytes of text alone are five pieces of four.
  expect((await dataSegments(room)) - before).toBeGreaterThanOrEqual(5);
});

testUnless(NO_SS, 'join: as many answers, fewer segments; what is too few waits for more', async () => {
  const room = await enter();
  await room.run('await a.time(); a.join(10)');
  const before = await dataSegments(room);
  const ten = 'await Promise.all(Array.from({ length: 10 }, () => a.time())).then((all) => all.length)';
  expect(await room.run(ten)).toBe(10);
  expect((await dataSegments(room)) - before).toBe(1);
  await expect(room.run('await a.time({ timeoutMs: 50 })')).rejects.toMatchObject({ code: 'timeout' });
  // It goes out now, and its answer is known to be nobody's.
  expect(await room.run('a.behave(); (await a.name())')).toBe('lab-host');
});

test('delay: nothing has left while the delay lasts', async () => {
  const { run, server } = await enter();
  await run('a.delay(3_600_000)');
  await expect(run('a.time({ timeoutMs: 50 })')).rejects.toMatchObject({ code: 'timeout' });
  await run('await b.time()');
  const requests = new Map(server.clients().map(({ id, requests }) => [Number(id), requests]));
  expect([requests.get(Number(await run('a.id'))), requests.get(Number(await run('b.id')))]).toEqual([0, 1]);
  await run('a.reset()');
});

test('delay keeps the order, and a goodbye stays behind what was sent', async () => {
  const { run, ends } = await enter();
  const id = Number(await run('a.id'));
  await run("a.delay(5); void a.send(b, '1'); a.delay(0); void a.send(b, '2'); await a.disconnect()");
  expect(await run('[(await b.receive()).text, (await b.receive()).text]')).toEqual(['1', '2']);
  await until('the end of a', () => ends.length > 0);
  expect(ends).toEqual([`${id} left`]);
});

test('reset is a loss for the server, not a goodbye', async () => {
  const { run, ends } = await enter();
  const id = Number(await run('a.id'));
  await run('a.reset()');
  await until('the end of a', () => ends.length > 0);
  expect(ends).toEqual([`${id} ECONNRESET`]);
});

testUnless(NO_SS, 'vanish: still connected for all to see, and not even its kernel answers', async () => {
  const { run, server, ends } = await enter();
  expect(await run('a.vanish()')).toMatch(/^vanished: nothing .* is acknowledged/);
  expect(await run('(await b.list()).some(({ id }) => id === a.id)')).toBe(true);
  await expect(run('a.time({ timeoutMs: 50 })')).rejects.toMatchObject({ code: 'timeout' });
  await expect(run("b.send(a, 'are you there?', { timeoutMs: 100 })")).rejects.toMatchObject({
    code: 'timeout',
  });
  // The server's socket: bytes that nobody acknowledges, and a retransmission timer that fired in vain.
  const port = String(await run('a.local.port'));
  await until('the server has sent again', () => {
    const { stdout } = execaSync('ss', ['-Htno', `sport = :${server.local.port} and dport = :${port}`]);
    return /^ESTAB +0 +[1-9]/.test(stdout) && /timer:\(on,[^,]*,[1-9]/.test(stdout);
  });
  expect(ends).toEqual([]);
});

test.each(['a.split(0)', 'a.split("x")', 'a.join()', 'a.delay(-1)', 'a.on("state", () => 0)'])(
  '%s is a wrong call',
  async (code) => {
    const { run } = await enter();
    await expect(run(code)).rejects.toMatchObject({ code: 'wrong-call', fault: 'usage' });
  },
);
