import { type HostProcess } from './process.ts';

/** The processes that a world has started and must end. */
export class Crew {
  readonly #members = new Set<HostProcess>();

  add(member: HostProcess): void {
    this.#members.add(member);
    void member.ended.then(() => this.#members.delete(member));
  }

  get size(): number {
    return this.#members.size;
  }

  /** Ends all, SIGTERM first; resolves when the last has ended. */
  async endAll(graceMs: number): Promise<void> {
    while (this.#members.size > 0) {
      await Promise.all([...this.#members].map((member) => member.stop(graceMs)));
    }
  }
}
