import { Worker } from 'node:worker_threads';
import type { ToWatchdog } from './watchdog-main.ts';

/**
 * Bounds what runs in this thread, also code that never pauses, whose own timers would never fire. What waits for the
 * work must not be on the stack (`Cells` sees to it for cells): busy code is ended with everything that is.
 */
export class Watchdog {
  readonly #worker: Worker;
  #stop: () => void = () => undefined;

  constructor() {
    const file = import.meta.url.endsWith('.ts') ? './watchdog-main.ts' : './watchdog-main.js';
    this.#worker = new Worker(new URL(file, import.meta.url));
    this.#worker.on('message', () => {
      this.#tell({ kind: 'heard' });
      this.#stop();
    });
    // It must not keep a program that has nothing else to do; while it watches, its word is awaited.
    this.#worker.unref();
  }

  /** Behind `seconds` calls `stop`, and where this thread is too busy to hear that, ends what it is executing. */
  async within<T>(seconds: number, work: () => Promise<T>, stop: () => void): Promise<T> {
    this.#stop = stop;
    this.#worker.ref();
    this.#tell({ kind: 'watch', ms: seconds * 1000 });
    try {
      return await work();
    } finally {
      this.#stop = () => undefined;
      this.#tell({ kind: 'done' });
      this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #tell(message: ToWatchdog): void {
    this.#worker.postMessage(message);
  }
}
