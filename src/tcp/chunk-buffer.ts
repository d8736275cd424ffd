/**
 * Bytes that came in chunks, seen as one run. What has been consumed is let go; what is held over is appended to in
 * place with room to spare, so that a record arriving byte by byte does not cost a copy for each byte. Bytes handed out
 * are never moved or overwritten: packets keep pointing at them.
 */
export class ChunkBuffer {
  data: Uint8Array = new Uint8Array(0);
  /** First byte not consumed, and one past the last, in `data`. */
  start = 0;
  end = 0;
  /** Offset in the whole input of `data[start]`. */
  consumed = 0;
  #owned = false;

  get length(): number {
    return this.end - this.start;
  }

  append(chunk: Uint8Array): void {
    const held = this.end - this.start;
    if (held === 0) {
      this.data = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.#owned = false;
      return;
    }
    if (!this.#owned || this.data.length - this.end < chunk.length) {
      const grown = new Uint8Array((held + chunk.length) * 2);
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
