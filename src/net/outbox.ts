import { Writer } from '../bytes/index.ts';
import type { Message, Protocol } from '../wire/index.ts';
import type { Channel } from './channel.ts';

/** Writers that wait for their next connection, so that an idle connection holds none: as many as a busy turn needs. */
const spare: Writer[] = [];
const MAX_SPARE = 1024;
const WRITER_BYTES = 4096;

/**
 * The packets that a server has for one client in this turn of the event loop, written to the socket in one go at its
 * end: a system call for each packet would cost ten times as much.
 */
export class Outbox {
  readonly #protocol: Protocol;
  readonly #channel: Channel;
  readonly #turn: Turn;
  readonly #wrote: (packets: number, bytes: number) => void;
  #writer: Writer | undefined;
  #packets = 0;
  #handedBytes = 0;

  /** `wrote` hears of each write: so many packets of so many bytes. */
  constructor(
    protocol: Protocol,
    channel: Channel,
    turn: Turn,
    wrote: (packets: number, bytes: number) => void,
  ) {
    this.#protocol = protocol;
    this.#channel = channel;
    this.#turn = turn;
    this.#wrote = wrote;
  }

  /** Bytes that wait for the end of the turn. */
  get queuedBytes(): number {
    return this.#writer?.length ?? 0;
  }

  /** Bytes that were handed to the channel so far. */
  get handedBytes(): number {
    return this.#handedBytes;
  }

  /** Queues one packet and answers its size. Throws what `Protocol.encode` throws; then nothing was queued. */
  add(message: Message): number {
    let writer = this.#writer;
    if (writer === undefined) {
      writer = spare.pop() ?? new Writer(WRITER_BYTES);
      this.#writer = writer;
      this.#turn.add(this);
    }
    const before = writer.length;
    this.#protocol.encode(message, writer);
    this.#packets++;
    return writer.length - before;
  }

  /** Hands over what is queued. */
  flush(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const packets = this.#packets;
    const bytes = writer.length;
    this.#writer = undefined;
    this.#packets = 0;
    this.#handedBytes += bytes;
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
    if (packets > 0) this.#wrote(packets, bytes);
  }
}

/** All outboxes that were written to in this turn; flushed once, behind the turn's reads. */
export class Turn {
  #waiting: Outbox[] = [];

  add(outbox: Outbox): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(outbox);
  }

  #flush(): void {
    const waiting = this.#waiting;
    // What is said while these are flushed belongs to the next turn.
    this.#waiting = [];
    for (const outbox of waiting) outbox.flush();
  }
}
