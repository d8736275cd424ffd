import { type RequestNumber, requestNumber } from '../wire/index.ts';
import type { Delivery, Party } from './delivery.ts';

/** Texts on their way. Every delivery waits equally long, so the first in the table is the first to expire. */
export class Deliveries {
  readonly #open = new Map<RequestNumber, Delivery>();
  #last = 0;

  get size(): number {
    return this.#open.size;
  }

  /** A number that no open delivery has. */
  nextNumber(): RequestNumber {
    do this.#last = (this.#last + 1) % 2 ** 32 || 1;
    while (this.#open.has(requestNumber(this.#last)));
    return requestNumber(this.#last);
  }

  open(delivery: Delivery): void {
    const { number, sender, receiver } = delivery;
    this.#open.set(number, delivery);
    sender.unconfirmed++;
    receiver.incoming ??= new Set();
    receiver.incoming.add(delivery);
  }

  /** The delivery that `receiver` confirms; undefined for a number that is not open or not its own. */
  confirm(receiver: Party, number: RequestNumber): Delivery | undefined {
    const delivery = this.#open.get(number);
    if (delivery?.receiver !== receiver) return undefined;
    this.#close(delivery);
    return delivery;
  }

  /** Takes out all whose time is up. */
  expire(clockMs: number): Delivery[] {
    const expired: Delivery[] = [];
    for (const delivery of this.#open.values()) {
      if (delivery.deadlineMs > clockMs) break;
      expired.push(delivery);
    }
    for (const delivery of expired) this.#close(delivery);
    return expired;
  }

  /**
   * Takes out all that a client was to confirm that has left. What it sent itself stays until its receivers confirm it:
   * a client may close its sending side and still wait for answers.
   */
  abandon(receiver: Party): Delivery[] {
    if (receiver.incoming === undefined) return [];
    const lost = [...receiver.incoming];
    for (const delivery of lost) this.#close(delivery);
    return lost;
  }

  #close(delivery: Delivery): void {
    this.#open.delete(delivery.number);
    delivery.sender.unconfirmed--;
    delivery.receiver.incoming?.delete(delivery);
  }
}
