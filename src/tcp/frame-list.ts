/** Frame numbers in the order of the capture; beyond a limit they are only counted. */
export class FrameList {
  count = 0;
  first = 0;
  last = 0;
  readonly #limit: number;
  /** All but the first, which is mostly the only one; used again after `clear`. */
  #others: number[] | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** As many as the limit allows. */
  get frames(): readonly number[] {
    const kept = Math.min(this.count, this.#limit);
    if (kept === 0) return [];
    return kept === 1 ? [this.first] : [this.first, ...(this.#others ?? []).slice(0, kept - 1)];
  }

  /** Begins again. */
  clear(): void {
    this.count = 0;
    this.last = 0;
  }

  add(frame: number): void {
    if (this.count === 0) this.first = frame;
    else if (this.count < this.#limit) {
      if (this.#others === undefined) this.#others = [frame];
      else this.#others[this.count - 1] = frame;
    }
    this.count++;
    this.last = frame;
  }
}
