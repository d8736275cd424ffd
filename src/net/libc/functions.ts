import type { Buffer } from 'node:buffer';
import { KitError, text } from '../../bytes/index.ts';
import { LEVELS } from './constants.ts';
import { CallError } from './errno.ts';
import { needLinux } from './platform.ts';

type Memory = Buffer | Uint8Array | null;

/**
 * The functions of the C library, called in this process through FFI. Each gives what C gives, and -1 stands for errno:
 * ask `errno()` at once. None waits: whoever waits does so in poller.ts. Lengths are the callers' duty: what is handed
 * over as memory is at least as long as the length beside it.
 */
export interface Functions {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Memory, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Memory, length: Memory, flags: number): number;
  connect(fd: number, address: Memory, length: number): number;
  send(fd: number, bytes: Memory, length: number, flags: number): number;
  recv(fd: number, bytes: Memory, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  setsockopt(fd: number, level: number, option: number, value: Memory, length: number): number;
  /** `setsockopt` with a struct sock_fprog (linux/filter.h): a program of so many instructions, 8 bytes each. */
  attachFilter(fd: number, program: Buffer): number;
  getsockopt(fd: number, level: number, option: number, value: Memory, length: Memory): number;
  getsockname(fd: number, address: Memory, length: Memory): number;
  getpeername(fd: number, address: Memory, length: Memory): number;
  poll(fds: Memory, count: number, timeoutMs: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: Memory): number;
  epoll_wait(epoll: number, events: Memory, most: number, timeoutMs: number): number;
  /** The same in a thread of libuv's pool; `done` comes on the event loop. */
  epollWaitAsync(
    epoll: number,
    events: Memory,
    most: number,
    timeoutMs: number,
    done: (result: number, errno: number) => void,
  ): void;
  ioctl(fd: number, request: number, value: Memory): number;
  eventfd(initial: number, flags: number): number;
  write(fd: number, bytes: Memory, length: number): number;
  read(fd: number, bytes: Memory, length: number): number;
  errno(): number;
}

const PROTOTYPES = {
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, const void *, uint32_t)',
  listen: 'int listen(int, int)',
  accept4: 'int accept4(int, void *, void *, int)',
  connect: 'int connect(int, const void *, uint32_t)',
  send: 'intptr_t send(int, const void *, size_t, int)',
  recv: 'intptr_t recv(int, void *, size_t, int)',
  shutdown: 'int shutdown(int, int)',
  close: 'int close(int)',
  setsockopt: 'int setsockopt(int, int, int, const void *, uint32_t)',
  getsockopt: 'int getsockopt(int, int, int, void *, void *)',
  getsockname: 'int getsockname(int, void *, void *)',
  getpeername: 'int getpeername(int, void *, void *)',
  // nfds_t is unsigned long.
  poll: 'int poll(void *, size_t, int)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, void *)',
  epoll_wait: 'int epoll_wait(int, void *, int, int)',
  // Variadic in C; with one pointer both Linux ABIs pass it as if it were not.
  ioctl: 'int ioctl(int, size_t, void *)',
  eventfd: 'int eventfd(unsigned int, int)',
  write: 'intptr_t write(int, const void *, size_t)',
  read: 'intptr_t read(int, void *, size_t)',
} as const;

/** asm-generic/socket.h. */
const SO_ATTACH_FILTER = 26;

type Bound = ((...args: readonly unknown[]) => number) & {
  async(...args: readonly unknown[]): void;
};

let loaded: Promise<Functions> | undefined;

/** Finds the functions once. Rejects with KitError (machine): `no-c-sockets`, `no-ffi`. */
export function functions(): Promise<Functions> {
  loaded ??= load();
  return loaded;
}

/** Can the C library be called here? Else there is another system, or no binary of koffi for this machine. */
export async function cLibraryHere(): Promise<boolean> {
  try {
    await functions();
    return true;
  } catch (error) {
    if (error instanceof KitError && (error.code === 'no-ffi' || error.code === 'no-c-sockets')) return false;
    throw error;
  }
}

async function load(): Promise<Functions> {
  needLinux();
  try {
    // Loaded when somebody wants it: a program on node:net has no use for it.
    const { default: koffi } = await import('koffi');
    // The process itself, which has its C library linked in: glibc or musl, whatever the file is called.
    const libc = koffi.load(null);
    const bound = Object.fromEntries(
      Object.entries(PROTOTYPES).map(([name, prototype]) => [name, libc.func(prototype) as unknown as Bound]),
    ) as Record<keyof typeof PROTOTYPES, Bound>;
    const filterProgram = koffi.struct({ len: 'uint16_t', filter: 'const void *' });
    const setFilter = libc.func('setsockopt', 'int', [
      'int',
      'int',
      'int',
      koffi.pointer(filterProgram),
      'uint32_t',
    ]);
    return {
      ...bound,
      attachFilter: (fd, program) =>
        setFilter(
          fd,
          LEVELS.SOL_SOCKET,
          SO_ATTACH_FILTER,
          { len: program.length / 8, filter: program },
          koffi.sizeof(filterProgram),
        ) as number,
      epollWaitAsync: (epoll, events, most, timeoutMs, done) =>
        bound.epoll_wait.async(epoll, events, most, timeoutMs, (error: unknown, result: number) =>
          // koffi carries the thread's errno over to this callback.
          done(error === null || error === undefined ? result : -1, koffi.errno()),
        ),
      errno: () => koffi.errno(),
    };
  } catch (error) {
    throw new KitError(
      'no-ffi',
      text(
        `the C library cannot be called from here: ${String(error)}`,
        `这里不能调用 C 库：${String(error)}`,
      ),
      {
        fault: 'machine',
        hint: text(
          'koffi has no binary for this machine; leave --transport libc out.',
          'koffi 没有适合这台机器的二进制文件；请去掉 --transport libc。',
        ),
        cause: error,
      },
    );
  }
}

/** The result of a call, or CallError when it is -1. */
export function must(libc: Functions, name: string, result: number): number {
  if (result === -1) throw new CallError(name, libc.errno());
  return result;
}

export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EALREADY = 114;
export const EINPROGRESS = 115;
