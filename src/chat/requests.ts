import { type KitError } from '../bytes/index.ts';
import {
  type Message,
  type MessageType,
  operationOf,
  type RequestNumber,
  requestNumber,
} from '../wire/index.ts';
import { refusal } from './refusal.ts';

interface Pending {
  readonly number: RequestNumber;
  readonly type: MessageType;
  readonly resolve: (answer: Message) => void;
  readonly reject: (error: KitError) => void;
}

/** Abandoned requests that are remembered: a server that never answers must not cost memory for ever. */
const REMEMBERED = 4096;

/** What became of an answer: it had its request, its request was given up before, or nobody asked. */
export type Match = 'answered' | 'late' | 'stray';

/**
 * The client's open requests. With request numbers an answer finds its request wherever it stands; without them
 * answers belong to requests in their order, and one that is lost shifts all behind it.
 */
export class Requests {
  readonly #numbered: boolean;
  readonly #silentSends: boolean;
  readonly #open = new Map<RequestNumber, Pending>();
  /** Given up by their caller; their answers may still come. */
  readonly #abandoned = new Set<RequestNumber>();
  #last = 0;

  /**
   * `silentSends`: a text that arrives gets its sender no answer, and an error can only be about a text (struct264).
   */
  constructor(numbered: boolean, silentSends = false) {
    this.#numbered = numbered;
    this.#silentSends = silentSends;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Opens a request; its number is for the packet, and for `abandon`. */
  open(
    type: MessageType,
    resolve: (answer: Message) => void,
    reject: (error: KitError) => void,
  ): RequestNumber {
    do this.#last = (this.#last + 1) % 2 ** 32 || 1;
    while (this.#open.has(requestNumber(this.#last)));
    const number = requestNumber(this.#last);
    this.#open.set(number, { number, type, resolve, reject });
    return number;
  }

  /** The caller no longer waits. Its answer, should it come, is `late` and not `stray`. */
  abandon(number: RequestNumber): void {
    const pending = this.#open.get(number);
    if (pending === undefined) return;
    if (this.#numbered) {
      this.#open.delete(number);
      this.#abandoned.add(number);
      if (this.#abandoned.size > REMEMBERED)
        this.#abandoned.delete(this.#abandoned.values().next().value ?? number);
    } else {
      // Answers come in order, so the place in the queue must be kept.
      this.#open.set(number, { ...pending, resolve: () => undefined, reject: () => undefined });
    }
  }

  /** The request was never sent: no answer will come, and no place in the order of answers is kept for it. */
  withdraw(number: RequestNumber): void {
    this.#open.delete(number);
  }

  /** Gives an answer to its request. */
  answer(message: Message): Match {
    const pending = this.#find(message);
    if (pending === undefined) {
      return this.#abandoned.delete(message.request) ? 'late' : 'stray';
    }
    this.#open.delete(pending.number);
    if (message.type === 'error.response') pending.reject(refusal(message.status, message.text));
    else pending.resolve(message);
    return 'answered';
  }

  /** The connection is gone: every open request fails with `error`. */
  failAll(error: KitError): void {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const { reject } of open) reject(error);
  }

  #find(message: Message): Pending | undefined {
    const fits = ({ type }: Pending): boolean =>
      message.type === 'error.response'
        ? !this.#silentSends || type === 'send.request'
        : operationOf(type) === operationOf(message.type);
    if (this.#numbered) {
      const pending = this.#open.get(message.request);
      return pending !== undefined && fits(pending) ? pending : undefined;
    }
    for (const pending of this.#open.values()) if (fits(pending)) return pending;
    return undefined;
  }
}
