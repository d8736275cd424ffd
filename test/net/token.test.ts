import { expect, onTestFinished, test, vi } from 'vitest';
import { requestNumber } from '../../src/wire/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { rawClient, timeRequest } from './support/raw.ts';
import { clp, connect, eventsOf, join, listen, startServer } from './support/servers.ts';

const TOKEN = 'open sesame';

const showToken = (token: string) => ({
  type: 'token.request' as const,
  request: requestNumber(1),
  token,
});

test('who knows the token is let in and greeted; until then nobody is listed, numbered or served', async () => {
  const running = await startServer({ token: TOKEN });
  const raw = await rawClient(running);
  await until('it is asked', () => raw.messages.length === 1);
  expect(raw.messages).toMatchObject([{ type: 'token.indication' }]);
  expect(running.server.clients()).toEqual([]);
  const inside = await join(running, { token: TOKEN });
  expect(inside.id).toBe(1);
  expect(await inside.list()).toHaveLength(1);
  raw.say(showToken(TOKEN));
  await until('it is greeted', () => raw.messages.length === 3);
  expect(raw.messages.slice(1)).toMatchObject([
    { type: 'token.response', request: 1 },
    { type: 'hello.indication', id: 2 },
  ]);
  // Token and first request in one write.
  const hasty = await rawClient(running);
  hasty.say(showToken(TOKEN), timeRequest(2));
  await until('an answer', () => hasty.of('time.response').length === 1);
});

test.each([
  ['a wrong one', 'open sesame?'],
  ['the beginning of it', 'open sesam'],
  ['none', ''],
])('%s: told, and the connection ends', async (_what, token) => {
  const running = await startServer({ token: TOKEN });
  const raw = await rawClient(running);
  raw.say(showToken(token), timeRequest(2));
  await raw.ended();
  expect(raw.messages).toMatchObject([
    { type: 'token.indication' },
    { type: 'error.response', request: 1, status: 'bad-token' },
    { type: 'bye.indication', status: 'bad-token' },
  ]);
  expect(eventsOf(running.events, 'refused')).toMatchObject([{ status: 'bad-token' }]);
  expect(eventsOf(running.events, 'connected')).toEqual([]);
  expect(JSON.stringify(running.events)).not.toContain('sesam');
});

test('how a token is compared tells nothing of it: by digests of one length, whatever was shown', async () => {
  // The function that the compare goes through, as it is: only how often, and with what, is noted.
  const compare = vi.spyOn(process.getBuiltinModule('node:crypto'), 'timingSafeEqual');
  onTestFinished(() => compare.mockRestore());
  const running = await startServer({ token: TOKEN, limits: { maxWrongTokens: 100 } });
  const shown = [TOKEN, 'Open sesame', 'open sesam', `${TOKEN}!`, 'o', '', '王'.repeat(40), 'x'.repeat(256)];
  for (const token of shown) {
    const raw = await rawClient(running);
    raw.say(showToken(token));
    await until('an answer', () => raw.of('token.response').length + raw.of('error.response').length === 1);
    expect(raw.of('token.response')).toHaveLength(token === TOKEN ? 1 : 0);
  }
  // Once for each, the wrong lengths like the right one, and never with the token itself.
  const lengths = compare.mock.calls.map((both) => both.map(({ byteLength }) => byteLength));
  expect(lengths).toEqual(shown.map(() => [32, 32]));
  const seen = compare.mock.calls.flatMap((both) => both.map((one) => Buffer.from(one as Buffer).toString()));
  expect(seen).not.toContain(TOKEN);
});

test('whatever comes before the token is refused, and bytes that are no packet as well', async () => {
  const running = await startServer({ token: TOKEN });
  const early = await rawClient(running);
  early.say(timeRequest(7));
  await early.ended();
  expect(early.of('error.response')).toMatchObject([{ request: 7, status: 'bad-token' }]);
  const noise = await rawClient(running);
  noise.socket.write('GET / HTTP/1.1\r\n\r\n');
  await noise.ended();
  expect(noise.of('error.indication')).toMatchObject([{ status: 'bad-packet' }]);
  expect(running.server.stats().clients).toBe(0);
});

test('a client without it hears what it needs, one with a wrong one that it is wrong', async () => {
  const running = await startServer({ token: TOKEN });
  const without = connect({ host: '127.0.0.1', port: running.port, protocol: clp });
  await expect(without).rejects.toMatchObject({ code: 'token-needed', fault: 'peer' });
  await expect(without).rejects.toHaveProperty('hint', expect.stringContaining('--token'));
  await expect(join(running, { token: 'wrong wrong' })).rejects.toMatchObject({ code: 'bad-token' });
  // A server that does not ask is not told.
  const open = await startServer({
    packets: {
      received: (_client, { type }) => void heard.push(type),
      said: () => undefined,
      written: () => undefined,
    },
  });
  const heard: string[] = [];
  const client = await join(open, { token: TOKEN });
  await client.time();
  expect(heard).toEqual(['time.request']);
});

test('who shows nothing does not stay', async () => {
  const running = await startServer({ token: TOKEN, limits: { tokenMs: 300 } });
  const raw = await rawClient(running);
  // One byte of a packet is nothing, either.
  raw.socket.write(Buffer.of(0x43));
  await raw.ended();
  expect(raw.of('bye.indication')).toMatchObject([{ status: 'bad-token' }]);
});

test('after some wrong tokens nobody from there is let in for a while, with the right one neither', async () => {
  const running = await startServer({ token: TOKEN, limits: { maxWrongTokens: 3 } });
  const inside = await join(running, { token: TOKEN });
  for (let i = 0; i < 3; i++) {
    await expect(join(running, { token: `wrong guess ${i}` })).rejects.toMatchObject({ code: 'bad-token' });
  }
  const right = join(running, { token: TOKEN });
  await expect(right).rejects.toMatchObject({ code: 'bad-token' });
  await expect(right).rejects.toHaveProperty('message', expect.stringContaining('wait'));
  expect(await inside.name()).toBe('lab-pc');
});

test('those who wait at the door are bounded like clients', async () => {
  const running = await startServer({ token: TOKEN, limits: { maxClients: 2 } });
  const raws = [await rawClient(running), await rawClient(running), await rawClient(running)];
  await until('one is refused', () => raws.some((raw) => raw.of('bye.indication').length === 1));
  expect(eventsOf(running.events, 'refused')).toMatchObject([{ status: 'too-many-clients' }]);
});

test('a protocol without a packet for it cannot have one', async () => {
  const protocol = loadProtocol('struct264');
  await expect(listen({ protocol, port: 0, hostName: 'x', token: TOKEN })).rejects.toMatchObject({
    code: 'unsupported',
    fault: 'usage',
  });
  await expect(
    listen({ protocol, port: 0, hostName: 'x', limits: { heartbeatMs: 1_000 } }),
  ).rejects.toMatchObject({ code: 'unsupported' });
});
