import { getHeapStatistics } from 'node:v8';
import { watched } from './watchdog.ts';

/** So much for any input, and so much for each byte of it. */
export interface Allowance {
  readonly base: number;
  readonly perByte: number;
}

export interface Allowances {
  /** Bytes that V8 allocated on its heap on the way, whether they were kept or not: work that can be counted. */
  readonly allocatedBytes: Allowance;
  /** Time that this thread had a core, not time that passed. */
  readonly cpuUs: Allowance;
}

interface HeapStatistics {
  /** Since Node 25. */
  readonly total_allocated_bytes: number;
}

/** What V8 has allocated on its heap since it started. */
export const allocatedBytes = (): number =>
  (getHeapStatistics() as unknown as HeapStatistics).total_allocated_bytes;

/** What hostile input costs: bounded by its length, by measures that do not depend on what else a machine has to do. */
export class Effort {
  readonly #allowances: Allowances;
  /** The most that any input took, in hundredths of what it was allowed. */
  mostAllocatedPercent = 0;
  mostCpuPercent = 0;

  constructor(allowances: Allowances) {
    this.#allowances = allowances;
  }

  /** Runs `work` on an input of so many bytes. Throws when it takes more than such an input may, or hangs. */
  spend<T>(what: string, inputBytes: number, work: () => T): T {
    const cpu = process.threadCpuUsage();
    const heap = allocatedBytes();
    try {
      return watched(what, work);
    } finally {
      const allocated = allocatedBytes() - heap;
      const { user, system } = process.threadCpuUsage(cpu);
      const percent = (spent: number, { base, perByte }: Allowance): number =>
        Math.ceil((100 * spent) / (base + perByte * inputBytes));
      const ofMemory = percent(allocated, this.#allowances.allocatedBytes);
      const ofCpu = percent(user + system, this.#allowances.cpuUs);
      this.mostAllocatedPercent = Math.max(this.mostAllocatedPercent, ofMemory);
      this.mostCpuPercent = Math.max(this.mostCpuPercent, ofCpu);
      this.#check(what, `allocates ${allocated} bytes`, ofMemory, inputBytes);
      this.#check(what, `takes ${user + system} µs of a core`, ofCpu, inputBytes);
    }
  }

  #check(what: string, spent: string, percent: number, inputBytes: number): void {
    if (percent > 100)
      throw new Error(`${what}: it ${spent} for ${inputBytes} bytes, ${percent} % of what is allowed`);
  }
}
