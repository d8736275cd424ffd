/** A server that says so much before it lets us in floods us. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/**
 * What a client would tell its listeners before there can be any: a server may deliver a text right behind its greeting,
 * and close behind that, before the caller of `connect` has the client. Kept in order, and told when the caller had its
 * turn; until then nothing of it counts as heard.
 */
export class EarlyEvents {
  #held: (() => void)[] | undefined = [];
  #bytes = 0;

  /** Tells now, or later when it is too early. False: too much is held already, and this one is not. */
  tell(event: () => void, bytes: number): boolean {
    if (this.#held === undefined) {
      event();
      return true;
    }
    if (this.#bytes + bytes > MAX_HELD_BYTES) return false;
    this.#bytes += bytes;
    this.#held.push(event);
    return true;
  }

  /** Tells what was held; from now on nothing is. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) event();
  }
}
