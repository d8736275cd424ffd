import { writeSync } from 'node:fs';

/** How long a full pipe is waited for before lines are dropped. */
const PATIENCE_MS = 1_000;
const RETRY_MS = 5;

/**
 * Where log lines go: gathered, and written to a descriptor once in a turn of the event loop, so that a line for every
 * packet does not cost a system call for every packet. A process that is killed loses the lines of one turn at most.
 *
 * A full disk or a reader that is gone never ends the server: lines are dropped, counted, and the count is said when
 * writing works again.
 */
export class LineSink {
  readonly #fd: number;
  readonly #shape: (line: string) => string;
  #lines = '';
  #lost = 0;
  #scheduled = false;

  /** `shape` has the last word about each line, which it gets with its line end. */
  constructor(fd: number, shape: (line: string) => string) {
    this.#fd = fd;
    this.#shape = shape;
  }

  write(line: string): void {
    this.#lines += this.#shape(line);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    const note =
      this.#lost === 0
        ? ''
        : this.#shape(`${JSON.stringify({ level: 'error', event: 'log-lines-lost', lines: this.#lost })}\n`);
    if (this.#writeAll(Buffer.from(note + lines))) this.#lost = 0;
    else this.#lost += lines.split('\n').length - 1;
  }

  #writeAll(bytes: Buffer): boolean {
    const deadline = performance.now() + PATIENCE_MS;
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        // Another process may have made the pipe or terminal that we share non-blocking; then we wait for its reader.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > deadline) return false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
    return true;
  }
}
