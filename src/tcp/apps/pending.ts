/** Bytes of one side that do not make a whole message yet, with their place in the stream. Bounded by its user. */
import { copyOf } from '../copy.ts';

const NO_BYTES = new Uint8Array(0);

export class Pending {
  /** Offset in the stream of `bytes[0]`. */
  offset = 0;
  bytes: Uint8Array = NO_BYTES;
  #borrowed = false;

  append(more: Uint8Array, offset: number): void {
    if (this.bytes.length === 0) {
      this.offset = offset;
      this.bytes = more;
      this.#borrowed = true;
      return;
    }
    const joined = new Uint8Array(this.bytes.length + more.length);
    joined.set(this.bytes);
    joined.set(more, this.bytes.length);
    this.bytes = joined;
    this.#borrowed = false;
  }

  drop(count: number): void {
    this.bytes = count < this.bytes.length ? this.bytes.subarray(count) : NO_BYTES;
    this.offset += count;
  }

  /** What waits for more must neither hold nor rely on the chunk of the file that it came in. */
  settle(): void {
    if (this.#borrowed && this.bytes.length > 0) this.bytes = copyOf(this.bytes);
    this.#borrowed = false;
  }
}
