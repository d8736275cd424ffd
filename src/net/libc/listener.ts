import type { Endpoint, Listener, ListenOptions } from '../channel.ts';
import { LibcChannel } from './channel.ts';
import { POLL_EVENTS, TYPE_FLAGS } from './constants.ts';
import { CallError, errnoOf } from './errno.ts';
import { EAGAIN, EINTR, type Functions } from './functions.ts';
import { addressIn, type AddressRoom, addressRoom, emptied, nameOfSocket } from './names.ts';
import type { Poller } from './poller.ts';

/** So many in one turn of the event loop: those who are in want to be heard, too. */
const ACCEPTS_A_TURN = 64;
/** Between two tries when the kernel has no memory for a connection. */
const AGAIN_MS = 100;

const ECONNABORTED = errnoOf('ECONNABORTED')?.number;
const NO_DESCRIPTORS: readonly (number | undefined)[] = [
  errnoOf('EMFILE')?.number,
  errnoOf('ENFILE')?.number,
];

/** accept, again and again, on a descriptor that listens. The connections have the options that it has (Linux). */
export class LibcListener implements Listener {
  readonly local: Endpoint;
  readonly #libc: Functions;
  readonly #poller: Poller;
  readonly #fd: number;
  readonly #options: ListenOptions;
  /** It listens on every address of the machine, so that each connection has its own. */
  readonly #wide: boolean;
  readonly #room = addressRoom();
  /** A descriptor to give up when there is none left: a connection can then be taken and closed instead of waiting for ever. */
  #spareFd: number;
  #open = true;

  constructor(libc: Functions, poller: Poller, fd: number, options: ListenOptions) {
    this.#libc = libc;
    this.#poller = poller;
    this.#fd = fd;
    this.#options = options;
    this.local = nameOfSocket(libc, 'getsockname', fd) ?? { address: options.host, port: options.port };
    this.#wide = ['0.0.0.0', '::'].includes(this.local.address);
    this.#spareFd = this.#takeSpare();
    this.#watch();
  }

  close(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      this.#libc.close(this.#fd);
      this.#poller.closed(this.#fd);
      if (this.#spareFd !== -1) this.#libc.close(this.#spareFd);
    }
    return new Promise((resolve) => setImmediate(resolve));
  }

  #watch(): void {
    this.#poller.watch(this.#fd, POLL_EVENTS.POLLIN, () => this.#acceptSome());
  }

  #acceptSome(): void {
    for (let turn = 0; turn < ACCEPTS_A_TURN && this.#open; turn++) {
      const fd = this.#accept(emptied(this.#room));
      if (fd !== -1) {
        this.#accepted(fd, addressIn(this.#room));
        continue;
      }
      const errno = this.#libc.errno();
      if (errno === EAGAIN) return;
      // accept(2): a connection that was gone before we came says so here, and means nothing to the others.
      if (errno === EINTR || errno === ECONNABORTED) continue;
      // As libuv does: whoever is turned away is not told of one by one.
      if (NO_DESCRIPTORS.includes(errno) && this.#turnAway()) continue;
      this.#options.acceptFailed(new CallError('accept4', errno));
      this.#pause();
      return;
    }
  }

  #accept(room?: AddressRoom): number {
    const flags = TYPE_FLAGS.SOCK_NONBLOCK | TYPE_FLAGS.SOCK_CLOEXEC;
    return this.#libc.accept4(this.#fd, room?.bytes ?? null, room?.length ?? null, flags);
  }

  #accepted(fd: number, remote: Endpoint | undefined): void {
    let local: Endpoint | undefined;
    try {
      local = this.#wide ? nameOfSocket(this.#libc, 'getsockname', fd) : this.local;
    } catch (error) {
      this.#libc.close(fd);
      if (error instanceof CallError) return;
      throw error;
    }
    // A socket that listens on an internet address gives internet addresses.
    if (local === undefined || remote === undefined) {
      this.#libc.close(fd);
      return;
    }
    const channel = new LibcChannel(this.#libc, this.#poller, fd, { local, remote, answersFin: false });
    if (this.#options.paused === true) channel.pause();
    this.#options.connection(channel);
  }

  /**
   * Takes one connection with the spare descriptor, and closes it: its client hears at once that there is no room. False
   * when there is no spare either.
   */
  #turnAway(): boolean {
    if (this.#spareFd === -1) return false;
    this.#libc.close(this.#spareFd);
    const fd = this.#accept();
    if (fd !== -1) this.#libc.close(fd);
    this.#spareFd = this.#takeSpare();
    return true;
  }

  #takeSpare(): number {
    return this.#libc.eventfd(0, TYPE_FLAGS.SOCK_CLOEXEC);
  }

  #pause(): void {
    this.#poller.unwatch(this.#fd);
    setTimeout(() => {
      if (!this.#open) return;
      if (this.#spareFd === -1) this.#spareFd = this.#takeSpare();
      this.#watch();
    }, AGAIN_MS);
  }
}
