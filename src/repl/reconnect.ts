/**
 * Tries a lost connection again, each time after a longer wait.
 *
 * The waits double up to half a minute and are spread by chance, so that a whole class whose server was restarted does
 * not come back in one instant.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { KitError, text, type Text } from '../bytes/index.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * The server does not want this client; asking again would be rude. A name that is taken is none of these: it was ours,
 * and the server may not have noticed yet that the connection it belonged to is dead.
 */
const FINAL = new Set([
  'bad-name',
  'refused',
  'bad-packet',
  'too-slow',
  'bad-token',
  'token-needed',
  'bad-certificate',
]);

export class Reconnect {
  readonly #open: (signal: AbortSignal) => Promise<unknown>;
  readonly #say: (words: Text) => void;
  #running: AbortController | undefined;

  constructor(open: (signal: AbortSignal) => Promise<unknown>, say: (words: Text) => void) {
    this.#open = open;
    this.#say = say;
  }

  get active(): boolean {
    return this.#running !== undefined;
  }

  /** `code` says why the connection ended; for some reasons nothing is tried. */
  start(code: string): void {
    if (this.#running || FINAL.has(code)) return;
    const controller = new AbortController();
    this.#running = controller;
    void this.#run(controller.signal).finally(() => {
      if (this.#running === controller) this.#running = undefined;
    });
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const longest = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
      const delayMs = Math.round(longest * (0.75 + Math.random() / 4));
      const seconds = (delayMs / 1000).toFixed(1);
      this.#say(text(`trying again in ${seconds} s`, `${seconds} 秒后重试`));
      try {
        await wait(delayMs, undefined, { signal });
        await this.#open(signal);
        this.#say(text('connected again', '已重新连接'));
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof KitError)) throw error;
        this.#say(error.words.message);
        if (FINAL.has(error.code)) return;
      }
    }
  }
}
