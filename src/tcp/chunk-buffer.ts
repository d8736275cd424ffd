/**
 * Bytes that came in chunks, seen as one run. What has been consumed is let go; what is held over is appended to in
 * place with room to spare, so that a record arriving byte by byte does not cost a copy for each byte. Bytes handed out
 * are never moved or overwritten (packets keep pointing at them), unless the buffer is told that it may: then everything
 * goes through one piece of memory, which stays in the processor's cache.
 */
import { Buffer } from 'node:buffer';

export class ChunkBuffer {
  data: Uint8Array = new Uint8Array(0);
  /** First byte not consumed, and one past the last, in `data`. */
  start = 0;
  end = 0;
  /** Offset in the whole input of `data[start]`. */
  consumed = 0;
  #owned = false;
  readonly #reuse: boolean;

  /** `reuse`: what was handed out is valid until the next `append`, and chunks may be changed after it. */
  constructor(reuse = false) {
    this.#reuse = reuse;
  }

  get length(): number {
    return this.end - this.start;
  }

  append(chunk: Uint8Array): void {
    const held = this.end - this.start;
    if (this.#reuse && this.#owned && held + chunk.length <= this.data.length) {
      this.data.copyWithin(0, this.start, this.end);
      this.start = 0;
      this.end = held;
    } else if (held === 0 && !this.#reuse) {
      this.data = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.#owned = false;
      return;
    } else if (!this.#owned || this.data.length - this.end < chunk.length) {
      const grown = Buffer.allocUnsafeSlow((held + chunk.length) * 2);
      grown.set(this.data.subarray(this.start, this.end));
      this.data = grown;
      this.start = 0;
      this.end = held;
      this.#owned = true;
    }
    this.data.set(chunk, this.end);
    this.end += chunk.length;
  }

  consume(count: number): void {
    this.start += count;
    this.consumed += count;
  }
}
