import { type Message, type MessageType, type RequestNumber, requestNumber } from '../wire/index.ts';
import type { Answers } from './answers.ts';
import { Deliveries } from './deliveries.ts';
import type { Delivery } from './delivery.ts';
import type { Limits } from './limits.ts';
import type { Registry } from './registry.ts';
import type { Session } from './session.ts';

export interface TextsOptions {
  /** Which messages the protocol can carry. */
  readonly can: (type: MessageType) => boolean;
  /** Do answers name their request? Else each has to be said in the order of the requests. */
  readonly numbered: boolean;
  /** Milliseconds that only grow, for deadlines: the time of day may be set back. */
  readonly clockMs: () => number;
  readonly limits: Limits;
}

const NO_REQUEST = requestNumber(0);

/** Texts from one client to another, and what their senders are told became of them. */
export class Texts {
  readonly #clients: Registry;
  readonly #answers: Answers;
  readonly #options: TextsOptions;
  /** An answer that waits for a confirmation would come behind answers to later requests, where none has a number. */
  readonly #confirms: boolean;
  readonly #deliveries = new Deliveries();

  constructor(clients: Registry, answers: Answers, options: TextsOptions) {
    this.#clients = clients;
    this.#answers = answers;
    this.#options = options;
    this.#confirms = options.numbered && options.can('deliver.response');
  }

  /** Texts that wait to be confirmed. */
  get unconfirmed(): number {
    return this.#deliveries.size;
  }

  /** Says the text to its receiver. The sender hears when that is confirmed, or why it is not. */
  send(sender: Session, request: RequestNumber, message: Extract<Message, { type: 'send.request' }>): void {
    const { limits, clockMs } = this.#options;
    const byPlace = message.toAddress !== '';
    const receiver = byPlace
      ? this.#clients.at(message.toAddress, message.toPort)
      : this.#clients.get(message.to);
    if (receiver === undefined) {
      const whom = byPlace ? `at ${message.toAddress}:${message.toPort}` : `${message.to}`;
      this.#answers.fail(sender, request, 'unknown-client', `there is no client ${whom}`);
      return;
    }
    if (sender.unconfirmed >= limits.maxUnconfirmed) {
      this.#answers.fail(
        sender,
        request,
        'too-many-requests',
        `${limits.maxUnconfirmed} texts of yours wait to be confirmed`,
      );
      return;
    }
    const { outlet } = receiver;
    if (outlet.unsentBytes >= limits.maxUnsentBytes) {
      this.#answers.fail(
        sender,
        request,
        'receiver-slow',
        `client ${receiver.id} does not read its connection`,
      );
      return;
    }
    const confirms = this.#confirms;
    const number = confirms ? this.#deliveries.nextNumber() : NO_REQUEST;
    const problem = outlet.say({
      type: 'deliver.indication',
      request: number,
      from: sender.id,
      fromAddress: sender.address,
      fromPort: sender.port,
      text: message.text,
    });
    if (problem !== undefined) {
      const status = problem.code === 'text-too-long' ? 'text-too-long' : 'refused';
      this.#answers.fail(sender, request, status, `it cannot be passed on: ${problem.message}`);
    } else if (confirms) {
      const deadlineMs = clockMs() + limits.confirmMs;
      const endsAt = outlet.saidBytes;
      // Written out: a spread here cost 4 % of all that the server does for a text.
      this.#deliveries.open({
        number,
        sender,
        request,
        receiver,
        deadlineMs,
        endsAt,
        before: undefined,
        behind: undefined,
      });
    } else {
      this.#answers.say(sender, { type: 'send.response', request, outcome: 'forwarded' });
    }
  }

  /** The receiver's client has confirmed a text. */
  confirmed(receiver: Session, number: RequestNumber): void {
    const delivery = this.#deliveries.confirm(receiver, number);
    // Unknown: it came after its time, when the sender already has its answer.
    if (delivery === undefined) return;
    this.#answers.say(delivery.sender, {
      type: 'send.response',
      request: delivery.request,
      outcome: 'delivered',
    });
  }

  /** The client will confirm nothing more: senders whose texts it never confirmed are told. */
  abandon(receiver: Session): void {
    for (const { sender, request } of this.#deliveries.abandon(receiver)) {
      const text = `client ${receiver.id} left before it confirmed the text`;
      this.#answers.fail(sender, request, 'receiver-gone', text);
    }
  }

  /** Senders whose texts were not confirmed by this time are told what is known of them. */
  expire(clockMs: number): void {
    for (const delivery of this.#deliveries.expire(clockMs)) this.#unconfirmed(delivery);
  }

  /** A text that its receiver's client has not confirmed: was it written at least? */
  #unconfirmed({ sender, request, receiver, endsAt }: Delivery): void {
    if (receiver.outlet.saidBytes - receiver.outlet.unsentBytes >= endsAt) {
      this.#answers.say(sender, { type: 'send.response', request, outcome: 'forwarded' });
    } else {
      this.#answers.fail(
        sender,
        request,
        'receiver-slow',
        `client ${receiver.id} does not read its connection`,
      );
    }
  }
}
