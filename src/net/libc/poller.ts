/**
 * One poll(2) for all sockets of the process, in a thread of libuv's pool, so that the event loop never waits.
 *
 * While something is ready at every look, poll is called on the event loop itself with a timeout of 0, once in a turn;
 * only when nothing is does it go to the thread, with no timeout. An eventfd among the descriptors wakes it when what is
 * watched changes. The kernel's poll holds every socket that it watches: a descriptor that is closed meanwhile sends its
 * FIN or RST when poll comes back, which is why `closed` wakes it.
 */
import { Buffer } from 'node:buffer';
import { KitError } from '../../bytes/index.ts';
import { EAGAIN, EINTR, type Functions, functions, must } from './functions.ts';

/** struct pollfd: int fd, short events, short revents. */
const POLLFD_BYTES = 8;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const POLLIN = 1;

interface Watch {
  readonly events: number;
  readonly ready: (revents: number) => void;
}

export class Poller {
  readonly #libc: Functions;
  readonly #wakeFd: number;
  readonly #watches = new Map<number, Watch>();
  /** What the thread's poll sees; nobody else writes to it while it runs. */
  #asked = Buffer.alloc(64 * POLLFD_BYTES);
  /** Whose the entries are: a number may be closed, and be another socket's, before its answer is told. */
  #askedBy: Watch[] = [];
  #state: 'idle' | 'scheduled' | 'waiting' = 'idle';
  #woken = false;
  readonly #whenBack: (() => void)[] = [];

  constructor(libc: Functions) {
    this.#libc = libc;
    this.#wakeFd = must(libc, 'eventfd', libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    // Node waits at its end for the threads of the pool: one that polls for ever would keep it for ever.
    process.on('exit', () => this.#wake());
  }

  /**
   * Calls `ready` when poll says something of `events` (or POLLERR, POLLHUP, POLLNVAL) about `fd`, again and again as long
   * as it is so. It may be called once too often: whoever is called tries, and bears EAGAIN. With events 0 the
   * descriptor is not looked at at all.
   */
  watch(fd: number, events: number, ready: (revents: number) => void): void {
    const old = this.#watches.get(fd);
    if (events === 0) {
      if (old !== undefined) this.unwatch(fd);
      return;
    }
    const more = old === undefined || (events & ~old.events) !== 0;
    this.#watches.set(fd, { events, ready });
    if (this.#state === 'idle') this.#schedule();
    else if (more && this.#state === 'waiting') this.#wake();
  }

  unwatch(fd: number): void {
    // A poll in the thread keeps the process alive; without sockets nobody wants it.
    if (this.#watches.delete(fd) && this.#watches.size === 0 && this.#state === 'waiting') this.#wake();
  }

  /** To be called when `fd` was closed: nobody looks at that number any more, and poll lets go of the socket. */
  closed(fd: number): void {
    this.#watches.delete(fd);
    if (this.#state === 'waiting') this.#wake();
  }

  /** Resolves when no poll is under way that may hold a socket which is not watched any more. */
  async quiet(): Promise<void> {
    if (this.#state !== 'waiting') return;
    this.#wake();
    await new Promise<void>((resolve) => this.#whenBack.push(resolve));
  }

  #schedule(): void {
    this.#state = 'scheduled';
    setImmediate(() => this.#look());
  }

  /** One poll on the event loop; in the thread when it finds nothing. */
  #look(): void {
    if (this.#watches.size === 0) {
      this.#state = 'idle';
      return;
    }
    const count = this.#fill();
    const found = this.#libc.poll(this.#asked, count, 0);
    if (found === -1) this.#failed(this.#libc.errno());
    if (found > 0) {
      this.#tell(count);
      return;
    }
    this.#state = 'waiting';
    this.#libc.pollAsync(this.#asked, count, -1, (result, errno) => {
      for (const resolve of this.#whenBack.splice(0)) resolve();
      if (result === -1) this.#failed(errno);
      this.#tell(result === -1 ? 0 : count);
    });
  }

  #fill(): number {
    const count = this.#watches.size + 1;
    if (count * POLLFD_BYTES > this.#asked.length) this.#asked = Buffer.alloc(2 * count * POLLFD_BYTES);
    // The machine's own byte order; both architectures are little-endian.
    const fds = new Int32Array(this.#asked.buffer, this.#asked.byteOffset, 2 * count);
    fds[0] = this.#wakeFd;
    fds[1] = POLLIN;
    let at = 2;
    this.#askedBy = [];
    for (const [fd, watch] of this.#watches) {
      fds[at] = fd;
      // events in the low half; revents, above, becomes 0.
      fds[at + 1] = watch.events;
      at += 2;
      this.#askedBy.push(watch);
    }
    return count;
  }

  /** Tells of what the first `count` entries say, and looks again in the next turn whatever came of it. */
  #tell(count: number): void {
    this.#schedule();
    const fds = new Int32Array(this.#asked.buffer, this.#asked.byteOffset, 2 * count);
    if (count > 0 && (fds[1] ?? 0) >>> 16 !== 0) this.#drainWakes();
    for (let at = 2; at < 2 * count; at += 2) {
      const revents = (fds[at + 1] ?? 0) >>> 16;
      const watch = this.#askedBy[(at >> 1) - 1];
      if (revents === 0 || watch === undefined) continue;
      // Somebody may have stopped watching, or changed what for, since: the next look tells.
      if (this.#watches.get(fds[at] ?? -1) === watch) watch.ready(revents);
    }
  }

  #wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    const one = Buffer.alloc(8);
    one.writeUInt32LE(1, 0);
    must(this.#libc, 'write', this.#libc.write(this.#wakeFd, one, 8));
  }

  #drainWakes(): void {
    this.#woken = false;
    if (this.#libc.read(this.#wakeFd, Buffer.alloc(8), 8) !== -1) return;
    const errno = this.#libc.errno();
    if (errno !== EAGAIN) this.#failed(errno);
  }

  #failed(errno: number): void {
    if (errno === EINTR) return;
    throw new KitError('poll-failed', `poll failed with errno ${errno}`, { fault: 'machine' });
  }
}

let shared: Promise<{ libc: Functions; poller: Poller }> | undefined;

/** The process's functions and its one poller. */
export function kernel(): Promise<{ readonly libc: Functions; readonly poller: Poller }> {
  shared ??= functions().then((libc) => ({ libc, poller: new Poller(libc) }));
  return shared;
}
