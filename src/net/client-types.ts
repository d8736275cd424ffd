import type { Buffer } from 'node:buffer';
import { type Text } from '../bytes/index.ts';
import type { ClientId, Message, Outcome, Protocol } from '../wire/index.ts';
import type { Endpoint, Transport } from './channel.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** A name for the list of clients, if the protocol has such. */
  readonly name?: string;
  /** How long an answer may take unless a call says otherwise; 10 s by default. */
  readonly timeoutMs?: number;
  /** How long the connection may take; 10 s by default. */
  readonly connectTimeoutMs?: number;
  /** Nagle's algorithm off; true unless told otherwise. */
  readonly noDelay?: boolean;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly transport?: Transport;
  readonly signal?: AbortSignal;
  /** Sees each packet as it is sent or received: for logs and for showing bytes. */
  readonly packets?: ClientPacketObserver;
  /** The word that the server may ask for. It is told to nobody who does not ask, and whoever asks hears it. */
  readonly token?: string;
  /** Asks a server that says nothing for so long whether it is there; without an answer in as long again it is lost. */
  readonly heartbeatMs?: number;
}

export interface ClientPacketObserver {
  /** The handshake is done; nothing was sent yet. */
  readonly connected?: (local: Endpoint, remote: Endpoint) => void;
  /** One packet, one write. */
  readonly sent: (message: Message, bytes: Buffer, streamOffset: number) => void;
  readonly received: (message: Message, bytes: Buffer, streamOffset: number) => void;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A text from another client. */
export interface IncomingText {
  readonly from: ClientId;
  readonly fromAddress: string;
  readonly fromPort: number;
  readonly text: string;
  readonly at: Date;
}

export interface CloseReason {
  /** `disconnected` (we closed), or what the server said (`shutting-down`, …), or `connection-lost`, `bad-packet`. */
  readonly code: string;
  /** In English, as the server said it or we noticed it; `words` are for people. */
  readonly message: string;
  readonly words: Text;
}

/** What became of a text: `unconfirmed` where the protocol has no answer for success. */
export type SendOutcome = Outcome | 'unconfirmed';

export interface ClientEvents {
  message: [IncomingText];
  close: [CloseReason];
  /** An answer that nobody asked for: the server, or the protocol, is wrong. */
  stray: [Message];
}
