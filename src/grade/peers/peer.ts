/** One connection to the server under test, held byte by byte: what left, what came, and how it ended. */
import { Buffer } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { Writer } from '../../bytes/index.ts';
import { clientId, Invalid, type Message, type Protocol, requestNumber } from '../../wire/index.ts';
import type { PeerFacts } from './orders.ts';

/** Bytes kept of what came, for a failure's hexdump. */
const KEPT_BYTES = 4096;

export class Peer {
  readonly name: string;
  readonly messages: Message[] = [];
  invalid: Invalid | undefined;
  endedBy: 'fin' | 'rst' | undefined;
  /** The errno of a connect that failed. */
  refusal: string | undefined;
  connected = false;
  clientPort = 0;
  address = '';
  sentBytes = 0;
  receivedBytes = 0;
  lastSent: Buffer = Buffer.alloc(0);
  /** What came last, and its offset in the stream. */
  tail: Buffer = Buffer.alloc(0);
  readAll = true;
  /** The last message as it came. */
  lastFrame: Buffer = Buffer.alloc(0);
  readonly #serverPort: number;
  readonly protocol: Protocol;
  readonly #decoder;
  readonly #socket: Socket;
  #gone = false;

  constructor(name: string, protocol: Protocol, host: string, port: number) {
    this.name = name;
    this.protocol = protocol;
    this.#serverPort = port;
    this.#decoder = protocol.decoder('server');
    this.#socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    this.#socket.on('connect', () => {
      this.connected = true;
      this.clientPort = this.#socket.localPort ?? 0;
      this.address = this.#socket.localAddress ?? '';
    });
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('end', () => (this.endedBy ??= 'fin'));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!this.connected) this.refusal = error.code ?? error.message;
      else if (!this.#gone) this.endedBy = 'rst';
      this.readAll = false;
    });
  }

  get facts(): PeerFacts {
    const { name, clientPort, sentBytes, receivedBytes } = this;
    // Where a check ends before the stream does, more may have come since.
    const readAll = this.readAll && this.invalid === undefined && this.endedBy === undefined;
    return {
      name,
      clientPort,
      serverPort: this.#serverPort,
      sent: sentBytes,
      received: receivedBytes,
      ended: this.endedBy ?? null,
      readAll,
    };
  }

  encode(message: Message): Buffer {
    const writer = new Writer();
    this.protocol.encode(message, writer);
    return writer.take();
  }

  /** Writes one message, and tells the decoder what answer is due. */
  say(message: Message): void {
    this.#decoder.expect(message.type);
    this.write(this.encode(message));
  }

  /** As `say`, for a message that is written in parts: its answer is due from now on. */
  due(message: Message): void {
    this.#decoder.expect(message.type);
  }

  write(bytes: Buffer): void {
    this.sentBytes += bytes.length;
    this.lastSent = bytes;
    this.#socket.write(bytes);
  }

  /** Stops reading: the kernel's buffers fill, and the server's after them. */
  pause(): void {
    this.readAll = false;
    this.#socket.pause();
  }

  resume(): void {
    this.readAll = true;
    this.#socket.resume();
  }

  /** Bytes that came and make no whole packet. */
  get restBytes(): number {
    return this.#decoder.pending;
  }

  /** Bytes that our own kernel has not yet taken from us. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** FIN: says no more, and goes on reading. */
  finish(): void {
    this.#gone = true;
    this.#socket.end();
  }

  /** RST. */
  reset(): void {
    this.#gone = true;
    this.readAll = false;
    this.#socket.resetAndDestroy();
  }

  /** Leaves without a word to the user; used when a check is over. */
  drop(): void {
    this.#gone = true;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.receivedBytes += chunk.length;
    this.tail = Buffer.concat([this.tail, chunk]).subarray(-KEPT_BYTES);
    if (this.invalid !== undefined) return;
    this.#decoder.push(chunk);
    for (;;) {
      const next = this.#decoder.next();
      if (next.type === 'need-more') return;
      if (next instanceof Invalid) {
        this.invalid = next;
        return;
      }
      this.lastFrame = Buffer.from(this.#decoder.bytes);
      this.#hear(next);
    }
  }

  /** What the server asks is answered at once, as any client would. */
  #hear(message: Message): void {
    this.messages.push(message);
    if (this.#gone) return;
    const { request } = message;
    if (message.type === 'deliver.indication' && this.protocol.can('deliver.response'))
      this.write(this.encode({ type: 'deliver.response', request }));
    if (message.type === 'heartbeat.request' && this.protocol.can('heartbeat.response'))
      this.write(this.encode({ type: 'heartbeat.response', request }));
  }
}

/** The plain questions, which any client may ask at any moment. */
export const QUESTIONS = ['time', 'name', 'list', 'heartbeat'] as const;
export type Question = (typeof QUESTIONS)[number];

export function question(what: Question, number: number): Message {
  const request = requestNumber(number);
  return what === 'list'
    ? { type: 'list.request', request, after: clientId(0) }
    : { type: `${what}.request`, request };
}

export const isAnswer = (message: Message): boolean => message.type.endsWith('.response');
