/**
 * The symbolic constants of <sys/socket.h>, <netinet/in.h>, <netinet/tcp.h> and <poll.h> on Linux (asm-generic: x86-64
 * and arm64 have the same; test/net/libc/constants.test.ts asks the C compiler).
 */

export const FAMILIES = { AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10 } as const;

export const TYPES = { SOCK_STREAM: 1, SOCK_DGRAM: 2 } as const;
/** Or-ed to a type. */
export const TYPE_FLAGS = { SOCK_NONBLOCK: 0o4000, SOCK_CLOEXEC: 0o2000000 } as const;

export const PROTOCOLS = { IPPROTO_IP: 0, IPPROTO_TCP: 6, IPPROTO_UDP: 17, IPPROTO_IPV6: 41 } as const;

export const HOW = { SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2 } as const;

export const MESSAGE_FLAGS = {
  MSG_OOB: 0x1,
  MSG_PEEK: 0x2,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_WAITALL: 0x100,
  MSG_NOSIGNAL: 0x4000,
  MSG_MORE: 0x8000,
} as const;

export const POLL_EVENTS = {
  POLLIN: 0x001,
  POLLPRI: 0x002,
  POLLOUT: 0x004,
  POLLERR: 0x008,
  POLLHUP: 0x010,
  POLLNVAL: 0x020,
  POLLRDHUP: 0x2000,
} as const;

export const LEVELS = { SOL_SOCKET: 1 } as const;

export const SOCKET_OPTIONS = {
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_BROADCAST: 6,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_REUSEPORT: 15,
  SO_RCVTIMEO: 20,
  SO_SNDTIMEO: 21,
  SO_ACCEPTCONN: 30,
  SO_PROTOCOL: 38,
  SO_DOMAIN: 39,
} as const;

export const TCP_OPTIONS = {
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_CORK: 3,
  TCP_KEEPIDLE: 4,
  TCP_KEEPINTVL: 5,
  TCP_KEEPCNT: 6,
  TCP_SYNCNT: 7,
  TCP_LINGER2: 8,
  TCP_DEFER_ACCEPT: 9,
  TCP_WINDOW_CLAMP: 10,
  TCP_INFO: 11,
  TCP_QUICKACK: 12,
  TCP_CONGESTION: 13,
  TCP_USER_TIMEOUT: 18,
} as const;

export const IP_OPTIONS = { IP_TOS: 1, IP_TTL: 2 } as const;
export const IPV6_OPTIONS = { IPV6_V6ONLY: 26 } as const;

/** Addresses that have names. They are texts here, as every address is. */
export const ADDRESSES = { INADDR_ANY: '0.0.0.0', INADDR_LOOPBACK: '127.0.0.1', IN6ADDR_ANY: '::' } as const;

export const SOMAXCONN = 4096;

/** All of them by name: what the prompt and `sys` have. */
export const CONSTANTS = {
  ...FAMILIES,
  ...TYPES,
  ...TYPE_FLAGS,
  ...PROTOCOLS,
  ...HOW,
  ...MESSAGE_FLAGS,
  ...POLL_EVENTS,
  ...LEVELS,
  ...SOCKET_OPTIONS,
  ...TCP_OPTIONS,
  ...IP_OPTIONS,
  ...IPV6_OPTIONS,
  ...ADDRESSES,
  SOMAXCONN,
} as const;

type Names = Readonly<Record<string, number>>;

/** The name of a value among some constants, or the number itself. */
export const nameOf = (names: Names, value: number): string =>
  Object.entries(names).find(([, number]) => number === value)?.[0] ?? String(value);

/** Flags by name, joined as one writes them in C: `SOCK_STREAM|SOCK_NONBLOCK`; `0` when there are none. */
export function flagNames(names: Names, value: number): string {
  const found = Object.entries(names).filter(([, flag]) => flag !== 0 && (value & flag) === flag);
  const rest = found.reduce((left, [, flag]) => left & ~flag, value);
  const texts = [...found.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
  return texts.length === 0 ? '0' : texts.join('|');
}
