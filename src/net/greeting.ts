import type { KitError } from '../bytes/index.ts';
import { clientId, type Message } from '../wire/index.ts';
import { aborted } from './socket-errors.ts';

/** The server's first words to a client, and whoever waits for them. */
export class Greeting {
  /** Our number at the server; 0 where the protocol tells none. */
  id = clientId(0);
  text = '';
  #there = false;
  #failure: KitError | undefined;
  #waiting: { readonly resolve: () => void; readonly reject: (error: KitError) => void } | undefined;

  arrived({ id, text }: Extract<Message, { type: 'hello.indication' }>): void {
    this.id = id;
    this.text = text;
    this.#there = true;
    this.#waiting?.resolve();
  }

  /** The connection has ended: no greeting will come any more. */
  failed(failure: KitError): void {
    this.#failure = failure;
    this.#waiting?.reject(failure);
  }

  /** Resolves when the server has greeted. Rejects with why the connection ended, or `aborted`. */
  wait(signal: AbortSignal): Promise<void> {
    if (this.#there) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (signal.aborted) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(aborted());
      signal.addEventListener('abort', giveUp, { once: true });
      const done = (): void => signal.removeEventListener('abort', giveUp);
      this.#waiting = {
        resolve: () => {
          done();
          resolve();
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
    });
  }
}
