import { type RequestNumber, requestNumber } from '../wire/index.ts';
import type { Delivery, Party } from './delivery.ts';

/** Numbers are 32 bits, and 0 is for indications that want no answer. */
const NUMBERS = 2 ** 32 - 1;
const FEWEST = 64;

/**
 * Texts on their way. They are numbered in order, so that they lie in a ring, each at the place of its number; every one
 * waits equally long, so that the first in the ring is the first to expire. (A Map by number and a Set for each receiver
 * would cost as much for each text as all else the server does with it.)
 */
export class Deliveries {
  /** A power of two of places, as many as lie between the first number and the last; undefined where one is closed. */
  #ring = places(FEWEST);
  /** Counts of numbers given: of the first that is open, and of the next. They only grow; the number is made of them. */
  #first = 0;
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of the next delivery that is opened: no open one has it. */
  nextNumber(): RequestNumber {
    return requestNumber((this.#next % NUMBERS) + 1);
  }

  open(delivery: Delivery): void {
    if (this.#next - this.#first === this.#ring.length) this.#grow();
    this.#ring[this.#place(this.#next++)] = delivery;
    this.#size++;
    const { sender, receiver } = delivery;
    sender.unconfirmed++;
    delivery.behind = receiver.incoming;
    if (receiver.incoming !== undefined) receiver.incoming.before = delivery;
    receiver.incoming = delivery;
  }

  /** The delivery that `receiver` confirms; undefined for a number that is not open or not its own. */
  confirm(receiver: Party, number: RequestNumber): Delivery | undefined {
    const offset = (number - 1 - (this.#first % NUMBERS) + NUMBERS) % NUMBERS;
    if (number === 0 || offset >= this.#next - this.#first) return undefined;
    const delivery = this.#ring[this.#place(this.#first + offset)];
    if (delivery?.receiver !== receiver) return undefined;
    this.#close(delivery, this.#first + offset);
    return delivery;
  }

  /** Takes out all whose time is up. */
  expire(clockMs: number): Delivery[] {
    const expired: Delivery[] = [];
    for (let count = this.#first; count < this.#next; count++) {
      const delivery = this.#ring[this.#place(count)];
      if (delivery === undefined) continue;
      if (delivery.deadlineMs > clockMs) break;
      expired.push(delivery);
      this.#close(delivery, count);
    }
    return expired;
  }

  /**
   * Takes out all that a client was to confirm that has left. What it sent itself stays until its receivers confirm it:
   * a client may close its sending side and still wait for answers.
   */
  abandon(receiver: Party): Delivery[] {
    const lost: Delivery[] = [];
    while (receiver.incoming !== undefined) {
      lost.push(receiver.incoming);
      this.confirm(receiver, receiver.incoming.number);
    }
    return lost.reverse();
  }

  #close(delivery: Delivery, count: number): void {
    this.#ring[this.#place(count)] = undefined;
    this.#size--;
    const { sender, receiver, before, behind } = delivery;
    sender.unconfirmed--;
    if (before === undefined) receiver.incoming = behind;
    else before.behind = behind;
    if (behind !== undefined) behind.before = before;
    delivery.before = delivery.behind = undefined;
    while (this.#first < this.#next && this.#ring[this.#place(this.#first)] === undefined) this.#first++;
    // What a burst needed is given back.
    if (this.#size === 0 && this.#ring.length > 1024 * FEWEST) this.#ring = places(FEWEST);
  }

  /** `&` takes the lowest 32 bits of a count, however large it is. */
  #place(count: number): number {
    return count & (this.#ring.length - 1);
  }

  #grow(): void {
    const grown = places(2 * this.#ring.length);
    for (let count = this.#first; count < this.#next; count++)
      grown[count & (grown.length - 1)] = this.#ring[this.#place(count)];
    this.#ring = grown;
  }
}

const places = (count: number): (Delivery | undefined)[] =>
  new Array<Delivery | undefined>(count).fill(undefined);
