/** What the kernel says of a socket, asked by its descriptor, or by its four numbers when no descriptor is left. */
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { parseProcNet, SOCKET_STATES, type SocketRow, type SocketState } from '../../kernel/index.ts';
import { type Endpoint, plainAddress } from '../channel.ts';
import { LEVELS, PROTOCOLS, SOCKET_OPTIONS, TCP_OPTIONS, TYPES } from './constants.ts';
import { CallError } from './errno.ts';
import type { Functions } from './functions.ts';
import { nameOfSocket } from './names.ts';
import { getInt } from './socket-options.ts';

/** asm-generic/ioctls.h (FIONREAD, TIOCOUTQ) under the names of linux/sockios.h. */
const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;
/** More than struct tcp_info of linux/tcp.h has; the kernel says how much it filled. */
const TCP_INFO_BYTES = 512;

export interface TcpInfo {
  readonly state: SocketState;
  readonly retransmits: number;
  readonly probes: number;
  readonly rtoMs: number;
  readonly sendMssBytes: number;
  readonly receiveMssBytes: number;
  /** Segments sent and not acknowledged; of a listener: connections that wait for accept. */
  readonly unacked: number;
  /** Of a listener: how many may wait. */
  readonly sacked: number;
  readonly lost: number;
  readonly rttMs: number;
  readonly rttVarianceMs: number;
  readonly congestionWindow: number;
  readonly totalRetransmits: number;
}

/** The row of one descriptor. Fields are absent where the kernel has no such thing in this state. */
export interface KernelState {
  readonly fd: number;
  /** Undefined: no TCP socket. */
  readonly state: SocketState | undefined;
  readonly local: Endpoint | undefined;
  readonly remote: Endpoint | undefined;
  /** Of a listener: connections whose handshake is done and that wait for accept, and listen's backlog as the kernel keeps it. */
  readonly acceptQueue?: { readonly waiting: number; readonly backlog: number };
  /** Arrived and not read. */
  readonly receiveQueueBytes?: number;
  /** Sent and not acknowledged, or not sent yet. */
  readonly sendQueueBytes?: number;
}

/** getsockopt TCP_INFO (tcp(7)). Throws CallError. */
export function tcpInfo(libc: Functions, fd: number): TcpInfo {
  const bytes = Buffer.alloc(TCP_INFO_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(TCP_INFO_BYTES, 0);
  if (libc.getsockopt(fd, PROTOCOLS.IPPROTO_TCP, TCP_OPTIONS.TCP_INFO, bytes, length) === -1)
    throw new CallError('getsockopt', libc.errno());
  const ms = (at: number): number => bytes.readUInt32LE(at) / 1000;
  return {
    state: SOCKET_STATES[bytes.readUInt8(0) as keyof typeof SOCKET_STATES],
    retransmits: bytes.readUInt8(2),
    probes: bytes.readUInt8(3),
    rtoMs: ms(8),
    sendMssBytes: bytes.readUInt32LE(16),
    receiveMssBytes: bytes.readUInt32LE(20),
    unacked: bytes.readUInt32LE(24),
    sacked: bytes.readUInt32LE(28),
    lost: bytes.readUInt32LE(32),
    rttMs: ms(68),
    rttVarianceMs: ms(72),
    congestionWindow: bytes.readUInt32LE(80),
    totalRetransmits: bytes.readUInt32LE(100),
  };
}

/** The kernel's row for an open socket. Throws CallError: EBADF, ENOTSOCK. */
export function kernelState(libc: Functions, fd: number): KernelState {
  const local = nameOfSocket(libc, 'getsockname', fd);
  const remote = unless(['ENOTCONN', 'EINVAL'], () => nameOfSocket(libc, 'getpeername', fd));
  const isTcp =
    getInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_TYPE) === TYPES.SOCK_STREAM &&
    getInt(libc, fd, LEVELS.SOL_SOCKET, SOCKET_OPTIONS.SO_PROTOCOL) === PROTOCOLS.IPPROTO_TCP;
  const receiveQueueBytes = queue(libc, fd, SIOCINQ);
  const sendQueueBytes = queue(libc, fd, SIOCOUTQ);
  const queues = {
    ...(receiveQueueBytes === undefined ? {} : { receiveQueueBytes }),
    ...(sendQueueBytes === undefined ? {} : { sendQueueBytes }),
  };
  if (!isTcp) return { fd, state: undefined, local, remote, ...queues };
  const { state, unacked, sacked } = tcpInfo(libc, fd);
  if (state !== 'LISTEN') return { fd, state, local, remote, ...queues };
  return { fd, state, local, remote, acceptQueue: { waiting: unacked, backlog: sacked } };
}

/** The kernel's row for a connection of this machine that no descriptor stands for any more; undefined: none is left. */
export function rowOf(local: Endpoint, remote: Endpoint): SocketRow | undefined {
  const same = (row: SocketRow): boolean =>
    row.localPort === local.port &&
    row.remotePort === remote.port &&
    plainAddress(row.localAddress) === plainAddress(local.address) &&
    plainAddress(row.remoteAddress) === plainAddress(remote.address);
  return rowsOf(local.port).find(same);
}

/**
 * The rows of /proc/net/tcp and tcp6 (a kernel without IPv6 has no tcp6) with this port at either end: listeners, then the
 * ends that have it themselves, then their peers. The kernel's own order is that of its hash.
 */
export function rowsOf(port: number): SocketRow[] {
  const rank = (row: SocketRow): number => (row.state === 'LISTEN' ? 0 : row.localPort === port ? 1 : 2);
  return (['tcp', 'tcp6'] as const)
    .map((protocol) => ({ protocol, path: `/proc/net/${protocol}` }))
    .filter(({ path }) => existsSync(path))
    .flatMap(({ protocol, path }) => parseProcNet(readFileSync(path, 'latin1'), protocol, true))
    .filter((row) => row.localPort === port || row.remotePort === port)
    .sort((a, b) => rank(a) - rank(b));
}

/** Undefined where the state has no such queue (EINVAL for a listener). */
function queue(libc: Functions, fd: number, request: number): number | undefined {
  const bytes = Buffer.alloc(4);
  return libc.ioctl(fd, request, bytes) === -1 ? undefined : bytes.readInt32LE(0);
}

function unless<T>(codes: readonly string[], part: () => T): T | undefined {
  try {
    return part();
  } catch (error) {
    if (error instanceof CallError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
