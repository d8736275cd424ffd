/** What a stranger's program takes of the machine, with all that it starts, and the limit on its memory. */
import { familyOf, relative, unlessGone } from './process-family.ts';

export interface FamilyUse {
  /** Most processes that were seen at once. */
  readonly processes: number;
  /** Most resident memory that was seen, of all together; pages that they share count for each. */
  readonly memoryMiB: number;
}

const LOOK_MS = 100;
const MIB = 1024 ** 2;

/**
 * Looks ten times a second at the process `pid` and its descendants, until it is stopped, and tells when they have more
 * than `limitMiB`. What comes and goes between two looks is not seen; each process by itself is bounded by the kernel.
 */
export class FamilyWatch {
  readonly #pid: number;
  readonly #looking: NodeJS.Timeout;
  #processes = 0;
  #memoryMiB = 0;

  constructor(pid: number, limitMiB: number, over: () => void) {
    this.#pid = pid;
    this.#looking = setInterval(() => {
      this.#look();
      if (this.#memoryMiB > limitMiB) over();
    }, LOOK_MS).unref();
  }

  get use(): FamilyUse {
    return { processes: this.#processes, memoryMiB: this.#memoryMiB };
  }

  stop(): FamilyUse {
    clearInterval(this.#looking);
    return this.use;
  }

  /** All of them, children first: where a parent goes first, its children may go out of sight. */
  kill(): void {
    for (const pid of familyOf(this.#pid).toReversed()) unlessGone(() => process.kill(pid, 'SIGKILL'), false);
  }

  #look(): void {
    // bwrap itself and the first process of the pid namespace are not the program's.
    const family = familyOf(this.#pid)
      .map(relative)
      .filter((one) => one !== undefined && one.name !== 'bwrap');
    this.#processes = Math.max(this.#processes, family.length);
    const residentBytes = family.reduce((sum, one) => sum + (one?.residentBytes ?? 0), 0);
    this.#memoryMiB = Math.max(this.#memoryMiB, residentBytes / MIB);
  }
}
