import { type ClientEntry, type ClientId, clientId } from '../wire/index.ts';
import { nameKey } from './names.ts';
import type { Session } from './session.ts';

/**
 * The connected clients, in ascending order of their numbers. A number is given once: it is never used again, so that a
 * text for a client that left cannot reach a stranger.
 */
export class Registry {
  // A Map keeps the order of insertion, and numbers only grow.
  readonly #sessions = new Map<ClientId, Session>();
  /** By `nameKey`, so that nobody takes a name that looks like another's. */
  readonly #names = new Map<string, Session>();
  #last = 0;

  get size(): number {
    return this.#sessions.size;
  }

  nextId(): ClientId {
    return clientId(++this.#last);
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  remove(session: Session): void {
    this.#sessions.delete(session.id);
    const key = nameKey(session.name);
    if (this.#names.get(key) === session) this.#names.delete(key);
  }

  get(id: ClientId): Session | undefined {
    return this.#sessions.get(id);
  }

  /** For protocols that address a client by where it is. Linear, as such a protocol's list is. */
  at(address: string, port: number): Session | undefined {
    for (const session of this.#sessions.values()) {
      if (session.port === port && session.address === address) return session;
    }
    return undefined;
  }

  /** Gives the session its name; false when another client has it. */
  rename(session: Session, name: string): boolean {
    const key = nameKey(name);
    const owner = this.#names.get(key);
    if (owner !== undefined && owner !== session) return false;
    if (session.name !== '') this.#names.delete(nameKey(session.name));
    this.#names.set(key, session);
    session.name = name;
    return true;
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** Up to `limit` clients with numbers above `after`, and whether more follow. */
  page(after: ClientId, limit: number): { clients: ClientEntry[]; more: boolean } {
    const clients: ClientEntry[] = [];
    for (const { id, address, port, name } of this.#sessions.values()) {
      if (id <= after) continue;
      if (clients.length === limit) return { clients, more: true };
      clients.push({ id, address, port, name });
    }
    return { clients, more: false };
  }
}
