import { closeSync, existsSync, openSync, readSync } from 'node:fs';

const CHUNK = 256 * 1024;

/** The end of a file that is being written, piece by piece. The file may not be there yet. */
export class Tail {
  readonly #file: string;
  #descriptor: number | undefined;
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** What has been written since the last time. Each chunk is the caller's own. */
  *chunks(): Generator<Uint8Array> {
    if (this.#descriptor === undefined) {
      if (!existsSync(this.#file)) return;
      this.#descriptor = openSync(this.#file, 'r');
    }
    for (;;) {
      const chunk = new Uint8Array(CHUNK);
      const got = readSync(this.#descriptor, chunk, 0, CHUNK, this.#offset);
      if (got === 0) return;
      this.#offset += got;
      yield chunk.subarray(0, got);
    }
  }

  /** The lines that are whole by now. */
  *lines(): Generator<string> {
    for (const chunk of this.chunks()) {
      const parts = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n');
      this.#rest = parts.pop() ?? '';
      // A character may have been cut by the end of a chunk, a line was not.
      for (const part of parts) yield Buffer.from(part, 'latin1').toString('utf8');
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
