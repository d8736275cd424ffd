import type { Buffer } from 'node:buffer';

/** An address and a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export const formatEndpoint = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** An IPv4 client of a socket that listens on `::` has the address ::ffff:1.2.3.4; people know it as 1.2.3.4. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');

/**
 * The most that a channel tells of its bytes in one turn of the event loop, where the receiver borrows: a client who sends
 * requests without end would hold up all the others. With 100 such of 1,000 the others waited 4 times as long, 99th
 * percentile, without a bound (libuv reads on while reads are full, up to 32 times); 2.4 times with 16 KB, 1.4 with these 4.
 */
export const BYTES_A_TURN = 4_096;

/** What happens on a channel. Every channel ends with exactly one `closed`. */
export interface ChannelEvents {
  /** Bytes arrived. The chunk belongs to the receiver from now on (nobody writes into it again), unless it borrows. */
  readonly data: (chunk: Buffer) => void;
  /**
   * The receiver is done with a chunk when `data` returns: the memory may be read into again, for any channel, which saves
   * an allocation for each read.
   */
  readonly borrows?: boolean;
  /** The peer sent its FIN: no more data comes, ours may still go. */
  readonly ended: () => void;
  /** What was unsent has been taken by the kernel. */
  readonly drained: () => void;
  /** The connection is gone; `error` says why when it was not both sides' FIN. */
  readonly closed: (error: NodeJS.ErrnoException | undefined) => void;
}

/** One TCP connection as a transport gives it: bytes in, bytes out, and the ways to end it. */
export interface Channel {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Says where events go. Called once, in the same turn in which the channel was made. */
  listen(events: ChannelEvents): void;
  /** Hands bytes to the kernel, now or as soon as it takes them. The caller must not change them while unsent. */
  send(bytes: Buffer): void;
  /** Bytes that the kernel has not taken. */
  readonly unsentBytes: number;
  /** Stops and resumes reading: the kernel's receive buffer fills, and the peer's window closes. */
  pause(): void;
  resume(): void;
  /** A FIN behind all that was sent. */
  finish(): void;
  /** A RST, at once. */
  abort(): void;
  /** The number that the kernel knows the socket by, for what only the kernel can do to it; undefined: none to be had. */
  readonly descriptor: number | undefined;
}

export interface Listener {
  readonly local: Endpoint;
  /** Stops accepting. Connections go on. */
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly backlog?: number;
  /** true: TCP_NODELAY, so that Nagle's algorithm (RFC 9293, section 3.7.4) is off. */
  readonly noDelay: boolean;
  /** SO_KEEPALIVE on what is accepted, with the kernel's own times (net.ipv4.tcp_keepalive_*). */
  readonly keepAlive?: boolean;
  /** Nothing is read of what is accepted until `resume`: it stays in the kernel. */
  readonly paused?: boolean;
  readonly connection: (channel: Channel) => void;
  /** Accepting failed for now (no descriptors left, for example); listening goes on. */
  readonly acceptFailed: (error: NodeJS.ErrnoException) => void;
}

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly noDelay: boolean;
  readonly keepAlive?: boolean;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly signal?: AbortSignal;
}

/** A way to have sockets: node:net, or the C socket API. */
export interface Transport {
  /** Rejects with a KitError: `port-taken`, `not-permitted`, `no-such-address` (machine). */
  listen(options: ListenOptions): Promise<Listener>;
  /** Rejects with a KitError: `connection-refused`, `unreachable`, `connect-timeout` (peer), `aborted` (usage). */
  dial(options: DialOptions): Promise<Channel>;
}
