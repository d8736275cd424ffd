import type { ClientId, InvalidReason, Message, Status } from '../wire/index.ts';
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
  | { readonly event: 'accept-failed'; readonly code: string; readonly message: string }
  | { readonly event: 'closing'; readonly clients: number };

/**
 * Every packet and every write of a server: its application's testimony in a lab. Costs time for each packet, so a
 * server has it only when asked.
 */
export interface PacketObserver {
  readonly received: (client: ClientId, message: Message, offset: number, bytes: number) => void;
  readonly said: (client: ClientId, message: Message) => void;
  /** So many packets went to the kernel in one write. */
  readonly written: (client: ClientId, packets: number, bytes: number) => void;
}
