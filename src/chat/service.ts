import {
  type ClientId,
  type EpochMs,
  type Message,
  type MessageType,
  type RequestNumber,
  requestNumber,
  type Status,
} from '../wire/index.ts';
import { Deliveries } from './deliveries.ts';
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
  /** Clients in one page of the list. */
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

  /** A new connection: its session, greeted; or the reason why it is not let in. */
  join(outlet: Outlet, address: string, port: number): Session | { refused: Status; text: string } {
    const { limits, now, clockMs, greeting } = this.#options;
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
    };
    this.clients.add(session);
    this.#say(session, { type: 'hello.indication', request: NO_REQUEST, id: session.id, text: greeting });
    return session;
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
    const { now, clockMs, hostName, limits } = this.#options;
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
        session.outlet.say({
          type: 'list.response',
          request,
          ...this.clients.page(message.after, limits.listPage),
        });
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
        session.outlet.hangUp('ok', '');
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
    for (const { sender, request, receiver } of this.#deliveries.expire(clockMs)) {
      if (receiver.outlet.unsentBytes() === 0) {
        this.#say(sender, { type: 'send.response', request, outcome: 'forwarded' });
      } else {
        this.#fail(sender, request, 'receiver-slow', `client ${receiver.id} does not read its connection`);
      }
    }
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

  #send(
    sender: Session,
    request: RequestNumber,
    message: { to: ClientId; toAddress: string; toPort: number; text: string },
  ): void {
    const { limits, can, clockMs } = this.#options;
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
    if (receiver.outlet.unsentBytes() >= limits.maxUnsentBytes) {
      this.#fail(sender, request, 'receiver-slow', `client ${receiver.id} does not read its connection`);
      return;
    }
    const confirms = can('deliver.response');
    const number = confirms
      ? this.#deliveries.open(sender, request, receiver, clockMs() + limits.confirmMs).number
      : NO_REQUEST;
    receiver.outlet.say({
      type: 'deliver.indication',
      request: number,
      from: sender.id,
      fromAddress: sender.address,
      fromPort: sender.port,
      text: message.text,
    });
    if (!confirms) this.#say(sender, { type: 'send.response', request, outcome: 'forwarded' });
  }

  #confirmed(receiver: Session, number: RequestNumber): void {
    const delivery = this.#deliveries.confirm(receiver, number);
    // Unknown: it came after its time, when the sender already has its answer.
    if (delivery === undefined) return;
    this.#say(delivery.sender, { type: 'send.response', request: delivery.request, outcome: 'delivered' });
  }

  #rename(session: Session, request: RequestNumber, name: string): void {
    // eslint-disable-next-line no-control-regex -- control characters are what is refused
    if (name === '' || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
      this.#fail(session, request, 'bad-name', 'a name has 1 to 64 bytes and no control characters');
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
