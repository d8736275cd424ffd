/** What an onlooker is told of a server: its events, and the packets of the one client that is watched. */
import { expect, onTestFinished, test } from 'vitest';
import { connect, Server, Watch } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';

const protocol = loadProtocol('clp');

test('events behind a number; packets of the watched client only, and of nobody when nobody watches', async () => {
  const watch: Watch = new Watch((observer) => server.observePackets(observer), undefined);
  const server = await Server.listen({
    protocol,
    port: 0,
    hostName: 'h',
    observe: (event) => watch.event(event),
  });
  onTestFinished(() => {
    watch.close();
    return server.close();
  });
  const dial = { host: '127.0.0.1', port: server.local.port, protocol };
  const [one, two] = [await connect(dial), await connect(dial)];
  await one.time();
  const first = watch.answer(0, one.id);
  expect(first.moments.map((moment) => moment.kind)).toEqual(['event', 'event']);

  await one.time();
  await two.time();
  const second = watch.answer(first.seq, one.id);
  expect(second.moments).toMatchObject([
    { kind: 'packet', client: one.id, direction: 'received', type: 'time.request' },
    { kind: 'packet', client: one.id, direction: 'sent', type: 'time.response' },
  ]);
  expect(watch.answer(second.seq, one.id).moments).toEqual([]);

  watch.answer(second.seq, undefined);
  await one.time();
  expect(watch.answer(second.seq, one.id).moments).toEqual([]);

  two.reset();
  const gone = await until('its end', () => {
    const { moments } = watch.answer(second.seq, undefined);
    return moments.length > 0 && moments;
  });
  expect(gone).toMatchObject([
    { kind: 'event', event: { event: 'disconnected', client: two.id, why: 'ECONNRESET' } },
  ]);
  await one.disconnect();
});
