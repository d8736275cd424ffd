/** Frame numbers in the order of the capture; beyond a limit they are only counted. */
export class FrameList {
  readonly frames: number[] = [];
  count = 0;
  last = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(frame: number): void {
    this.count++;
    this.last = frame;
    if (this.frames.length < this.#limit) this.frames.push(frame);
  }
}
