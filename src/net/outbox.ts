import { Writer } from '../bytes/index.ts';
import type { Message, Protocol } from '../wire/index.ts';
import type { Channel } from './channel.ts';

/** Writers that wait for their next connection, so that an idle connection holds none. */
const spare: Writer[] = [];
const MAX_SPARE = 64;
const WRITER_BYTES = 4096;

/**
 * The packets that a server has for one client in this turn of the event loop, written to the socket in one go at its
 * end: a system call for each packet would cost ten times as much.
 */
export class Outbox {
  readonly #protocol: Protocol;
  readonly #channel: Channel;
  readonly #turn: Turn;
  #writer: Writer | undefined;
  #packets = 0;

  constructor(protocol: Protocol, channel: Channel, turn: Turn) {
    this.#protocol = protocol;
    this.#channel = channel;
    this.#turn = turn;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return (this.#writer?.length ?? 0) + this.#channel.unsentBytes;
  }

  /** Queues one packet. Throws what `Protocol.encode` throws; then nothing was queued. */
  add(message: Message): void {
    if (this.#writer === undefined) {
      this.#writer = spare.pop() ?? new Writer(WRITER_BYTES);
      this.#turn.add(this);
    }
    this.#protocol.encode(message, this.#writer);
    this.#packets++;
  }

  /** Hands over what is queued. Answers how many packets went in that one write. */
  flush(): { packets: number; bytes: number } {
    const writer = this.#writer;
    const packets = this.#packets;
    if (writer === undefined) return { packets: 0, bytes: 0 };
    this.#writer = undefined;
    this.#packets = 0;
    const bytes = writer.length;
    if (bytes > 0) this.#channel.send(writer.view());
    // Nothing unsent: the kernel has its own copy, and the memory can be written again.
    if (
      this.#channel.unsentBytes === 0 &&
      spare.length < MAX_SPARE &&
      writer.bytes.length <= 16 * WRITER_BYTES
    ) {
      writer.clear();
      spare.push(writer);
    }
    return { packets, bytes };
  }
}

/** All outboxes that were written to in this turn; flushed once, behind the turn's reads. */
export class Turn {
  readonly #flushed: (outbox: Outbox, packets: number, bytes: number) => void;
  #waiting: Outbox[] = [];

  constructor(flushed: (outbox: Outbox, packets: number, bytes: number) => void) {
    this.#flushed = flushed;
  }

  add(outbox: Outbox): void {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(outbox);
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const outbox of waiting) {
      const { packets, bytes } = outbox.flush();
      if (packets > 0) this.#flushed(outbox, packets, bytes);
    }
  }
}
