/**
 * A client that misbehaves on purpose: its packets leave in pieces, several at once, late, or not at all. What each
 * packet is stays untouched, and so does their order: TCP carries bytes, and a peer that relies on where one write ends
 * shows it here.
 */
import { Buffer } from 'node:buffer';
import type { Channel, ChannelEvents, DialOptions, Endpoint, Transport } from './channel.ts';
import { deafen } from './libc/index.ts';

/** How what a client sends reaches the kernel. Nothing set: each packet at once, in one write. */
export interface SendFaults {
  /** Each write holds so many bytes at most. */
  readonly splitBytes?: number;
  /** Between two such pieces. 0: the next turn of the event loop. */
  readonly gapMs?: number;
  /** So many packets go out in one write; what is fewer waits for more. */
  readonly joinPackets?: number;
  /** Each packet waits so long first, and those behind it with it. */
  readonly delayMs?: number;
}

/** The knobs of one connection. */
export interface Faults {
  /** For what is sent from now on. Packets that wait to be joined go out now. */
  set(faults: SendFaults): void;
  /**
   * Gone without a word: nothing is read or sent any more, neither an answer nor a goodbye. `machine`: its kernel
   * answers nothing either, as if the cable were pulled. `program`: where the kernel cannot be told so, it still
   * acknowledges until the receive buffer is full, as for a program that hangs.
   */
  vanish(): Promise<'machine' | 'program'>;
}

/** `transport` with knobs on the connection that it dials; `ready` gets them before anything is sent. */
export function faultyTransport(transport: Transport, ready: (faults: Faults) => void): Transport {
  return {
    listen: (options) => transport.listen(options),
    dial: async (options: DialOptions) => {
      const channel = new FaultyChannel(await transport.dial(options));
      ready(channel);
      return channel;
    },
  };
}

class FaultyChannel implements Channel, Faults {
  readonly #inner: Channel;
  #faults: SendFaults = {};
  #joined: Buffer[] = [];
  /** Everything that was sent and has not reached the kernel, in order: each step begins when the last is done. */
  #line: Promise<void> | undefined;
  #waitingBytes = 0;
  #over = false;
  #vanished = false;

  constructor(inner: Channel) {
    this.#inner = inner;
  }

  get local(): Endpoint {
    return this.#inner.local;
  }

  get remote(): Endpoint {
    return this.#inner.remote;
  }

  listen(events: ChannelEvents): void {
    this.#inner.listen({
      ...events,
      closed: (error) => {
        this.#over = true;
        events.closed(error);
      },
    });
  }

  set(faults: SendFaults): void {
    this.#flushJoined();
    this.#faults = faults;
  }

  send(bytes: Buffer): void {
    if (this.#vanished) return;
    const { joinPackets = 1 } = this.#faults;
    this.#joined.push(bytes);
    if (this.#joined.length >= joinPackets) this.#flushJoined();
  }

  get descriptor(): number | undefined {
    return this.#inner.descriptor;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes + this.#waitingBytes;
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    if (!this.#vanished) this.#inner.resume();
  }

  finish(): void {
    if (this.#vanished) {
      // It is the kernel that ends it, without a goodbye: no process can leave a connection without a word.
      this.#inner.abort();
      return;
    }
    this.#flushJoined();
    this.#enqueue(0, () => this.#inner.finish());
  }

  abort(): void {
    this.#over = true;
    this.#inner.abort();
  }

  async vanish(): Promise<'machine' | 'program'> {
    this.#vanished = true;
    this.#joined = [];
    this.#inner.pause();
    const { descriptor } = this.#inner;
    return descriptor !== undefined && (await deafen(descriptor)) ? 'machine' : 'program';
  }

  #flushJoined(): void {
    const packets = this.#joined.splice(0);
    if (packets.length === 0) return;
    const { delayMs, splitBytes = Infinity, gapMs = 0 } = this.#faults;
    const bytes = packets.length === 1 ? (packets[0] ?? Buffer.alloc(0)) : Buffer.concat(packets);
    if (delayMs !== undefined) this.#enqueue(0, () => pause(delayMs));
    for (let start = 0; start < bytes.length; start += splitBytes) {
      const piece = bytes.subarray(start, Math.min(bytes.length, start + splitBytes));
      if (start > 0) this.#enqueue(0, () => pause(gapMs));
      this.#enqueue(piece.length, () => this.#inner.send(piece));
    }
  }

  /** At once when nothing waits, so that a client without faults is as any other. */
  #enqueue(bytes: number, step: () => Promise<void> | void): void {
    this.#waitingBytes += bytes;
    const run = (): Promise<void> | void => {
      this.#waitingBytes -= bytes;
      if (!this.#over && !this.#vanished) return step();
    };
    const running = this.#line === undefined ? run() : this.#line.then(run);
    if (running === undefined) return;
    this.#line = running;
    void running.then(() => {
      if (this.#line === running) this.#line = undefined;
    });
  }
}

/** At least one turn of the event loop: what was written before is with the kernel by then, unless its buffer is full. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}
