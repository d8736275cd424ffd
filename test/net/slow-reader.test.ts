import { expect, test } from 'vitest';
import { clientId, requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient, timeRequest } from './support/raw.ts';
import { eventsOf, join, startServer } from './support/servers.ts';

const HIGH_WATER = 32_768;

/** A burst of requests, as bytes. */
const burst = (count: number): Buffer => bytesOf(Array.from({ length: count }, (_, i) => timeRequest(i)));

test('who asks and does not read: its requests stay in the kernel, memory is bounded, others are served', async () => {
  const running = await startServer({ limits: { highWaterBytes: HIGH_WATER, stallMs: 600_000 } });
  const deaf = await rawClient(running);
  await until('it is greeted', () => deaf.messages.length === 1);
  deaf.socket.pause();
  const requests = burst(5_000);
  const row = () => running.server.clients()[0];
  // Until the server no longer takes anything: both kernels' buffers are full then.
  await until('the server leaves its requests in the kernel', () => {
    if (deaf.socket.writableLength === 0) deaf.socket.write(requests);
    return row()?.halted === true;
  });
  expect(row()?.unsentBytes).toBeLessThan(3 * HIGH_WATER);
  const handled = row()?.requests;
  const other = await join(running);
  for (let i = 0; i < 50; i++) await other.time();
  expect(row()?.requests).toBe(handled);

  // It reads again: everything that it sent is answered, in order.
  const sent = (): number => (deaf.socket.bytesWritten - deaf.socket.writableLength) / 16;
  deaf.socket.resume();
  await until('all is written', () => deaf.socket.writableLength === 0);
  await until('all is answered', () => deaf.of('time.response').length === sent());
  expect(deaf.of('time.response').every(({ request }, i) => request === i % 5_000)).toBe(true);
  await until('it flows again', () => row()?.halted === false && row()?.unsentBytes === 0);
});

test('a client that takes nothing is cut off with a reason, and can still read its last words', async () => {
  const running = await startServer({
    limits: { highWaterBytes: HIGH_WATER, stallMs: 300, lingerMs: 60_000 },
  });
  const deaf = await rawClient(running);
  await until('it is greeted', () => deaf.messages.length === 1);
  deaf.socket.pause();
  const requests = burst(5_000);
  await until('it is cut off', () => {
    if (deaf.socket.writableLength === 0) deaf.socket.write(requests);
    return running.server.stats().clients === 0;
  });
  deaf.socket.resume();
  await until('its last words', () => deaf.of('bye.indication').length === 1);
  expect(deaf.of('bye.indication')[0]).toMatchObject({ status: 'too-slow' });
  expect(deaf.messages.at(-1)?.type).toBe('bye.indication');
  expect(deaf.invalid).toBeUndefined();
  await deaf.ended();
  await until('the server notices', () => eventsOf(running.events, 'disconnected').length === 1);
  expect(eventsOf(running.events, 'disconnected')).toMatchObject([{ why: 'too-slow' }]);
});

test('a client that was cut off and never reads is reset, and its memory is given back', async () => {
  const running = await startServer({
    limits: { highWaterBytes: HIGH_WATER, stallMs: 200, lingerMs: 200 },
  });
  const deaf = await rawClient(running);
  await until('it is greeted', () => deaf.messages.length === 1);
  deaf.socket.pause();
  const requests = burst(5_000);
  await until('it is reset', () => {
    if (deaf.socket.writableLength === 0 && !deaf.socket.destroyed) deaf.socket.write(requests);
    return eventsOf(running.events, 'disconnected').length === 1;
  });
  expect(running.server.clients()).toEqual([]);
});

test('answers that are larger than their requests stay bounded as well', async () => {
  const limits = { highWaterBytes: HIGH_WATER, stallMs: 600_000 };
  const running = await startServer({ limits });
  await Promise.all(Array.from({ length: 128 }, (_, i) => join(running, { name: `${i}`.padStart(60, 'n') })));
  const deaf = await rawClient(running);
  await until('it is greeted', () => deaf.messages.length === 1);
  deaf.socket.pause();
  // 20 bytes each, and 11 KB for an answer.
  const requests = bytesOf(
    Array.from({ length: 600 }, (_, i) => ({
      type: 'list.request' as const,
      request: requestNumber(i),
      after: clientId(0),
    })),
  );
  deaf.socket.write(requests);
  await until('it is halted', () => running.server.clients().at(-1)?.halted);
  const row = running.server.clients().at(-1);
  expect(row?.unsentBytes).toBeLessThan(3 * HIGH_WATER);
  expect(row?.requests).toBeLessThan(600);
  deaf.socket.resume();
  await until('all are answered', () => deaf.of('list.response').length === 600);
});
