import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { type ClientEntry, type ClientId, clientId, type Protocol } from '../wire/index.ts';
import { type Channel, type Endpoint, formatEndpoint } from './channel.ts';
import { ClientConnection } from './client-connection.ts';
import type { CallOptions, ClientEvents, CloseReason, ConnectOptions, SendOutcome } from './client-types.ts';
import { sendText } from './send-text.ts';

/**
 * One connection to a server. Each operation is a function that resolves with the answer; any number may be under way
 * at once. Every packet is one write, so that a lab can compare sends with segments.
 *
 * Calls reject with a KitError (peer): a status of the server's (`unknown-client`, `receiver-gone`, …), `timeout`,
 * `aborted`, `connection-lost`, `not-connected`; or (usage) `text-too-long`, `unsupported`.
 */
export class Client extends EventEmitter<ClientEvents> {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly protocol: Protocol;
  readonly #connection: ClientConnection;

  /** Use `connect`. */
  constructor(channel: Channel, options: ConnectOptions) {
    super();
    this.protocol = options.protocol;
    this.local = channel.local;
    this.remote = channel.remote;
    this.#connection = new ClientConnection(channel, options, (event, ...values) =>
      this.#tell(event, ...values),
    );
  }

  /** Our number at the server; 0 where the protocol tells none. */
  get id(): ClientId {
    return this.#connection.greeting.id;
  }

  /** What the server said first. */
  get greeting(): string {
    return this.#connection.greeting.text;
  }

  get connected(): boolean {
    return this.#connection.open;
  }

  /** Why the connection ended; undefined while it lives. */
  get closeReason(): CloseReason | undefined {
    return this.#connection.closeReason;
  }

  /** One line where a REPL or a log would show every private detail. */
  [inspect.custom](): string {
    const state = this.connected ? 'connected' : `closed: ${this.closeReason?.code ?? 'disconnected'}`;
    return `Client ${this.id} (${formatEndpoint(this.local)} → ${formatEndpoint(this.remote)}, ${this.protocol.name}, ${state})`;
  }

  toJSON(): object {
    const { id, local, remote, connected } = this;
    return { id, local, remote, protocol: this.protocol.name, connected };
  }

  /** The server's clock. */
  async time(options: CallOptions = {}): Promise<Date> {
    return new Date((await this.#connection.ask('time.request', 'time.response', {}, options)).time);
  }

  /** The server's host name. */
  async name(options: CallOptions = {}): Promise<string> {
    return (await this.#connection.ask('name.request', 'name.response', {}, options)).name;
  }

  /** All connected clients, page by page where the protocol has pages. */
  async list(options: CallOptions = {}): Promise<readonly ClientEntry[]> {
    const clients: ClientEntry[] = [];
    for (;;) {
      const after = clients.at(-1)?.id ?? clientId(0);
      const page = await this.#connection.ask('list.request', 'list.response', { after }, options);
      clients.push(...page.clients);
      if (!page.more || page.clients.length === 0) return clients;
    }
  }

  /** Sends a text to another client. Resolves with what became of it. */
  async send(
    to: ClientId | number,
    text: string,
    options: CallOptions = {},
  ): Promise<{ outcome: SendOutcome }> {
    return sendText(this.#connection, (patience) => this.list(patience), to, text, options);
  }

  /** Asks whether the server is there. Resolves with the round trip in milliseconds. */
  async heartbeat(options: CallOptions = {}): Promise<number> {
    const start = performance.now();
    await this.#connection.ask('heartbeat.request', 'heartbeat.response', {}, options);
    return performance.now() - start;
  }

  /** Gives us a name in the server's list. */
  async rename(name: string, options: CallOptions = {}): Promise<void> {
    await this.#connection.ask('hello.request', 'hello.response', { name }, options);
  }

  /**
   * Says goodbye, sends a FIN behind all that was sent, and resolves when the connection is gone. Answers that come
   * before the server's FIN still reach their requests.
   */
  disconnect(): Promise<void> {
    return this.#connection.disconnect();
  }

  /** Ends the connection with a RST, as a program that crashes with data unread. */
  reset(): void {
    this.#connection.reset();
  }

  /** Stops and resumes reading, as a program that is busy elsewhere: the window closes behind it. */
  pauseReading(): void {
    this.#connection.channel.pause();
  }

  resumeReading(): void {
    this.#connection.channel.resume();
  }

  /** Resolves when the server has greeted; `connect` waits for this. */
  greeted(signal: AbortSignal): Promise<void> {
    return this.#connection.greeting.wait(signal);
  }

  /** The caller has the client, and had a turn to listen: what came too early is told. `connect` calls this. */
  release(): void {
    this.#connection.release();
  }

  /**
   * Tells the listeners. One that throws is its owner's mistake and ends up where uncaught errors go, but later: the
   * packets behind this one are not to be lost with it.
   */
  #tell<K extends keyof ClientEvents>(event: K, ...values: ClientEvents[K]): void {
    try {
      // What TypeScript knows of a generic event's values is too little for emit.
      (this as EventEmitter).emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}
