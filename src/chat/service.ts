import {
  type ClientId,
  type EpochMs,
  type Message,
  type MessageType,
  type RequestNumber,
  requestNumber,
  type Status,
} from '../wire/index.ts';
import { type Delivery, Deliveries } from './deliveries.ts';
import { nameProblem } from './names.ts';
import { Registry } from './registry.ts';
import type { Outlet, Session } from './session.ts';

/** Bounds that keep one client from hurting the others. All are per client unless they say otherwise. */
export interface Limits {
  /** Connected clients in all. */
  readonly maxClients: number;
  /** Bytes that may wait for a client that does not read, before texts for it are refused. */
  readonly maxUnsentBytes: number;
  /** Texts of one sender that wait to be confirmed. */
  readonly maxUnconfirmed: number;
  /** How long a receiver's client has to confirm a text. */
  readonly confirmMs: number;
  /** A client that says nothing for so long is disconnected; 0: never. */
  readonly idleMs: number;
  /** Clients in one page of the list, where the protocol has pages. */
  readonly listPage: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxClients: 20_000,
  maxUnsentBytes: 1_048_576,
  maxUnconfirmed: 1024,
  confirmMs: 2_000,
  idleMs: 0,
  listPage: 128,
};

export interface ServiceOptions {
  /** Which messages the protocol can carry. */
  readonly can: (type: MessageType) => boolean;
  /** Do answers name their request? Else each has to be said in the order of the requests. */
  readonly numbered: boolean;
  /** Does its list come in pages, so that one answer need not hold every client? */
  readonly pages: boolean;
  readonly hostName: string;
  readonly greeting: string;
  /** The time of day, for answers. */
  readonly now: () => EpochMs;
  /** Milliseconds that only grow, for deadlines: the time of day may be set back. */
  readonly clockMs: () => number;
  readonly limits: Limits;
}

const NO_REQUEST = requestNumber(0);

/**
 * What the server does about each message: the conduct of the protocol, without a socket or a clock of its own. One
 * client's mistakes end in an answer to that client; nothing that a client says can throw here.
 */
export class Service {
  readonly clients = new Registry();
  readonly #deliveries = new Deliveries();
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** Texts that wait to be confirmed, of all clients. */
  get unconfirmed(): number {
    return this.#deliveries.size;
  }

  /** A new connection: its session; or the reason why it is not let in. Greet it next. */
  join(outlet: Outlet, address: string, port: number): Session | { refused: Status; text: string } {
    const { limits, now, clockMs } = this.#options;
    if (this.clients.size >= limits.maxClients) {
      return { refused: 'too-many-clients', text: `the server has its ${limits.maxClients} clients` };
    }
    const session: Session = {
      id: this.clients.nextId(),
      address,
      port,
      since: now(),
      outlet,
      name: '',
      heardAtMs: clockMs(),
      requests: 0,
      unconfirmed: 0,
      incoming: undefined,
    };
    this.clients.add(session);
    return session;
  }

  /** The first words to a new client, where the protocol has such. */
  greet(session: Session): void {
    const { greeting } = this.#options;
    this.#say(session, { type: 'hello.indication', request: NO_REQUEST, id: session.id, text: greeting });
  }

  /** The client is gone, or will say nothing more. Senders whose texts it never confirmed are told. */
  leave(session: Session): void {
    this.clients.remove(session);
    for (const { sender, request, receiver } of this.#deliveries.abandon(session)) {
      this.#fail(sender, request, 'receiver-gone', `client ${receiver.id} left before it confirmed the text`);
    }
  }

  /** One message from a client. */
  receive(session: Session, message: Message): void {
    const { now, clockMs, hostName } = this.#options;
    session.heardAtMs = clockMs();
    session.requests++;
    const { request } = message;
    switch (message.type) {
      case 'time.request':
        session.outlet.say({ type: 'time.response', request, time: now() });
        return;
      case 'name.request':
        session.outlet.say({ type: 'name.response', request, name: hostName });
        return;
      case 'list.request':
        this.#list(session, request, message.after);
        return;
      case 'send.request':
        this.#send(session, request, message);
        return;
      case 'deliver.response':
        this.#confirmed(session, request);
        return;
      case 'hello.request':
        this.#rename(session, request, message.name);
        return;
      case 'heartbeat.request':
        session.outlet.say({ type: 'heartbeat.response', request });
        return;
      case 'heartbeat.response':
        return;
      case 'bye.indication':
        this.leave(session);
        session.outlet.awaitEnd();
        return;
      case 'hello.indication':
      case 'hello.response':
      case 'time.response':
      case 'name.response':
      case 'list.response':
      case 'send.response':
      case 'deliver.indication':
      case 'error.response':
      case 'error.indication':
        // A decoder for what clients say never answers these.
        this.#fail(session, request, 'unknown-operation', `${message.type} is said by the server`);
        return;
    }
  }

  /** Call now and then (every 100 ms is enough): answers for texts that were not confirmed in time, idle clients. */
  tick(): void {
    const { limits } = this.#options;
    const clockMs = this.#options.clockMs();
    for (const delivery of this.#deliveries.expire(clockMs)) this.#unconfirmed(delivery);
    if (limits.idleMs === 0) return;
    for (const session of [...this.clients.all()]) {
      if (clockMs - session.heardAtMs >= limits.idleMs) {
        session.outlet.hangUp(
          'idle',
          `nothing was heard for ${Math.round((clockMs - session.heardAtMs) / 1000)} s`,
        );
      }
    }
  }

  /** The server stops: senders that wait for a confirmation are told what is known by now. */
  settle(): void {
    for (const delivery of this.#deliveries.expire(Infinity)) this.#unconfirmed(delivery);
  }

  /** A text that its receiver's client has not confirmed: was it written at least? */
  #unconfirmed({ sender, request, receiver, endsAt }: Delivery): void {
    if (receiver.outlet.saidBytes - receiver.outlet.unsentBytes >= endsAt) {
      this.#say(sender, { type: 'send.response', request, outcome: 'forwarded' });
    } else {
      this.#fail(sender, request, 'receiver-slow', `client ${receiver.id} does not read its connection`);
    }
  }

  /** One page, or everybody where the protocol has no pages. A page that the packet cannot hold is tried smaller. */
  #list(session: Session, request: RequestNumber, after: ClientId): void {
    const { limits, pages } = this.#options;
    let limit = pages ? limits.listPage : Infinity;
    for (;;) {
      const page = this.clients.page(after, limit);
      const problem = session.outlet.say({ type: 'list.response', request, ...page });
      if (problem === undefined) return;
      if (!pages || page.clients.length <= 1) {
        this.#fail(session, request, 'internal', `the list cannot be said: ${problem.message}`);
        return;
      }
      limit = Math.floor(page.clients.length / 2);
    }
  }

  #send(
    sender: Session,
    request: RequestNumber,
    message: { to: ClientId; toAddress: string; toPort: number; text: string },
  ): void {
    const { limits, can, numbered, clockMs } = this.#options;
    const byPlace = message.toAddress !== '';
    const receiver = byPlace
      ? this.clients.at(message.toAddress, message.toPort)
      : this.clients.get(message.to);
    if (receiver === undefined) {
      const whom = byPlace ? `at ${message.toAddress}:${message.toPort}` : `${message.to}`;
      this.#fail(sender, request, 'unknown-client', `there is no client ${whom}`);
      return;
    }
    if (sender.unconfirmed >= limits.maxUnconfirmed) {
      this.#fail(
        sender,
        request,
        'too-many-requests',
        `${limits.maxUnconfirmed} texts of yours wait to be confirmed`,
      );
      return;
    }
    const { outlet } = receiver;
    if (outlet.unsentBytes >= limits.maxUnsentBytes) {
      this.#fail(sender, request, 'receiver-slow', `client ${receiver.id} does not read its connection`);
      return;
    }
    // An answer that waits for a confirmation would come behind answers to later requests.
    const confirms = numbered && can('deliver.response');
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
      this.#fail(sender, request, status, `it cannot be passed on: ${problem.message}`);
    } else if (confirms) {
      const deadlineMs = clockMs() + limits.confirmMs;
      this.#deliveries.open({ number, sender, request, receiver, deadlineMs, endsAt: outlet.saidBytes });
    } else {
      this.#say(sender, { type: 'send.response', request, outcome: 'forwarded' });
    }
  }

  #confirmed(receiver: Session, number: RequestNumber): void {
    const delivery = this.#deliveries.confirm(receiver, number);
    // Unknown: it came after its time, when the sender already has its answer.
    if (delivery === undefined) return;
    this.#say(delivery.sender, { type: 'send.response', request: delivery.request, outcome: 'delivered' });
  }

  #rename(session: Session, request: RequestNumber, name: string): void {
    const problem = nameProblem(name);
    if (problem !== undefined) {
      this.#fail(session, request, 'bad-name', problem);
    } else if (!this.clients.rename(session, name)) {
      this.#fail(session, request, 'name-taken', `another client is called ${name}`);
    } else {
      this.#say(session, { type: 'hello.response', request, id: session.id });
    }
  }

  #fail(session: Session, request: RequestNumber, status: Status, text: string): void {
    this.#say(session, { type: 'error.response', request, status, text });
  }

  /** Says what the protocol has words for; what it has none for stays unsaid, as in a protocol without errors. */
  #say(session: Session, message: Message): void {
    if (this.#options.can(message.type)) session.outlet.say(message);
  }
}
