import { expect, test } from 'vitest';
import type { KitError } from '../../src/bytes/index.ts';
import { compileProtocol, clientId, requestNumber } from '../../src/wire/index.ts';
import { readFileSync } from 'node:fs';
import { until } from '../helpers/until.ts';
import { rawClient } from './support/raw.ts';
import { join, startServer } from './support/servers.ts';

/** The error that a promise is rejected with; a test that gets a value fails. */
const errorOf = async (promise: Promise<unknown>): Promise<KitError> => {
  try {
    await promise;
  } catch (error) {
    return error as KitError;
  }
  throw new Error('it was not rejected');
};

test('a text that the receiver has confirmed is delivered, with its sender', async () => {
  const running = await startServer();
  const [ann, bob] = [await join(running), await join(running)];
  const texts: unknown[] = [];
  bob.on('message', (message) => texts.push(message));
  expect(await ann.send(bob.id, '你好 👋')).toEqual({ outcome: 'delivered' });
  expect(texts).toMatchObject([
    { from: ann.id, fromAddress: '127.0.0.1', fromPort: ann.local.port, text: '你好 👋' },
  ]);
});

test('a client may send to itself', async () => {
  const client = await join(await startServer());
  const texts: string[] = [];
  client.on('message', ({ text }) => texts.push(text));
  expect(await client.send(client.id, 'note')).toEqual({ outcome: 'delivered' });
  expect(texts).toEqual(['note']);
});

test('a text whose receiver has the bytes and does not confirm is forwarded', async () => {
  const running = await startServer({ limits: { confirmMs: 50 } });
  const ann = await join(running);
  const mute = await rawClient(running);
  await until('it is greeted', () => mute.messages.length === 1);
  const list = await ann.list();
  expect(await ann.send(list[1]?.id ?? 0, 'x')).toEqual({ outcome: 'forwarded' });
  expect(mute.of('deliver.indication')).toMatchObject([{ text: 'x', from: ann.id }]);
});

test('only the receiver can confirm, and only once', async () => {
  const running = await startServer({ limits: { confirmMs: 200 } });
  const [ann, receiver, stranger] = [await join(running), await rawClient(running), await rawClient(running)];
  await until('both are greeted', () => receiver.messages.length + stranger.messages.length === 2);
  const answer = ann.send(2, 'x');
  await until('the text', () => receiver.of('deliver.indication').length === 1);
  const number = receiver.of('deliver.indication')[0]?.request ?? requestNumber(0);
  stranger.say({ type: 'deliver.response', request: number });
  expect(await answer).toEqual({ outcome: 'forwarded' });
  // Too late now, and no reason to be cut off.
  receiver.say(
    { type: 'deliver.response', request: number },
    { type: 'heartbeat.request', request: requestNumber(9) },
  );
  await until('it is still served', () => receiver.of('heartbeat.response').length === 1);
});

test('an unknown number is a typed error with a next step, and the connection goes on', async () => {
  const client = await join(await startServer());
  const error = await errorOf(client.send(99, 'x'));
  expect(error).toMatchObject({ name: 'KitError', code: 'unknown-client', fault: 'peer' });
  expect(error.message).toContain('99');
  expect(error.hint).toContain('list');
  expect(await client.name()).toBe('lab-pc');
});

test('numbers of clients that left are not used again', async () => {
  const running = await startServer();
  const ann = await join(running);
  const bob = await join(running);
  await bob.disconnect();
  const carl = await join(running);
  expect(carl.id).not.toBe(bob.id);
  expect(await errorOf(ann.send(bob.id, 'x'))).toMatchObject({ code: 'unknown-client' });
});

test.each(['destroy', 'reset', 'end'] as const)(
  'a receiver that leaves (%s) before it confirms: receiver-gone',
  async (how) => {
    const running = await startServer({ limits: { confirmMs: 600_000 } });
    const ann = await join(running);
    const bob = await rawClient(running);
    await until('it is greeted', () => bob.messages.length === 1);
    const answer = errorOf(ann.send(2, 'x'));
    await until('the text', () => bob.of('deliver.indication').length === 1);
    if (how === 'reset') bob.socket.resetAndDestroy();
    else if (how === 'destroy') bob.socket.destroy();
    else bob.socket.end();
    expect(await answer).toMatchObject({ code: 'receiver-gone', fault: 'peer' });
    expect((await answer).hint).toBeDefined();
    expect(running.server.stats().unconfirmed).toBe(0);
  },
);

test('a receiver that does not read: receiver-slow, at once when its queue is full', async () => {
  const running = await startServer({ limits: { confirmMs: 50, maxUnsentBytes: 100_000, stallMs: 600_000 } });
  const ann = await join(running);
  const deaf = await rawClient(running);
  await until('it is greeted', () => deaf.messages.length === 1);
  deaf.socket.pause();
  const text = 'x'.repeat(4096);
  const outcomes = new Map<string, number>();
  await until('a refusal', async () => {
    const results = await Promise.allSettled(Array.from({ length: 500 }, () => ann.send(2, text)));
    for (const result of results) {
      const what = result.status === 'fulfilled' ? result.value.outcome : (result.reason as KitError).code;
      outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
    }
    return outcomes.has('receiver-slow');
  });
  expect([...outcomes.keys()].sort()).toEqual(['forwarded', 'receiver-slow']);
  const row = running.server.clients().find(({ id }) => id === 2);
  expect(row?.unsentBytes).toBeLessThan(100_000 + 2 * 4096 + 100);
  expect(await ann.name()).toBe('lab-pc');
});

test('a sender with too many texts on their way has to wait', async () => {
  const running = await startServer({ limits: { maxUnconfirmed: 3, confirmMs: 600_000 } });
  const ann = await join(running);
  const mute = await rawClient(running);
  await until('it is greeted', () => mute.messages.length === 1);
  const waiting = [1, 2, 3].map(() => ann.send(2, 'x'));
  expect(await errorOf(ann.send(2, 'x'))).toMatchObject({ code: 'too-many-requests' });
  await until('the texts', () => mute.of('deliver.indication').length === 3);
  for (const { request } of mute.of('deliver.indication')) mute.say({ type: 'deliver.response', request });
  expect(await Promise.all(waiting)).toEqual(Array(3).fill({ outcome: 'delivered' }));
  const last = ann.send(2, 'x');
  await until('the text', () => mute.of('deliver.indication').length === 4);
  mute.socket.destroy();
  expect(await errorOf(last)).toMatchObject({ code: 'receiver-gone' });
});

test('a text that is too long is refused before it is sent, by its bytes and not its characters', async () => {
  const client = await join(await startServer());
  const error = await errorOf(client.send(client.id, '好'.repeat(1_366)));
  expect(error).toMatchObject({ code: 'text-too-long', fault: 'usage' });
  expect(error.hint).toContain('4096');
  expect(await client.send(client.id, '好'.repeat(1_365))).toEqual({ outcome: 'delivered' });
});

test('a text that fits the request and not the indication is an error, not forwarded', async () => {
  // clp with a shorter text in deliver.indication: what a protocol of a group may say.
  const yaml = readFileSync(new URL('../../protocols/clp.yaml', import.meta.url), 'utf8');
  const at = yaml.lastIndexOf('max: 4096');
  const protocol = compileProtocol(`${yaml.slice(0, at)}max: 10${yaml.slice(at + 9)}`, 'narrow.yaml');
  const running = await startServer({ protocol });
  const client = await join(running, { protocol });
  expect(await errorOf(client.send(client.id, '12345678901'))).toMatchObject({ code: 'text-too-long' });
  expect(await client.send(client.id, '1234567890')).toEqual({ outcome: 'delivered' });
});

test('a raw client that sends too long a text is told where it went wrong', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  const header = Buffer.from('434c01010500000000000001', 'hex');
  const rest = Buffer.alloc(4 + 4 + 4097, 'x');
  rest.writeUInt32BE(4 + 4097, 0);
  rest.writeUInt32BE(1, 4);
  raw.socket.write(Buffer.concat([header, rest]));
  await raw.ended();
  expect(raw.of('error.indication')[0]).toMatchObject({ status: 'bad-packet' });
  expect(raw.of('error.indication')[0]?.text).toMatch(/at byte \d+ .*4096/);
});

test('a number that no client can have is refused without asking', async () => {
  const client = await join(await startServer());
  for (const wrong of [-1, 1.5, NaN]) {
    expect(await errorOf(client.send(wrong, 'x'))).toMatchObject({ code: 'unknown-client', fault: 'usage' });
  }
  expect(await errorOf(client.send(clientId(2 ** 32), 'x'))).toMatchObject({ code: 'out-of-range' });
  expect(await client.name()).toBe('lab-pc');
});
