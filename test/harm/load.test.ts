import { expect, test } from 'vitest';
import { disperse, everybodyAsks, gather } from './crowd.ts';
import { withDaemon } from './daemon.ts';
import { fuzzDaemon } from './fuzz-daemon.ts';
import { Member } from './member.ts';
import { slowReaders } from './slow-readers.ts';
import { until } from '../helpers/until.ts';

test('1,000 clients ask and relay at once: every request is answered once, every text comes once, to whom it is for', async () => {
  const figures = await withDaemon({ args: ['--unlisted'] }, async ({ port }) => {
    const members = await gather(port, 1_000);
    const seen = await everybodyAsks(members, 3);
    disperse(members);
    return seen;
  });
  expect(figures).toMatchObject({ clients: 1_000, requests: 15_000, texts: 6_000 });
}, 300_000);

test('frames by chance against a living chatd: an honest client is served, and chatd knows no fault of its own', async () => {
  const figures = await fuzzDaemon(6_000, Math.floor(Date.now() / 86_400_000));
  expect(figures.badPackets).toBeGreaterThan(100);
  expect(figures.answersOfTheHonest).toBeGreaterThan(10);
  expect(figures.growthMiB).toBeLessThan(128);
}, 300_000);

test('20 of 200 clients stop reading: the others are served, memory is bounded, the slow are cut off', async () => {
  const figures = await slowReaders(200, 20, 400);
  // How long the others wait is for `npm run soak`, on a machine with nothing else to do.
  expect(figures.p99DuringMs).toBeGreaterThan(0);
  expect(figures.growthMiB).toBeLessThan(128);
  expect(figures.cut).toBe(20);
  expect(figures.told).toBeGreaterThan(0);
}, 300_000);

test('a flood from one address, and clients that stop reading and answer nothing: others come in and are served', async () => {
  const args = ['--unlisted', '--max-clients', '120', '--max-per-address', '60', '--heartbeat', '2'];
  await withDaemon({ args }, async (daemon) => {
    const [inside] = await gather(daemon.port, 1);
    // 100 from one other address: the first 60 are let in and say nothing, the others are told why not.
    const flood = Array.from({ length: 100 }, () => new Member(daemon.port, { localAddress: '127.0.0.66' }));
    await until('40 are refused', () => flood.filter(({ bye }) => bye === 'too-many-clients').length === 40);
    await until('60 are in', () => flood.filter(({ id }) => id !== 0).length === 60);
    const newcomers = await gather(daemon.port, 20);
    const everybody = inside === undefined ? newcomers : [inside, ...newcomers];
    await everybodyAsks(everybody, 1);
    // Those who answer no heartbeat hold no place for ever: these read nothing any more (half-open.test.ts: those who are gone).
    for (const { socket } of flood) socket.pause();
    const gone = () => daemon.events('disconnected').filter(({ why }) => why === 'idle').length;
    await until('the silent are let go', () => gone() === 60, 60_000);
    await everybodyAsks(await gather(daemon.port, 30), 1);
    disperse([...flood, ...everybody]);
  });
}, 120_000);
