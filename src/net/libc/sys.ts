/**
 * The C socket API, one call at a time, for a prompt, a notebook or a script: each gives what C gives, throws `CallError`
 * with errno's name and meaning where C gives -1, and tells an observer what the kernel's socket has become.
 *
 * A call that must wait does so in poll and not in the kernel's call: every socket is SOCK_NONBLOCK (and SOCK_CLOEXEC)
 * there, whatever was asked. To the caller it is the same, but the event loop goes on and an AbortSignal ends the wait.
 */
import { Buffer } from 'node:buffer';
import { text } from '../../bytes/index.ts';
import { type Endpoint, formatEndpoint } from '../channel.ts';
import {
  FAMILIES,
  flagNames,
  HOW,
  LEVELS,
  MESSAGE_FLAGS,
  nameOf,
  POLL_EVENTS,
  PROTOCOLS,
  SOCKET_OPTIONS,
  TYPE_FLAGS,
} from './constants.ts';
import { Descriptors } from './descriptors.ts';
import { CallError } from './errno.ts';
import { EAGAIN, EALREADY, EBADF, EINPROGRESS, EINTR, type Functions, must } from './functions.ts';
import { kernelState, type KernelState, rowOf } from './kernel-state.ts';
import { addressRoom, nameOfSocket } from './names.ts';
import { type NetstatRow, netstatRows } from './netstat-rows.ts';
import { type OptionValue, packOption, readOption } from './option-values.ts';
import { kernel } from './poller.ts';
import { pollOnce, type PollResult } from './poll-once.ts';
import { packSockaddr } from './sockaddr.ts';
import { bytes, endpoint, int, length, type PollEntry, pollEntries } from './sys-arguments.ts';
import type { SysEvent } from './sys-events.ts';
import { optionName, preview, resultText, typeName } from './sys-words.ts';
import { Waiters } from './waiters.ts';

export interface SysOptions {
  /** Asked at each call: the signal that ends it. */
  readonly signal?: () => AbortSignal | undefined;
  readonly observe?: (event: SysEvent) => void;
}

interface Machine {
  readonly libc: Functions;
  readonly waiters: Waiters;
}

const KERNEL_FLAGS = TYPE_FLAGS.SOCK_NONBLOCK | TYPE_FLAGS.SOCK_CLOEXEC;

export class Sys {
  readonly #signal: () => AbortSignal | undefined;
  readonly #observe: (event: SysEvent) => void;
  readonly #own = new Descriptors();
  #machine: Promise<Machine> | undefined;
  #ended = false;

  constructor({ signal = () => undefined, observe = () => undefined }: SysOptions = {}) {
    this.#signal = signal;
    this.#observe = observe;
  }

  /** Rejects with KitError `no-c-sockets` (machine) where there is no Linux. */
  #ready(): Promise<Machine> {
    this.#machine ??= kernel().then(({ libc, poller }) => ({ libc, waiters: new Waiters(poller) }));
    return this.#machine;
  }

  async socket(domain: unknown, type: unknown, protocol: unknown = 0): Promise<number> {
    const family = int('socket', 'the domain', domain);
    const kind = int('socket', 'the type', type);
    const number = int('socket', 'the protocol', protocol);
    const { libc } = await this.#ready();
    const call = `socket(${nameOf(FAMILIES, family)}, ${typeName(kind)}, ${number === 0 ? '0' : nameOf(PROTOCOLS, number)})`;
    return this.#run(call, undefined, libc, () => {
      const fd = must(libc, 'socket', libc.socket(family, kind | KERNEL_FLAGS, number));
      this.#own.add(fd, { nonBlocking: (kind & TYPE_FLAGS.SOCK_NONBLOCK) !== 0, family });
      return { value: fd, about: fd };
    });
  }

  async bind(fd: unknown, address: unknown, port?: unknown): Promise<0> {
    const socket = int('bind', 'fd', fd);
    const local = endpoint('bind', address, port);
    const { libc } = await this.#ready();
    return this.#run(`bind(${socket}, ${formatEndpoint(local)})`, socket, libc, () => {
      this.#own.need(libc, 'bind', socket);
      const packed = packSockaddr(local);
      must(libc, 'bind', libc.bind(socket, packed, packed.length));
      return { value: 0, about: socket };
    });
  }

  async listen(fd: unknown, backlog: unknown): Promise<0> {
    const socket = int('listen', 'fd', fd);
    const queue = int('listen', 'the backlog', backlog);
    const { libc } = await this.#ready();
    return this.#run(`listen(${socket}, ${queue})`, socket, libc, () => {
      this.#own.need(libc, 'listen', socket);
      must(libc, 'listen', libc.listen(socket, queue));
      return { value: 0, about: socket };
    });
  }

  /** The new descriptor; getpeername tells whose it is. Waits for a connection. */
  async accept(fd: unknown): Promise<number> {
    const socket = int('accept', 'fd', fd);
    const { libc } = await this.#ready();
    return this.#blocking('accept', `accept(${socket})`, socket, POLL_EVENTS.POLLIN, 0, (own) => {
      const room = addressRoom();
      const got = libc.accept4(socket, room.bytes, room.length, KERNEL_FLAGS);
      if (got !== -1) this.#own.add(got, { nonBlocking: false, family: own.family });
      return got;
    });
  }

  /** Waits until the handshake is done, refused, or given up by TCP. */
  async connect(fd: unknown, address: unknown, port?: unknown): Promise<0> {
    const socket = int('connect', 'fd', fd);
    const remote = endpoint('connect', address, port);
    const { libc, waiters } = await this.#ready();
    const call = `connect(${socket}, ${formatEndpoint(remote)})`;
    return this.#run(call, socket, libc, async () => {
      const own = this.#own.need(libc, 'connect', socket);
      const packed = packSockaddr(remote);
      const waits = [{ fd: socket, events: POLL_EVENTS.POLLOUT }];
      // Called again when poll says that it is over, connect tells how, as a call that had waited itself would: the
      // socket is then connected (EISCONN for whoever tries again), or free for another try.
      for (let told = false; libc.connect(socket, packed, packed.length) === -1;) {
        const errno = libc.errno();
        if ((errno !== EINPROGRESS && errno !== EALREADY) || own.nonBlocking)
          throw new CallError('connect', errno);
        // On loopback the handshake is over before the call comes back.
        if (pollOnce(libc, waits)[0]?.revents !== 0) continue;
        if (!told) this.#observe({ event: 'blocks', call, state: this.#look(libc, socket) });
        told = true;
        const timeoutMs = waitBound(libc, socket, SOCKET_OPTIONS.SO_SNDTIMEO);
        // connect(2): what ends the wait does not end the attempt.
        if (!(await this.#wait(waiters, waits, 'connect', timeoutMs)))
          throw new CallError('connect', EINPROGRESS);
        // Closed while we waited, and perhaps another socket by now.
        if (this.#own.get(socket) !== own) throw new CallError('connect', EBADF);
      }
      return { value: 0, about: socket };
    });
  }

  /** How many bytes the kernel took: all, unless the socket may not wait. Waits while the send buffer is full. */
  async send(fd: unknown, what: unknown, flags: unknown = 0): Promise<number> {
    const socket = int('send', 'fd', fd);
    const data = bytes('send', what);
    const how = int('send', 'flags', flags);
    const { libc } = await this.#ready();
    const call = `send(${socket}, ${preview(data)}, ${data.length}, ${flagNames(MESSAGE_FLAGS, how)})`;
    let sent = 0;
    return this.#blocking('send', call, socket, POLL_EVENTS.POLLOUT, how, (own) => {
      const rest = data.subarray(sent);
      const quiet = how | MESSAGE_FLAGS.MSG_DONTWAIT | MESSAGE_FLAGS.MSG_NOSIGNAL;
      const took = libc.send(socket, rest, rest.length, quiet);
      // What was taken is told; the next call tells the error again, or another.
      if (took === -1) return sent > 0 && libc.errno() !== EAGAIN ? sent : -1;
      sent += took;
      const mayWait = !own.nonBlocking && (how & MESSAGE_FLAGS.MSG_DONTWAIT) === 0;
      return sent < data.length && mayWait ? 'again' : sent;
    });
  }

  /** Up to `bytes` bytes as a Buffer; an empty one is the peer's FIN. Waits for at least one byte. */
  async recv(fd: unknown, maxBytes: unknown, flags: unknown = 0): Promise<Buffer> {
    const socket = int('recv', 'fd', fd);
    const room = Buffer.alloc(length('recv', maxBytes));
    const how = int('recv', 'flags', flags);
    const { libc } = await this.#ready();
    const call = `recv(${socket}, ${room.length}, ${flagNames(MESSAGE_FLAGS, how)})`;
    const whole = (how & MESSAGE_FLAGS.MSG_WAITALL) !== 0 && (how & MESSAGE_FLAGS.MSG_PEEK) === 0;
    let have = 0;
    const count = await this.#blocking('recv', call, socket, POLL_EVENTS.POLLIN, how, (own) => {
      const rest = room.subarray(have);
      const got = libc.recv(socket, rest, rest.length, how | MESSAGE_FLAGS.MSG_DONTWAIT);
      if (got === -1) return have > 0 && libc.errno() !== EAGAIN ? have : -1;
      // With MSG_TRUNC the kernel tells how long a datagram was, not how much of it is here.
      have += Math.min(got, rest.length);
      const mayWait = whole && !own.nonBlocking && (how & MESSAGE_FLAGS.MSG_DONTWAIT) === 0;
      return mayWait && got > 0 && have < room.length ? 'again' : have;
    });
    return room.subarray(0, count);
  }

  async shutdown(fd: unknown, how: unknown): Promise<0> {
    const socket = int('shutdown', 'fd', fd);
    const side = int('shutdown', 'how', how);
    const { libc } = await this.#ready();
    return this.#run(`shutdown(${socket}, ${nameOf(HOW, side)})`, socket, libc, () => {
      this.#own.need(libc, 'shutdown', socket);
      must(libc, 'shutdown', libc.shutdown(socket, side));
      return { value: 0, about: socket };
    });
  }

  /** Whoever waits for the descriptor gets EBADF. */
  async close(fd: unknown): Promise<0> {
    const socket = int('close', 'fd', fd);
    const { libc, waiters } = await this.#ready();
    const call = `close(${socket})`;
    try {
      this.#own.need(libc, 'close', socket);
    } catch (error) {
      throw this.#failed(call, error, undefined);
    }
    this.#look(libc, socket);
    const ends = this.#own.get(socket)?.ends;
    this.#own.remove(socket);
    waiters.closed(socket);
    try {
      must(libc, 'close', libc.close(socket));
    } catch (error) {
      throw this.#failed(call, error, undefined);
    }
    const left = ends === undefined ? undefined : rowOf(ends.local, ends.remote);
    if (!this.#ended) this.#observe({ event: 'closed', call, left });
    return 0;
  }

  async setsockopt(fd: unknown, level: unknown, option: unknown, value: unknown): Promise<0> {
    const socket = int('setsockopt', 'fd', fd);
    const [at, which] = [int('setsockopt', 'the level', level), int('setsockopt', 'the option', option)];
    const packed = packOption(at, which, value);
    const { libc } = await this.#ready();
    const call = `setsockopt(${socket}, ${optionName(at, which)}, ${JSON.stringify(value)})`;
    return this.#run(call, socket, libc, () => {
      this.#own.need(libc, 'setsockopt', socket);
      must(libc, 'setsockopt', libc.setsockopt(socket, at, which, packed, packed.length));
      return { value: 0, about: socket };
    });
  }

  /** A number for most options; SO_LINGER { onoff, linger }, timeouts in ms, TCP_CONGESTION a name, TCP_INFO an object. */
  async getsockopt(fd: unknown, level: unknown, option: unknown): Promise<OptionValue> {
    const socket = int('getsockopt', 'fd', fd);
    const [at, which] = [int('getsockopt', 'the level', level), int('getsockopt', 'the option', option)];
    const { libc } = await this.#ready();
    const call = `getsockopt(${socket}, ${optionName(at, which)})`;
    return this.#run(call, socket, libc, () => ({
      value: readOption(libc, socket, at, which),
      about: socket,
    }));
  }

  async getsockname(fd: unknown): Promise<Endpoint | undefined> {
    return this.#name('getsockname', fd);
  }

  async getpeername(fd: unknown): Promise<Endpoint | undefined> {
    return this.#name('getpeername', fd);
  }

  /** Each entry again, with what is the case of it in `revents`. Waits for one, at most `timeoutMs` (-1: for ever). */
  async poll(fds: unknown, timeoutMs: unknown = -1): Promise<PollResult[]> {
    const entries = pollEntries(fds);
    const bound = int('poll', 'the timeout', timeoutMs);
    const { libc, waiters } = await this.#ready();
    const named = entries.map(({ fd, events }) => `{${fd}, ${flagNames(POLL_EVENTS, events)}}`).join(', ');
    const call = `poll([${named}], ${bound})`;
    const deadlineMs = performance.now() + bound;
    for (let told = false; ;) {
      const results = pollOnce(libc, entries);
      const found = results.filter(({ revents }) => revents !== 0);
      if (found.length > 0 || (bound >= 0 && performance.now() >= deadlineMs)) {
        const names = found.map(({ fd, revents }) => ` ${fd}: ${flagNames(POLL_EVENTS, revents)}`);
        this.#observe({
          event: 'returned',
          call,
          result: [`${found.length}`, ...names].join(','),
          state: undefined,
        });
        return results;
      }
      if (!told) this.#observe({ event: 'blocks', call, state: undefined });
      told = true;
      // Errors are told unasked (poll(2)), also to who asks for nothing else.
      const waits = entries
        .filter(({ fd }) => fd >= 0)
        .map(({ fd, events }) => ({ fd, events: events | POLL_EVENTS.POLLERR }));
      const left = bound < 0 ? -1 : Math.max(0, deadlineMs - performance.now());
      await this.#wait(waiters, waits, 'poll', left);
    }
  }

  /** Closes every socket that is open here. Calls that still wait get no answer: nobody is there to read it. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const fd of this.#own.all()) await this.close(fd);
  }

  /** What the kernel says of a socket now: state, addresses, queues. Throws CallError: EBADF, ENOTSOCK. */
  async state(fd: unknown): Promise<KernelState> {
    const socket = int('state', 'fd', fd);
    const { libc } = await this.#ready();
    return kernelState(libc, socket);
  }

  /** The same for every socket that was made here and is open. */
  async sockets(): Promise<KernelState[]> {
    const { libc } = await this.#ready();
    return this.#own.all().map((fd) => kernelState(libc, fd));
  }

  /** The kernel's TCP sockets with this port at either end, whoever's they are: both ends on loopback, and TIME_WAIT. */
  async netstat(port: unknown): Promise<NetstatRow[]> {
    const number = int('netstat', 'the port', port);
    await this.#ready();
    return netstatRows(number);
  }

  async #name(which: 'getsockname' | 'getpeername', fd: unknown): Promise<Endpoint | undefined> {
    const socket = int(which, 'fd', fd);
    const { libc } = await this.#ready();
    return this.#run(`${which}(${socket})`, socket, libc, () => ({
      value: nameOfSocket(libc, which, socket),
      about: socket,
    }));
  }

  /**
   * Tries, and waits for `events` between tries. `attempt` gives the call's result, -1 (and errno), or `again` when some
   * is done and the rest has to wait.
   */
  async #blocking(
    name: 'accept' | 'send' | 'recv',
    call: string,
    socket: number,
    events: number,
    flags: number,
    attempt: (own: { readonly nonBlocking: boolean; readonly family: number }) => number | 'again',
  ): Promise<number> {
    const { libc, waiters } = await this.#ready();
    return this.#run(call, socket, libc, async () => {
      const own = this.#own.need(libc, name, socket);
      const mayWait = !own.nonBlocking && (flags & MESSAGE_FLAGS.MSG_DONTWAIT) === 0;
      for (let told = false; ;) {
        const result = attempt(own);
        if (typeof result === 'number' && result !== -1)
          return { value: result, about: name === 'accept' ? result : socket };
        const errno = result === 'again' ? EAGAIN : libc.errno();
        if (errno === EINTR) continue;
        if (errno !== EAGAIN || !mayWait) throw new CallError(name, errno);
        if (!told) this.#observe({ event: 'blocks', call, state: this.#look(libc, socket) });
        told = true;
        const option = name === 'send' ? SOCKET_OPTIONS.SO_SNDTIMEO : SOCKET_OPTIONS.SO_RCVTIMEO;
        const timeoutMs = waitBound(libc, socket, option);
        if (!(await this.#wait(waiters, [{ fd: socket, events }], name, timeoutMs)))
          throw new CallError(
            name,
            EAGAIN,
            text(
              'The time of its SO_RCVTIMEO or SO_SNDTIMEO is over.',
              '已超过 SO_RCVTIMEO 或 SO_SNDTIMEO 规定的时间。',
            ),
          );
        // Closed while we waited, and perhaps another socket by now.
        if (this.#own.get(socket) !== own) throw new CallError(name, EBADF);
      }
    });
  }

  async #wait(
    waiters: Waiters,
    waits: readonly PollEntry[],
    call: string,
    timeoutMs: number,
  ): Promise<boolean> {
    try {
      return await waiters.wait(waits, { call, signal: this.#signal(), timeoutMs });
    } catch (error) {
      if (this.#ended) return new Promise(() => undefined);
      throw error;
    }
  }

  /** Runs one call and tells how it went. `about`: whose state is shown when it went well. */
  async #run<T>(
    call: string,
    socket: number | undefined,
    libc: Functions,
    part: () => { value: T; about: number } | Promise<{ value: T; about: number }>,
  ): Promise<T> {
    try {
      const { value, about } = await part();
      this.#observe({ event: 'returned', call, result: resultText(value), state: this.#look(libc, about) });
      return value;
    } catch (error) {
      throw this.#failed(call, error, socket === undefined ? undefined : this.#look(libc, socket));
    }
  }

  /** The socket's state; undefined for a descriptor that is not open, or no socket: the call itself says so. */
  #look(libc: Functions, fd: number): KernelState | undefined {
    const state = stateOr(libc, fd);
    const own = this.#own.get(fd);
    // In TIME_WAIT the descriptor no longer knows its peer, and close wants to find the connection.
    if (own !== undefined && state?.local !== undefined && state.remote !== undefined)
      own.ends = { local: state.local, remote: state.remote };
    return state;
  }

  #failed(call: string, error: unknown, state: KernelState | undefined): unknown {
    if (error instanceof CallError) this.#observe({ event: 'failed', call, error, state });
    return error;
  }
}

/** SO_RCVTIMEO and SO_SNDTIMEO bound a call that waits (socket(7)); 0, as usual, does not. */
function waitBound(libc: Functions, fd: number, option: number): number {
  const timeMs = readOption(libc, fd, LEVELS.SOL_SOCKET, option);
  return typeof timeMs === 'number' && timeMs > 0 ? timeMs : -1;
}

function stateOr(libc: Functions, fd: number): KernelState | undefined {
  try {
    return kernelState(libc, fd);
  } catch (error) {
    if (error instanceof CallError) return undefined;
    throw error;
  }
}
