/** Frame numbers in the order of the capture; beyond a limit they are only counted. */
export class FrameList {
  frames: number[] = [];
  count = 0;
  last = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Begins again. */
  clear(): void {
    if (this.frames.length > 0) this.frames = [];
    this.count = 0;
    this.last = 0;
  }

  add(frame: number): void {
    this.count++;
    this.last = frame;
    if (this.frames.length < this.#limit) this.frames.push(frame);
  }
}
