import { Buffer } from 'node:buffer';
import type { Channel } from '../../net/index.ts';

export interface StreamStatus {
  readonly readBytes: number;
  readonly unsentBytes: number;
  /** The peer's FIN was read. */
  readonly ended: boolean;
  /** The connection is gone: `FIN` on both sides, or the code of the error. */
  readonly closed: string | undefined;
}

/** What a connection received, to be read when the reader wants it: TCP keeps no packets, and neither does this. */
export class Stream {
  readonly channel: Channel;
  readonly closed: Promise<string>;
  #chunks: Buffer[] = [];
  #readBytes = 0;
  #ended = false;
  #closed: string | undefined;
  #wake: () => void = () => undefined;

  constructor(channel: Channel, reads: boolean) {
    this.channel = channel;
    let closed: (how: string) => void = () => undefined;
    this.closed = new Promise((resolve) => (closed = resolve));
    channel.listen({
      data: (chunk) => {
        this.#chunks.push(chunk);
        this.#readBytes += chunk.length;
        this.#wake();
      },
      ended: () => {
        this.#ended = true;
        this.#wake();
      },
      drained: () => undefined,
      closed: (error) => {
        this.#closed = error === undefined ? 'FIN' : (error.code ?? 'error');
        closed(this.#closed);
        this.#wake();
      },
    });
    if (!reads) channel.pause();
  }

  /**
   * What has arrived and was not read yet, at least one byte; with `bytes`, exactly so many. Undefined at the end of the
   * stream, as `recv` gives 0 there; fewer when the stream ends inside what was asked for.
   */
  async read(bytes: number | undefined): Promise<Buffer | undefined> {
    const wanted = bytes ?? 1;
    while (this.#chunks.reduce((sum, { length }) => sum + length, 0) < wanted) {
      if (this.#ended || this.#closed !== undefined) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const all = Buffer.concat(this.#chunks);
    const taken = all.subarray(0, bytes ?? all.length);
    this.#chunks = taken.length < all.length ? [all.subarray(taken.length)] : [];
    return taken.length === 0 ? undefined : taken;
  }

  status(): StreamStatus {
    return {
      readBytes: this.#readBytes,
      unsentBytes: this.#closed === undefined ? this.channel.unsentBytes : 0,
      ended: this.#ended,
      closed: this.#closed,
    };
  }
}
