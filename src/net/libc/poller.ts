/**
 * One epoll(7) for all sockets of the process: what a look costs depends on how many sockets have something to say, not
 * on how many there are.
 *
 * While something is ready at every look, it is asked on the event loop itself, without waiting, once in a turn; only
 * when nothing is does a thread of libuv's pool wait for it, so that the event loop never does. The way to that thread
 * and back takes longer than an answer, so that where one thing came soon behind another the event loop looks on for a
 * moment before it goes there.
 *
 * What is watched may change meanwhile, and a socket may be closed: by that it leaves epoll (epoll(7), question 6), where
 * a poll(2) that waits holds open what it waits for.
 */
import { Buffer } from 'node:buffer';
import { english, KitError } from '../../bytes/index.ts';
import { EAGAIN, EINTR, type Functions, functions, must } from './functions.ts';

/** sys/epoll.h; its events have the numbers of poll's. */
const EPOLL_CLOEXEC = 0o2000000;
const [EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD] = [1, 2, 3];
/**
 * struct epoll_event in words of 32 bits: events, and 64 bits that come back as they were given: here the descriptor and
 * the turn of its watch. Only on x86-64 do they follow without a gap.
 */
const PACKED = process.arch === 'x64';
const EVENT_WORDS = PACKED ? 3 : 4;
const FD_WORD = PACKED ? 1 : 2;
/** So many are told in a turn; the kernel begins with others in the next. */
const MOST_EVENTS = 1024;

/**
 * For so long the event loop looks on, where things come as soon as that. Measured with one client that asks again when it
 * has its answer: 60 µs for an answer instead of 115, and two thirds of the processor time.
 */
const LOOK_ON_MS = 0.1;

const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;
const POLLIN = 1;

interface Watch {
  readonly events: number;
  /** By which an event that is late is known: the number may be another socket's by now. */
  readonly turn: number;
  readonly ready: (revents: number) => void;
}

export class Poller {
  readonly #libc: Functions;
  readonly #lookOnMs: number;
  readonly #epoll: number;
  /** A descriptor of our own among the watched: written to, it ends the thread's wait. */
  readonly #wakeFd: number;
  readonly #watches = new Map<number, Watch>();
  readonly #asked = new Int32Array(EVENT_WORDS);
  /** Written by the kernel; while the thread waits, nobody else looks at it. */
  readonly #found = new Int32Array(MOST_EVENTS * EVENT_WORDS);
  readonly #askedBytes = Buffer.from(this.#asked.buffer);
  readonly #foundBytes = Buffer.from(this.#found.buffer);
  #turn = 0;
  /** When something was found last, and whether the next thing is awaited here for a moment. */
  #foundMs = 0;
  #soon = false;
  #state: 'idle' | 'scheduled' | 'waiting' = 'idle';
  #woken = false;

  constructor(libc: Functions, lookOnMs = LOOK_ON_MS) {
    this.#libc = libc;
    this.#lookOnMs = lookOnMs;
    this.#epoll = must(libc, 'epoll_create1', libc.epoll_create1(EPOLL_CLOEXEC));
    this.#wakeFd = must(libc, 'eventfd', libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    this.#control(EPOLL_CTL_ADD, this.#wakeFd, POLLIN, 0);
    // Node waits at its end for the threads of the pool: one that waits for ever would keep it for ever.
    process.on('exit', () => this.#wake());
  }

  /**
   * Calls `ready` when `fd` is ready for something of `events` (or has POLLERR or POLLHUP), again and again as long as it
   * is so. It may be called once too often: whoever is called tries, and bears EAGAIN. With events 0 the descriptor
   * is not looked at at all. Throws CallError: EBADF.
   */
  watch(fd: number, events: number, ready: (revents: number) => void): void {
    const old = this.#watches.get(fd);
    if (events === 0) {
      if (old !== undefined) this.unwatch(fd);
      return;
    }
    this.#turn = (this.#turn + 1) | 0;
    this.#control(old === undefined ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, events, this.#turn);
    this.#watches.set(fd, { events, turn: this.#turn, ready });
    if (this.#state === 'idle') this.#schedule();
  }

  unwatch(fd: number): void {
    if (!this.#watches.delete(fd)) return;
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
    this.#ceased();
  }

  /** To be called when `fd` was closed: the kernel has forgotten it, and the number may come again. */
  closed(fd: number): void {
    if (this.#watches.delete(fd)) this.#ceased();
  }

  /** A thread that waits keeps the process alive; without sockets nobody wants it. */
  #ceased(): void {
    if (this.#watches.size === 0 && this.#state === 'waiting') this.#wake();
  }

  #control(operation: number, fd: number, events: number, turn: number): void {
    this.#asked[0] = events;
    this.#asked[FD_WORD] = fd;
    this.#asked[FD_WORD + 1] = turn;
    must(this.#libc, 'epoll_ctl', this.#libc.epoll_ctl(this.#epoll, operation, fd, this.#askedBytes));
  }

  #schedule(): void {
    this.#state = 'scheduled';
    setImmediate(() => this.#look());
  }

  /** One look on the event loop; the thread waits when it finds nothing. */
  #look(): void {
    if (this.#watches.size === 0) {
      this.#state = 'idle';
      return;
    }
    const found = this.#libc.epoll_wait(this.#epoll, this.#foundBytes, MOST_EVENTS, 0);
    if (found === -1) this.#failed(this.#libc.errno());
    const nowMs = performance.now();
    if (found > 0) {
      this.#foundMs = nowMs;
      this.#tell(found);
      return;
    }
    this.#soon &&= nowMs - this.#foundMs < this.#lookOnMs;
    if (this.#soon) {
      this.#schedule();
      return;
    }
    this.#state = 'waiting';
    this.#libc.epollWaitAsync(this.#epoll, this.#foundBytes, MOST_EVENTS, -1, (result, errno) => {
      if (result === -1) this.#failed(errno);
      this.#foundMs = performance.now();
      // Half of a short wait was the way.
      this.#soon = this.#foundMs - nowMs < 2 * this.#lookOnMs;
      this.#tell(Math.max(0, result));
    });
  }

  /** Tells of what was found, and looks again in the next turn whatever comes of it. */
  #tell(count: number): void {
    this.#schedule();
    for (let at = 0; at < count * EVENT_WORDS; at += EVENT_WORDS) {
      const fd = this.#found[at + FD_WORD] ?? -1;
      if (fd === this.#wakeFd) this.#drainWakes();
      // Somebody may have stopped watching, or changed what for, since: the next look tells.
      const watch = this.#watches.get(fd);
      if (watch?.turn === this.#found[at + FD_WORD + 1]) watch?.ready(this.#found[at] ?? 0);
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
    throw new KitError('poll-failed', english(`epoll_wait failed with errno ${errno}`), { fault: 'machine' });
  }
}

let shared: Promise<{ libc: Functions; poller: Poller }> | undefined;

/** The process's functions and its one poller. */
export function kernel(): Promise<{ readonly libc: Functions; readonly poller: Poller }> {
  shared ??= functions().then((libc) => ({ libc, poller: new Poller(libc) }));
  return shared;
}
