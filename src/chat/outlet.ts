import type { KitError } from '../bytes/index.ts';
import type { Message, Status } from '../wire/index.ts';

/** What a session needs of its connection. The caller of `Service` provides it; nothing here touches a socket. */
export interface Outlet {
  /**
   * Queues one message behind the ones before. Answers why the protocol cannot carry it; then nothing was queued.
   * Messages to a connection that is gone are dropped without an error.
   */
  say(message: Message): KitError | undefined;
  /** Where the stream of all that was said stands, in bytes from its beginning. */
  readonly saidBytes: number;
  /** Bytes of it that the kernel has not taken yet. */
  readonly unsentBytes: number;
  /**
   * The client has said goodbye: its FIN follows, and only then ours. Closing at the goodbye would make it a matter of
   * chance whose FIN is first, and so who ends in TIME-WAIT (RFC 9293, section 3.6).
   */
  awaitEnd(): void;
  /** Says the last words, if the protocol has any, and closes the connection when they are out. */
  hangUp(status: Status, text: string): void;
}
