import {
  type ClientId,
  type EpochMs,
  type Message,
  type RequestNumber,
  requestNumber,
  type Status,
} from '../wire/index.ts';
import { Answers } from './answers.ts';
import { nameProblem } from './names.ts';
import type { Outlet } from './outlet.ts';
import { Registry } from './registry.ts';
import type { Session } from './session.ts';
import { Texts, type TextsOptions } from './texts.ts';

export interface ServiceOptions extends TextsOptions {
  /** Does its list come in pages, so that one answer need not hold every client? */
  readonly pages: boolean;
  readonly hostName: string;
  readonly greeting: string;
  /** The time of day, for answers. */
  readonly now: () => EpochMs;
}

const NO_REQUEST = requestNumber(0);
/** One is under way at a time, so one number is enough; 0 would want no answer. */
const HEARTBEAT = requestNumber(1);

/**
 * What the server does about each message: the conduct of the protocol, without a socket or a clock of its own. One
 * client's mistakes end in an answer to that client; nothing that a client says can throw here.
 */
export class Service {
  readonly clients = new Registry();
  readonly #answers: Answers;
  readonly #texts: Texts;
  readonly #options: ServiceOptions;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#answers = new Answers(options.can);
    this.#texts = new Texts(this.clients, this.#answers, options);
  }

  /** Texts that wait to be confirmed, of all clients. */
  get unconfirmed(): number {
    return this.#texts.unconfirmed;
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
      probedAtMs: -1,
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
    this.#answers.say(session, {
      type: 'hello.indication',
      request: NO_REQUEST,
      id: session.id,
      text: greeting,
    });
  }

  /** The client is gone, or will say nothing more. Senders whose texts it never confirmed are told. */
  leave(session: Session): void {
    this.clients.remove(session);
    this.#texts.abandon(session);
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
        this.#texts.send(session, request, message);
        return;
      case 'deliver.response':
        this.#texts.confirmed(session, request);
        return;
      case 'hello.request':
        this.#rename(session, request, message.name);
        return;
      case 'heartbeat.request':
        session.outlet.say({ type: 'heartbeat.response', request });
        return;
      case 'heartbeat.response':
        return;
      case 'token.request':
        // It is in already: nobody asked, and nothing was to be shown.
        this.#answers.say(session, { type: 'token.response', request });
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
      case 'token.indication':
      case 'token.response':
        // A decoder for what clients say never answers these.
        this.#answers.fail(session, request, 'unknown-operation', `${message.type} is said by the server`);
        return;
    }
  }

  /** Call now and then (every 100 ms is enough): answers for texts that were not confirmed in time, idle clients. */
  tick(): void {
    const { limits } = this.#options;
    const clockMs = this.#options.clockMs();
    this.#texts.expire(clockMs);
    if (limits.idleMs === 0 && limits.heartbeatMs === 0) return;
    for (const session of [...this.clients.all()]) this.#listenFor(session, clockMs);
  }

  #listenFor(session: Session, clockMs: number): void {
    const { idleMs, heartbeatMs } = this.#options.limits;
    const silentMs = clockMs - session.heardAtMs;
    if (idleMs > 0 && silentMs >= idleMs) {
      session.outlet.hangUp('idle', `nothing was heard for ${Math.round(silentMs / 1000)} s`);
    } else if (heartbeatMs === 0 || silentMs < heartbeatMs) {
      return;
    } else if (session.probedAtMs <= session.heardAtMs) {
      session.probedAtMs = clockMs;
      session.outlet.say({ type: 'heartbeat.request', request: HEARTBEAT });
    } else if (clockMs - session.probedAtMs >= heartbeatMs) {
      const seconds = Math.round(heartbeatMs / 100) / 10;
      session.outlet.hangUp('idle', `no answer to a heartbeat within ${seconds} s`);
    }
  }

  /** The server stops: senders that wait for a confirmation are told what is known by now. */
  settle(): void {
    this.#texts.expire(Infinity);
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
        this.#answers.fail(session, request, 'internal', `the list cannot be said: ${problem.message}`);
        return;
      }
      limit = Math.floor(page.clients.length / 2);
    }
  }

  #rename(session: Session, request: RequestNumber, name: string): void {
    const problem = nameProblem(name);
    if (problem !== undefined) {
      this.#answers.fail(session, request, 'bad-name', problem);
    } else if (!this.clients.rename(session, name)) {
      this.#answers.fail(session, request, 'name-taken', `another client is called ${name}`);
    } else {
      this.#answers.say(session, { type: 'hello.response', request, id: session.id });
    }
  }
}
