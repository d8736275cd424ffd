/** Since when a client has taken nothing of what we sent. */
export class Progress {
  /** What the kernel had taken when we last looked. */
  #takenBytes = 0;
  #sinceMs: number;

  constructor(clockMs: number) {
    this.#sinceMs = clockMs;
  }

  /** How long, in ms, nothing was taken, now that it is `takenBytes` in all. */
  look(takenBytes: number, clockMs: number): number {
    if (takenBytes > this.#takenBytes) {
      this.#takenBytes = takenBytes;
      this.#sinceMs = clockMs;
    }
    return clockMs - this.#sinceMs;
  }

  /** All is taken: nobody is waited for. */
  renew(clockMs: number): void {
    this.#sinceMs = clockMs;
  }
}

/** Since when a packet lies here unfinished: bytes that trickle in hold a place, and memory. */
export class HalfPacket {
  #sinceMs: number | undefined;
  /** How many packets came before it. */
  #behind = 0;

  get begun(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** How long, in ms, the packet behind so many whole ones has been lying here. */
  look(behind: number, clockMs: number): number {
    if (this.#sinceMs === undefined || this.#behind !== behind) {
      this.#sinceMs = clockMs;
      this.#behind = behind;
    }
    return clockMs - this.#sinceMs;
  }

  /** There is none. */
  none(): void {
    this.#sinceMs = undefined;
  }
}
