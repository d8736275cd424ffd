import { KitError, type Text, text } from '../../bytes/index.ts';
import type { Endpoint } from '../channel.ts';
import { LEVELS, SOCKET_OPTIONS } from './constants.ts';
import { CallError, errnoOf } from './errno.ts';
import type { Functions } from './functions.ts';
import { getInt } from './socket-options.ts';

/** A descriptor that was made by `socket` or `accept` here. */
export interface Own {
  /** The caller asked for SOCK_NONBLOCK: its calls never wait. (In the kernel all of ours have it.) */
  readonly nonBlocking: boolean;
  /** As it was given to socket, for names in what is shown. */
  readonly family: number;
  /** Both ends, when they were last known. */
  ends?: { readonly local: Endpoint; readonly remote: Endpoint };
}

/**
 * Which descriptors are the caller's. Others belong to Node: its event loop ends the process when one of its own is
 * closed under it, so that a wrong number must not reach the kernel.
 */
export class Descriptors {
  readonly #own = new Map<number, Own>();

  add(fd: number, own: Own): void {
    this.#own.set(fd, own);
  }

  remove(fd: number): void {
    this.#own.delete(fd);
  }

  get(fd: number): Own | undefined {
    return this.#own.get(fd);
  }

  all(): number[] {
    return [...this.#own.keys()].sort((a, b) => a - b);
  }

  /**
   * The caller's descriptor. Throws CallError with what the kernel would say for a number that is not open (EBADF) or no
   * socket (ENOTSOCK), and KitError `not-yours` (usage) for a socket of Node's.
   */
  need(libc: Functions, call: string, fd: number): Own {
    const own = this.#own.get(fd);
    if (own !== undefined) return own;
    try {
      getInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_TYPE);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      // close would take files, too.
      if (call !== 'close' || error.errno === errnoOf('EBADF')?.number)
        throw new CallError(call, error.errno, this.#hint());
    }
    throw new KitError(
      'not-yours',
      text(
        `${call}: descriptor ${fd} belongs to this program itself`,
        `${call}：描述符 ${fd} 属于本程序自身`,
      ),
      {
        fault: 'usage',
        hint: this.#hint(),
      },
    );
  }

  #hint(): Text {
    const all = this.all();
    return all.length === 0
      ? text(
          'You have no socket yet: const fd = await sys.socket(AF_INET, SOCK_STREAM, 0).',
          '还没有套接字：const fd = await sys.socket(AF_INET, SOCK_STREAM, 0)。',
        )
      : text(
          `Your sockets: ${all.join(', ')} (sys.sockets() shows them).`,
          `你的套接字：${all.join('、')}（见 sys.sockets()）。`,
        );
  }
}
