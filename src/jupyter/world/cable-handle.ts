/** A cable as cells use it. */
export class CableHandle {
  readonly #ask: (method: string) => Promise<unknown>;

  constructor(ask: (method: string) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Nothing passes any more, and nobody is told. */
  async unplug(): Promise<void> {
    await this.#ask('unplug');
  }

  async plug(): Promise<void> {
    await this.#ask('plug');
  }

  async isPlugged(): Promise<boolean> {
    return (await this.#ask('isPlugged')) as boolean;
  }
}
