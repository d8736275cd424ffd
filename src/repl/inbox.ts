/** Messages that nobody asked for yet, for `receive()`: the oldest first, the latest thousand at most. */
import { KitError, text, type Text } from '../bytes/index.ts';
import type { IncomingText } from '../net/index.ts';
import type { CallOptions } from './session.ts';

const LIMIT = 1000;

export class Inbox {
  readonly #messages: IncomingText[] = [];
  readonly #waiting: Waiter[] = [];

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  put(message: IncomingText): void {
    const waiter = this.#waiting.shift();
    if (waiter) {
      waiter.resolve(message);
      return;
    }
    this.#messages.push(message);
    if (this.#messages.length > LIMIT) this.#messages.shift();
  }

  /** Nothing more will come: whoever waits is told why. Messages that are there stay. */
  fail(error: KitError): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  /** The next message. Rejects with KitError `timeout`, `aborted`, or what `fail` was given (all peer). */
  take({ signal, timeoutMs }: CallOptions): Promise<IncomingText> {
    const first = this.#messages.shift();
    if (first) return Promise.resolve(first);
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        const index = this.#waiting.indexOf(waiter);
        if (index >= 0) this.#waiting.splice(index, 1);
      };
      const waiter: Waiter = {
        resolve: (message) => {
          settle();
          resolve(message);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const fail = (code: string, words: Text): void => {
        waiter.reject(new KitError(code, words, { fault: 'peer' }));
      };
      const aborted = (): void =>
        fail('aborted', text('waiting for a message was cancelled', '已取消等待消息'));
      const late = (): void =>
        fail(
          'timeout',
          text(`no message came within ${timeoutMs ?? 0} ms`, `${timeoutMs ?? 0} 毫秒内没有收到消息`),
        );
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
      this.#waiting.push(waiter);
      signal?.addEventListener('abort', aborted, { once: true });
      if (signal?.aborted) aborted();
    });
  }
}

interface Waiter {
  readonly resolve: (message: IncomingText) => void;
  readonly reject: (error: KitError) => void;
}
