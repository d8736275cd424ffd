import { text } from '../../bytes/index.ts';
import { aborted } from '../socket-errors.ts';
import { POLL_EVENTS } from './constants.ts';
import { CallError } from './errno.ts';
import { EBADF } from './functions.ts';
import type { Poller } from './poller.ts';

interface Waiter {
  readonly events: number;
  readonly ready: () => void;
  readonly fail: () => void;
}

/** Said of a descriptor whether one waits for it or not (poll(2)). */
const ALWAYS = POLL_EVENTS.POLLERR | POLL_EVENTS.POLLHUP | POLL_EVENTS.POLLNVAL;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls that wait for a descriptor: any number for each, since accept may wait twice, and recv beside send. */
export class Waiters {
  readonly #poller: Poller;
  readonly #of = new Map<number, Set<Waiter>>();

  constructor(poller: Poller) {
    this.#poller = poller;
  }

  /**
   * Resolves with true when poll says one of `events` (or an error) of one of the descriptors, with false after
   * `timeoutMs` (negative: never). Rejects when `signal` aborts, and with EBADF of `call` when one of
   * them is closed.
   */
  wait(
    fds: readonly { readonly fd: number; readonly events: number }[],
    {
      call,
      signal,
      timeoutMs = -1,
    }: { readonly call: string; readonly signal: AbortSignal | undefined; readonly timeoutMs?: number },
  ): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(aborted());
        return;
      }
      const waiters = fds.map(({ fd, events }): [number, Waiter] => [
        fd,
        {
          events,
          ready: () => done(() => resolve(true)),
          fail: () =>
            done(() =>
              reject(new CallError(call, EBADF, text('It was closed meanwhile.', '它在此期间被关闭了。'))),
            ),
        },
      ]);
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        for (const [fd, waiter] of waiters) this.#remove(fd, waiter);
        settle();
      };
      const stop = (): void => done(() => reject(aborted()));
      signal?.addEventListener('abort', stop, { once: true });
      const timer =
        timeoutMs < 0 || timeoutMs > LONGEST_TIMER_MS
          ? undefined
          : setTimeout(() => done(() => resolve(false)), timeoutMs);
      for (const [fd, waiter] of waiters) {
        const set = this.#of.get(fd) ?? new Set();
        this.#of.set(fd, set.add(waiter));
        this.#watch(fd);
      }
    });
  }

  /** `fd` is closed: whoever waits for it gets EBADF. */
  closed(fd: number): void {
    for (const waiter of [...(this.#of.get(fd) ?? [])]) waiter.fail();
  }

  #remove(fd: number, waiter: Waiter): void {
    const set = this.#of.get(fd);
    set?.delete(waiter);
    if (set?.size === 0) this.#of.delete(fd);
    this.#watch(fd);
  }

  #watch(fd: number): void {
    const events = [...(this.#of.get(fd) ?? [])].reduce((all, waiter) => all | waiter.events, 0);
    this.#poller.watch(fd, events, (revents) => {
      for (const waiter of [...(this.#of.get(fd) ?? [])]) {
        if ((revents & (waiter.events | ALWAYS)) !== 0) waiter.ready();
      }
    });
  }
}
