/** When the event loop looks for itself, and when it leaves the wait to a thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FAMILIES, POLL_EVENTS, TYPES } from '../../../src/net/libc/constants.ts';
import { type Functions, functions, must } from '../../../src/net/libc/functions.ts';
import { Poller } from '../../../src/net/libc/poller.ts';
import { until } from '../../helpers/until.ts';

/** The C library's own functions, and how often one looked or had a thread wait. */
async function counted(): Promise<{ libc: Functions; looks: () => number; waits: () => number }> {
  const real = await functions();
  let looks = 0;
  let waits = 0;
  const libc: Functions = {
    ...real,
    epoll_wait: (...args) => {
      looks++;
      return real.epoll_wait(...args);
    },
    epollWaitAsync: (...args) => {
      waits++;
      real.epollWaitAsync(...args);
    },
  };
  return { libc, looks: () => looks, waits: () => waits };
}

/** A UDP socket is enough: readable when something came. Closed at the end of the test. */
function socket(libc: Functions, poller: Poller): number {
  const fd = must(libc, 'socket', libc.socket(FAMILIES.AF_INET, TYPES.SOCK_DGRAM, 0));
  onTestFinished(() => {
    libc.close(fd);
    poller.closed(fd);
  });
  return fd;
}

const writable = (poller: Poller, fd: number): Promise<void> =>
  new Promise((resolve) => {
    poller.watch(fd, POLL_EVENTS.POLLOUT, () => {
      poller.watch(fd, POLL_EVENTS.POLLIN, () => undefined);
      resolve();
    });
  });

const EVENTS = 10;

async function eventsApart(poller: Poller, libc: Functions, gapMs: number): Promise<void> {
  const fd = socket(libc, poller);
  for (let event = 0; event < EVENTS; event++) {
    await sleep(gapMs);
    await writable(poller, fd);
  }
}

test('where things come far apart a thread waits for each, and the event loop does not look on', async () => {
  const { libc, looks, waits } = await counted();
  await eventsApart(new Poller(libc, 5), libc, 20);
  await until('a thread waits', () => waits() >= EVENTS);
  // Once before it leaves the wait to the thread, and once more behind what it finds there.
  expect(looks()).toBeLessThanOrEqual(3 * EVENTS);
});

test('where one thing comes soon behind another the event loop looks for it itself', async () => {
  const { libc, looks, waits } = await counted();
  await eventsApart(new Poller(libc, 20_000), libc, 5);
  // Until the first thing came, nothing said that anything would come soon.
  expect(waits()).toBeLessThanOrEqual(1);
  expect(looks()).toBeGreaterThan(EVENTS);
});

test('an event for a number that is another socket’s by now is not told', async () => {
  const { libc } = await counted();
  const poller = new Poller(libc);
  const heard: string[] = [];
  const old = must(libc, 'socket', libc.socket(FAMILIES.AF_INET, TYPES.SOCK_DGRAM, 0));
  const other = socket(libc, poller);
  let number = -1;
  // Both can be written to in the same look; whoever is told first closes the old one and opens the next.
  const change = (): void => {
    if (number !== -1) return;
    libc.close(old);
    poller.closed(old);
    // The lowest number that is free: ours, once those below it are taken.
    for (let tries = 0; tries < 64 && number !== old; tries++) number = socket(libc, poller);
    poller.watch(number, POLL_EVENTS.POLLIN, () => heard.push('new'));
  };
  poller.watch(other, POLL_EVENTS.POLLOUT, () => {
    change();
    poller.watch(other, 0, () => undefined);
  });
  poller.watch(old, POLL_EVENTS.POLLOUT, () => {
    heard.push('old');
    change();
  });
  await until('one was told', () => number !== -1);
  await sleep(20);
  expect(number).toBe(old);
  expect(heard.filter((who) => who === 'new')).toEqual([]);
});
