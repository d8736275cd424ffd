import { KitError, text } from '../bytes/index.ts';
import type { CallOptions } from './client-types.ts';

/**
 * Notices a server that is gone without a word: on a connection that is silent TCP alone would not notice, and one with
 * bytes under way it gives up only after some 15 minutes (tcp_retries2 in ip-sysctl.rst of the kernel).
 */
export class ClientHeartbeat {
  readonly #everyMs: number;
  readonly #ask: (options: CallOptions) => Promise<unknown>;
  readonly #lost: (failure: KitError) => void;
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #asking = false;

  constructor(
    everyMs: number,
    ask: (options: CallOptions) => Promise<unknown>,
    lost: (failure: KitError) => void,
  ) {
    this.#everyMs = everyMs;
    this.#ask = ask;
    this.#lost = lost;
    this.#timer = setInterval(() => this.#beat(), everyMs);
    // It must not keep a program that has nothing else to do.
    this.#timer.unref();
  }

  /** Something came: the server is there. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const silent = !this.#heard;
    this.#heard = false;
    if (!silent || this.#asking) return;
    this.#asking = true;
    this.#ask({ timeoutMs: this.#everyMs }).then(
      () => (this.#asking = false),
      (error: unknown) => {
        this.#asking = false;
        // Anything that came meanwhile is as good as the answer; a connection that has ended has said so itself.
        if (!this.#heard && error instanceof KitError && error.code === 'timeout')
          this.#lost(this.#failure());
      },
    );
  }

  #failure(): KitError {
    const seconds = this.#everyMs / 1000;
    return new KitError(
      'connection-lost',
      text(
        `the server did not answer a heartbeat within ${seconds} s`,
        `服务器在 ${seconds} 秒内没有回答心跳`,
      ),
      {
        fault: 'peer',
        hint: text(
          'The cable is out, the machine is down, or the server is stopped. Connect again.',
          '网线已拔出、机器已关闭，或服务器已暂停。请重新连接。',
        ),
      },
    );
  }
}
