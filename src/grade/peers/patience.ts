/**
 * Waiting that is fair. A wait is up when the program under test has been *asleep* for a while: every thread of it
 * blocked, so that nothing will come any more unless something else happens. One that is slow because the machine is
 * busy is ready to run, and is waited for, up to a bound; beyond that until the machine has given it its due.
 */
import type { Peer } from './peer.ts';
import type { Watched } from './watched.ts';

/** Of one that is ready to run and gets no processor: until it has had this much. */
const DUE_MS = 3_000;
const LAST_BOUND_MS = 90_000;
const LOOK_MS = 25;
/** Between two looks, which read /proc: most answers come at once, and what did not is not missed by a few milliseconds. */
const SOON_MS = 1;
const LATER_MS = 5;

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** As much of a program as a wait has to know. */
export interface Sleeper {
  busy(): boolean;
  processorMs(): number;
}

export interface Patience {
  /** So long it must have been asleep. */
  readonly asleepMs: number;
  /** However busy it is; beyond it only for what the machine owes it. */
  readonly boundMs: number;
  /** Something else may come yet, asleep or not. */
  readonly acting?: () => boolean;
  /** It is over, whatever comes. */
  readonly over?: () => boolean;
}

export const PATIENCE: Patience = { asleepMs: 1_000, boundMs: 20_000 };

/** True when `probe` came true; false when the program slept on it, the bound passed, or it is over. */
export async function patiently(
  probe: () => boolean,
  who: Sleeper,
  { asleepMs, boundMs, acting, over }: Patience = PATIENCE,
): Promise<boolean> {
  const startedAt = performance.now();
  const usedMs = who.processorMs();
  let sleptMs = 0;
  let lookedAt = startedAt;
  for (;;) {
    if (probe()) return true;
    if (over?.() === true) return probe();
    const now = performance.now();
    if (now - lookedAt >= LOOK_MS) {
      const busy = who.busy();
      if (now - startedAt > boundMs) {
        const due = busy && who.processorMs() - usedMs < DUE_MS;
        if (!due || now - startedAt > LAST_BOUND_MS) return probe();
      }
      if (busy || acting?.() === true) sleptMs = 0;
      // We ourselves were late: then others were, too.
      else sleptMs += Math.min(now - lookedAt, 2 * LOOK_MS);
      lookedAt = now;
      if (sleptMs > asleepMs) return probe();
    }
    await sleep(lookedAt === startedAt ? SOON_MS : LATER_MS);
  }
}

/** Waits until the server has read all that `peer` sent; gives up soon, since it may mean to leave it there. */
export async function untilRead(server: Watched, peer: Peer, boundMs: number): Promise<boolean> {
  const deadline = performance.now() + boundMs;
  while (performance.now() < deadline) {
    const socket = server.socketOf(peer.clientPort);
    if (socket === undefined || (peer.unsentBytes === 0 && socket.receiveQueueBytes === 0)) return true;
    await sleep(1);
  }
  return false;
}

const REST_LOOK_MS = 50;
const SPUN_MS = 500;

/**
 * Whether the server comes to rest. One that sleeps uses no processor time, however busy the machine is; one that
 * spins uses all that it can get, sooner or later 500 ms. Neither depends on how fast we look.
 */
export async function atRest(who: Sleeper): Promise<{ rests: boolean; usedMs: number; overMs: number }> {
  const startedAt = performance.now();
  const before = who.processorMs();
  let known = before;
  let quiet = 0;
  for (;;) {
    await sleep(REST_LOOK_MS);
    const now = who.processorMs();
    const [usedMs, overMs] = [now - before, Math.round(performance.now() - startedAt)];
    quiet = now - known < REST_LOOK_MS / 5 && !who.busy() ? quiet + 1 : 0;
    known = now;
    // The bound is for a machine that gives a spinning server next to nothing: then it is not shown to spin.
    if (quiet >= 3 || overMs > PATIENCE.boundMs) return { rests: true, usedMs, overMs };
    if (usedMs >= SPUN_MS) return { rests: false, usedMs, overMs };
  }
}

/** Holds the server still while `act` happens, so that it meets all of it at once when it goes on. */
export async function frozen(
  server: Watched,
  act: () => void | Promise<void>,
  met: () => boolean,
): Promise<void> {
  const pids = server.tree();
  server.signal('SIGSTOP', pids);
  try {
    await act();
    const deadline = performance.now() + 5_000;
    while (!met() && performance.now() < deadline) await sleep(1);
  } finally {
    server.signal('SIGCONT', pids);
  }
}
