import type { Buffer } from 'node:buffer';
import { Writer } from '../bytes/index.ts';
import type { Decoder, Invalid, Message, Protocol } from '../wire/index.ts';
import type { Channel } from './channel.ts';
import type { ClientPacketObserver } from './client-types.ts';

export interface ClientStreamEvents {
  /** One packet came, of so many bytes. */
  readonly message: (message: Message, bytes: number) => void;
  /** What came is no packet. Nothing is read any more. */
  readonly invalid: (invalid: Invalid) => void;
  readonly closed: (error: NodeJS.ErrnoException | undefined) => void;
}

/**
 * A client's bytes in both directions: chunks into messages, and each message into a packet with a write of its own,
 * so that a lab can compare sends with segments.
 */
export class ClientStream {
  readonly #channel: Channel;
  readonly #protocol: Protocol;
  readonly #packets: ClientPacketObserver | undefined;
  readonly #events: ClientStreamEvents;
  readonly #decoder: Decoder;
  readonly #writer = new Writer();
  #reading = true;
  #bytesOut = 0;

  constructor(
    channel: Channel,
    protocol: Protocol,
    packets: ClientPacketObserver | undefined,
    events: ClientStreamEvents,
  ) {
    this.#channel = channel;
    this.#protocol = protocol;
    this.#packets = packets;
    this.#events = events;
    this.#decoder = protocol.decoder('server');
    channel.listen({
      data: (chunk) => this.#received(chunk),
      ended: () => undefined,
      drained: () => undefined,
      closed: events.closed,
    });
  }

  /** One packet, one write. Throws what `Protocol.encode` throws; then nothing was sent. */
  send(message: Message): void {
    this.#protocol.encode(message, this.#writer);
    const bytes = this.#writer.take();
    this.#decoder.expect(message.type);
    this.#channel.send(bytes);
    this.#packets?.sent(message, bytes, this.#bytesOut);
    this.#bytesOut += bytes.length;
  }

  /** What still comes is dropped: behind the server's last words nothing counts. */
  stopReading(): void {
    this.#reading = false;
  }

  #received(chunk: Buffer): void {
    if (!this.#reading) return;
    const decoder = this.#decoder;
    decoder.push(chunk);
    while (this.#isReading()) {
      const next = decoder.next();
      if (next.type === 'need-more') return;
      if (next.type === 'invalid') {
        this.#reading = false;
        this.#events.invalid(next);
        return;
      }
      this.#packets?.received(next, decoder.bytes, decoder.offset);
      this.#events.message(next, decoder.length);
    }
  }

  // A method, since the type checker believes that a field which was compared keeps its value across calls.
  #isReading(): boolean {
    return this.#reading;
  }
}
