/**
 * /proc/net/tcp and /proc/net/tcp6 as values (get_tcp4_sock, get_timewait4_sock and get_openreq4 in the kernel's
 * net/ipv4/tcp_ipv4.c; Documentation/networking/proc_net_tcp.rst).
 */
import { KitError } from '../bytes/index.ts';

/** The kernel's states (include/net/tcp_states.h) by number, as netstat prints them. */
export const SOCKET_STATES = {
  1: 'ESTABLISHED',
  2: 'SYN_SENT',
  3: 'SYN_RECV',
  4: 'FIN_WAIT1',
  5: 'FIN_WAIT2',
  6: 'TIME_WAIT',
  7: 'CLOSE',
  8: 'CLOSE_WAIT',
  9: 'LAST_ACK',
  10: 'LISTEN',
  11: 'CLOSING',
} as const;

export type SocketState = (typeof SOCKET_STATES)[keyof typeof SOCKET_STATES];

/** Which of a socket's timers runs; `persist` probes a closed window, `keepalive` a silent peer. */
export const SOCKET_TIMERS = {
  0: 'none',
  1: 'retransmit',
  2: 'keepalive',
  3: 'time-wait',
  4: 'persist',
} as const;

export type SocketTimer = (typeof SOCKET_TIMERS)[keyof typeof SOCKET_TIMERS];

export type SocketRow = {
  /** `tcp6` is a socket of the family AF_INET6; it may carry IPv4 (`::ffff:10.77.0.1`). */
  protocol: 'tcp' | 'tcp6';
  localAddress: string;
  localPort: number;
  /** All zero for a listener. */
  remoteAddress: string;
  remotePort: number;
  state: SocketState;
  /** Received and not yet read by the program. Of a listener: connections that wait for accept (not bytes). */
  receiveQueueBytes: number;
  /** Sent and not yet acknowledged. */
  sendQueueBytes: number;
  timer: SocketTimer;
  /** Until the timer fires, in steps of 10 ms; 0 when none runs, or when it is due. */
  timerMs: number;
  /** Times that the oldest unacknowledged segment was sent again without an answer. */
  retransmits: number;
  /** Keep-alive or window probes without an answer. */
  probes: number;
  uid: number;
  /** 0 when no program holds the socket any more (TIME_WAIT, SYN_RECV, orphans). */
  inode: number;
};

/** One tick of `tm->when` (USER_HZ is 100 on all of Linux's architectures but alpha and ia64). */
const TICK_MS = 10;

/**
 * All rows of such a file. `littleEndian` is the machine's byte order, in which the kernel prints addresses. Throws
 * `bad-proc-net` for a line that is not understood; a line cut by the end of the text is one.
 */
export function parseProcNet(text: string, protocol: 'tcp' | 'tcp6', littleEndian: boolean): SocketRow[] {
  const rows: SocketRow[] = [];
  // The first line holds the titles.
  for (const line of text.split('\n').slice(1)) {
    if (line.trim() === '') continue;
    const row = parseLine(line, protocol, littleEndian);
    if (row === undefined) throw new KitError('bad-proc-net', `not a line of /proc/net/${protocol}: ${line}`);
    rows.push(row);
  }
  return rows;
}

function parseLine(line: string, protocol: 'tcp' | 'tcp6', little: boolean): SocketRow | undefined {
  const [, local, remote, status, queues, timer, retransmits, uid, probes, inode] = line.trim().split(/\s+/);
  if (inode === undefined) return undefined;
  const here = parseEnd(local, little);
  const there = parseEnd(remote, little);
  const state = SOCKET_STATES[parseInt(status ?? '', 16) as keyof typeof SOCKET_STATES] as
    SocketState | undefined;
  const [send = NaN, receive = NaN] = hexPair(queues);
  const [timerKind = NaN, ticks = NaN] = hexPair(timer);
  const timerName = SOCKET_TIMERS[timerKind as keyof typeof SOCKET_TIMERS] as SocketTimer | undefined;
  if (here === undefined || there === undefined || state === undefined || timerName === undefined)
    return undefined;
  const counts = [parseInt(retransmits ?? '', 16), Number(uid), Number(probes), Number(inode)];
  if (Number.isNaN(counts.reduce((sum, count) => sum + count, send + receive + ticks))) return undefined;
  return {
    protocol,
    localAddress: here.address,
    localPort: here.port,
    remoteAddress: there.address,
    remotePort: there.port,
    state,
    receiveQueueBytes: receive,
    sendQueueBytes: send,
    timer: timerName,
    timerMs: timerName === 'none' ? 0 : ticks * TICK_MS,
    retransmits: parseInt(retransmits ?? '', 16),
    probes: Number(probes),
    uid: Number(uid),
    inode: Number(inode),
  };
}

const hexPair = (text: string | undefined): number[] =>
  (text ?? '').split(':').map((part) => parseInt(part, 16));

function parseEnd(text: string | undefined, little: boolean): { address: string; port: number } | undefined {
  const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(text ?? '');
  if (match === null) return undefined;
  const [, hex = '', port = ''] = match;
  const bytes = wordsToBytes(hex, little);
  return { address: bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes), port: parseInt(port, 16) };
}

/** The kernel prints each 32 bits of an address as a number of the machine: turned round on little-endian ones. */
function wordsToBytes(hex: string, little: boolean): number[] {
  const words = hex.match(/.{8}/g) ?? [];
  return words.flatMap((word) => {
    const bytes = (word.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    return little ? bytes.reverse() : bytes;
  });
}

/** The text form of RFC 5952: the longest run of zeros shortened, IPv4 in its own form (section 5). */
export function formatIpv6(bytes: readonly number[]): string {
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  const groups = Array.from({ length: 8 }, (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0));
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
