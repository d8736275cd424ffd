import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/**
 * What a process printed, up to a limit; what came after it is counted and thrown away, so that the process never
 * blocks on a full pipe and we never run out of memory.
 */
export class Output {
  /** Bytes the process printed, kept or not. */
  totalBytes = 0;
  #text = '';
  #keptBytes = 0;
  readonly #limitBytes: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #listeners = new Set<() => void>();

  constructor(stream: Readable | null, limitBytes: number) {
    this.#limitBytes = limitBytes;
    stream?.on('data', (chunk: Buffer) => this.#take(chunk));
    // A reset pipe says no more than its end does: the process is gone, which `ended` reports.
    stream?.on('error', () => undefined);
  }

  /** The text kept so far. A character cut in two by a chunk's end appears when its second half has come. */
  get text(): string {
    return this.#text;
  }

  get truncated(): boolean {
    return this.totalBytes > this.#keptBytes;
  }

  /** Calls `listener` after each chunk, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(chunk: Buffer): void {
    const room = Math.max(0, this.#limitBytes - this.#keptBytes);
    const kept = chunk.subarray(0, room);
    this.totalBytes += chunk.length;
    this.#keptBytes += kept.length;
    this.#text += this.#decoder.write(kept);
    for (const listener of [...this.#listeners]) listener();
  }
}
