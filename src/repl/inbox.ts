/** Messages that nobody asked for yet, for `receive()`: the oldest first, the latest thousand at most. */
import { KitError } from '../bytes/index.ts';
import type { IncomingText } from '../net/index.ts';
import type { CallOptions } from './session.ts';

const LIMIT = 1000;

export class Inbox {
  readonly #messages: IncomingText[] = [];
  readonly #waiting: ((message: IncomingText) => void)[] = [];

  put(message: IncomingText): void {
    const waiter = this.#waiting.shift();
    if (waiter) {
      waiter(message);
      return;
    }
    this.#messages.push(message);
    if (this.#messages.length > LIMIT) this.#messages.shift();
  }

  /** The next message. Rejects with KitError `timeout` or `aborted` (both peer). */
  take({ signal, timeoutMs }: CallOptions): Promise<IncomingText> {
    const first = this.#messages.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => fail('timeout', `no message came within ${timeoutMs} ms`), timeoutMs);
      const aborted = (): void => fail('aborted', 'waiting for a message was cancelled');
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
      };
      const waiter = (message: IncomingText): void => {
        settle();
        resolve(message);
      };
      const fail = (code: string, text: string): void => {
        settle();
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new KitError(code, text, { fault: 'peer' }));
      };
      this.#waiting.push(waiter);
      signal?.addEventListener('abort', aborted, { once: true });
      if (signal?.aborted) aborted();
    });
  }
}
