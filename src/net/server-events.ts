import type { ClientId, EpochMs, InvalidReason, Message, Status } from '../wire/index.ts';
import type { Endpoint } from './channel.ts';

/** What a server does, for its log. */
export type ServerEvent =
  | {
      readonly event: 'connected';
      readonly client: ClientId;
      readonly remote: Endpoint;
      readonly clients: number;
    }
  | { readonly event: 'refused'; readonly remote: Endpoint; readonly status: Status; readonly text: string }
  | {
      readonly event: 'disconnected';
      readonly client: ClientId;
      readonly remote: Endpoint;
      /** `left`: both sides' FIN; else a status of ours, or the socket's error code. */
      readonly why: string;
      readonly requests: number;
      readonly bytesIn: number;
      readonly bytesOut: number;
      readonly clients: number;
    }
  | {
      readonly event: 'bad-packet';
      readonly client: ClientId;
      readonly remote: Endpoint;
      readonly reason: InvalidReason;
      /** Bytes from the beginning of what this client sent. */
      readonly offset: number;
      readonly message: string;
    }
  | {
      readonly event: 'unencodable';
      readonly client: ClientId;
      readonly type: string;
      readonly message: string;
    }
  | {
      /** Our own mistake; it ended this one connection. `client` is undefined for one that was not let in. */
      readonly event: 'failed';
      readonly client: ClientId | undefined;
      readonly remote: Endpoint;
      readonly message: string;
    }
  | { readonly event: 'accept-failed'; readonly code: string; readonly message: string }
  | { readonly event: 'closing'; readonly clients: number };

/**
 * Every packet and every write of a server: its application's testimony in a lab. Costs time for each packet, so a
 * server has it only when asked.
 */
export interface PacketObserver {
  /** Offsets count from the beginning of what this client sent, or was sent. */
  readonly received: (client: ClientId, message: Message, offset: number, bytes: number) => void;
  /** Queued for the client; the next `written` that reaches so far took it. */
  readonly said: (client: ClientId, message: Message, offset: number, bytes: number) => void;
  /** So many packets went to the socket in one write. */
  readonly written: (client: ClientId, packets: number, bytes: number, offset: number) => void;
}

/** One connected client as an operator sees it. */
export interface ClientRow {
  readonly id: ClientId;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly since: EpochMs;
  readonly requests: number;
  /** Texts of its own that nobody has confirmed yet. */
  readonly unconfirmed: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes for it that the kernel has not taken. */
  readonly unsentBytes: number;
  /** Its requests are left in the kernel because it does not read its answers. */
  readonly halted: boolean;
}
