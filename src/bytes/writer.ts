import { Buffer } from 'node:buffer';

/**
 * A buffer that grows while packets are written one behind the other.
 *
 * Encoders call `ensure(n)` once for a packet and then store straight into `bytes`, since a call for each byte would
 * cost more than the byte. `take()` hands the bytes over and starts afresh, so that what was handed to a socket is
 * never written again.
 */
export class Writer {
  bytes: Buffer;
  length = 0;
  readonly #initial: number;
  /** Of what `view` answered last: writes of the same size follow each other, and each view is an object of V8's. */
  #view: Buffer | undefined;

  constructor(initialBytes = 1024) {
    this.#initial = initialBytes;
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `count` more bytes behind `length`. What was written is kept. */
  ensure(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.#view = undefined;
  }

  /** The bytes written since the last `take`, which the caller owns from now on. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(this.#initial);
    this.#view = undefined;
    this.length = 0;
    return taken;
  }

  /** The bytes written, still owned by the writer: valid until the next write. */
  view(): Buffer {
    if (this.#view?.length !== this.length) this.#view = this.bytes.subarray(0, this.length);
    return this.#view;
  }

  /** Forgets what was written and keeps the memory. */
  clear(): void {
    this.length = 0;
  }
}
