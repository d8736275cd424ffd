import type { ClientId, EpochMs, Message, Status } from '../wire/index.ts';

/** What a session needs of its connection. The caller of `Service` provides it; nothing here touches a socket. */
export interface Outlet {
  /** Queues one message behind the ones before. Messages to a connection that is gone are dropped. */
  say(message: Message): void;
  /** Bytes queued that the kernel has not taken yet. */
  unsentBytes(): number;
  /** Says the last words, if the protocol has any, and closes the connection when they are out. */
  hangUp(status: Status, text: string): void;
}

/** One connected client as the server sees it. */
export interface Session {
  readonly id: ClientId;
  readonly address: string;
  readonly port: number;
  readonly since: EpochMs;
  readonly outlet: Outlet;
  /** Empty until the client names itself. */
  name: string;
  /** When something was last heard of it, on the service's monotonic clock. */
  heardAtMs: number;
  requests: number;
  /** Texts on their way from this client that nobody has confirmed yet. */
  unconfirmed: number;
}
