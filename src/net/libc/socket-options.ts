import { Buffer } from 'node:buffer';
import { type Functions, must } from './functions.ts';
import { LEVELS, PROTOCOLS, SOCKET_OPTIONS, TCP_OPTIONS } from './constants.ts';

/** An option whose value is an int; both architectures are little-endian. */
export function setInt(libc: Functions, fd: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value, 0);
  must(libc, 'setsockopt', libc.setsockopt(fd, level, option, bytes, bytes.length));
}

export function getInt(libc: Functions, fd: number, level: number, option: number): number {
  const bytes = Buffer.alloc(4);
  const length = Buffer.from([4, 0, 0, 0]);
  must(libc, 'getsockopt', libc.getsockopt(fd, level, option, bytes, length));
  return bytes.readInt32LE(0);
}

/** Nagle's algorithm off (RFC 9293, section 3.7.4). */
export const setNoDelay = (libc: Functions, fd: number): void =>
  setInt(libc, fd, PROTOCOLS.IPPROTO_TCP, TCP_OPTIONS.TCP_NODELAY, 1);

/** The kernel asks a silent peer after net.ipv4.tcp_keepalive_time whether it is still there (RFC 9293, section 3.8.4). */
export const setKeepAlive = (libc: Functions, fd: number): void =>
  setInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_KEEPALIVE, 1);

export const setReuseAddress = (libc: Functions, fd: number): void =>
  setInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_REUSEADDR, 1);

/** Takes the socket's pending error (socket(7), SO_ERROR): 0 when there is none. */
export const takeError = (libc: Functions, fd: number): number =>
  getInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_ERROR);

/** Makes close send a RST (struct linger { 1, 0 }; socket(7)). */
export function setLingerZero(libc: Functions, fd: number): void {
  const linger = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  must(
    libc,
    'setsockopt',
    libc.setsockopt(fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_LINGER, linger, linger.length),
  );
}
