import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { KitError, Writer } from '../bytes/index.ts';
import { refusal, Requests } from '../chat/index.ts';
import {
  type ClientEntry,
  type ClientId,
  clientId,
  type Decoder,
  type Message,
  type MessageType,
  type Protocol,
  type RequestNumber,
  requestNumber,
} from '../wire/index.ts';
import { type Channel, type Endpoint, formatEndpoint } from './channel.ts';
import type { CallOptions, ClientEvents, CloseReason, ConnectOptions, SendOutcome } from './client-types.ts';
import { EarlyEvents } from './early-events.ts';
import { aborted, lossOf } from './socket-errors.ts';

const NO_REQUEST = requestNumber(0);
/** How long a client waits for the server's FIN behind its own. */
const CLOSE_MS = 2_000;
/** How long an error about a text may take where success has no answer. */
const SILENCE_MS = 500;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  readonly #channel: Channel;
  readonly #options: ConnectOptions;
  readonly #decoder: Decoder;
  readonly #requests: Requests;
  readonly #writer = new Writer();
  readonly #closed: Promise<void>;
  #resolveClosed: () => void = () => undefined;
  #hello: { resolve: () => void; reject: (error: KitError) => void } | undefined;
  #greeted = false;
  #id = clientId(0);
  #greeting = '';
  #reason: CloseReason | undefined;
  /** The same as an error with a next step. */
  #failure: KitError | undefined;
  #disconnecting = false;
  #impatient: NodeJS.Timeout | undefined;
  #bytesOut = 0;
  readonly #early = new EarlyEvents();

  /** Use `connect`. */
  constructor(channel: Channel, options: ConnectOptions) {
    super();
    this.#channel = channel;
    this.#options = options;
    this.protocol = options.protocol;
    this.local = channel.local;
    this.remote = channel.remote;
    this.#decoder = options.protocol.decoder('server');
    this.#requests = new Requests(options.protocol.numbersRequests, !options.protocol.can('send.response'));
    options.packets?.connected?.(channel.local, channel.remote);
    this.#closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    channel.listen({
      data: (chunk) => this.#received(chunk),
      ended: () => undefined,
      drained: () => undefined,
      closed: (error) => this.#ended(error),
    });
  }

  /** Our number at the server; 0 where the protocol tells none. */
  get id(): ClientId {
    return this.#id;
  }

  /** What the server said first. */
  get greeting(): string {
    return this.#greeting;
  }

  get connected(): boolean {
    return this.#reason === undefined && !this.#disconnecting;
  }

  /** One line where a REPL or a log would show every private detail. */
  [inspect.custom](): string {
    const state = this.connected ? 'connected' : `closed: ${this.#reason?.code ?? 'disconnected'}`;
    return `Client ${this.#id} (${formatEndpoint(this.local)} → ${formatEndpoint(this.remote)}, ${this.protocol.name}, ${state})`;
  }

  toJSON(): object {
    const { id, local, remote, connected } = this;
    return { id, local, remote, protocol: this.protocol.name, connected };
  }

  /** Why the connection ended; undefined while it lives. */
  get closeReason(): CloseReason | undefined {
    return this.#reason;
  }

  /** The server's clock. */
  async time(options: CallOptions = {}): Promise<Date> {
    return new Date((await this.#ask('time.request', 'time.response', {}, options)).time);
  }

  /** The server's host name. */
  async name(options: CallOptions = {}): Promise<string> {
    return (await this.#ask('name.request', 'name.response', {}, options)).name;
  }

  /** All connected clients, page by page where the protocol has pages. */
  async list(options: CallOptions = {}): Promise<readonly ClientEntry[]> {
    const clients: ClientEntry[] = [];
    for (;;) {
      const after = clients.at(-1)?.id ?? clientId(0);
      const page = await this.#ask('list.request', 'list.response', { after }, options);
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
    if (!Number.isInteger(to) || to < 0) {
      throw new KitError('unknown-client', `${String(to)} is no client's number`, {
        fault: 'usage',
        hint: 'Ask for the list: await list().',
      });
    }
    const receiver = { to: to as ClientId, ...(await this.#whereIs(to, options)), text };
    if (!this.protocol.can('send.response')) return this.#sendUnanswered(receiver, options);
    const { outcome } = await this.#ask('send.request', 'send.response', receiver, options);
    return { outcome };
  }

  /** Where only failure has an answer: none within a while is all that a sender can know of success. */
  async #sendUnanswered(
    receiver: { to: ClientId; toAddress: string; toPort: number; text: string },
    options: CallOptions,
  ): Promise<{ outcome: SendOutcome }> {
    const timeoutMs = Math.min(options.timeoutMs ?? SILENCE_MS, SILENCE_MS);
    try {
      await this.#ask('send.request', 'send.response', receiver, { ...options, timeoutMs });
    } catch (error) {
      if (!(error instanceof KitError) || error.code !== 'timeout') throw error;
    }
    return { outcome: 'unconfirmed' };
  }

  /** Where a client is, for protocols that address it so; they have no numbers in their packets. */
  async #whereIs(
    id: number,
    options: CallOptions,
  ): Promise<{ readonly toAddress: string; readonly toPort: number }> {
    if (this.protocol.carries('send.request', 'to')) return { toAddress: '', toPort: 0 };
    const entry = (await this.list(options)).find((client) => client.id === id);
    if (entry !== undefined) return { toAddress: entry.address, toPort: entry.port };
    throw new KitError('unknown-client', `the list has no client ${id}`, {
      fault: 'peer',
      hint: 'Ask for the list: await list().',
    });
  }

  /** Asks whether the server is there. Resolves with the round trip in milliseconds. */
  async heartbeat(options: CallOptions = {}): Promise<number> {
    const start = performance.now();
    await this.#ask('heartbeat.request', 'heartbeat.response', {}, options);
    return performance.now() - start;
  }

  /** Gives us a name in the server's list. */
  async rename(name: string, options: CallOptions = {}): Promise<void> {
    await this.#ask('hello.request', 'hello.response', { name }, options);
  }

  /**
   * Says goodbye, sends a FIN behind all that was sent, and resolves when the connection is gone. Answers that come
   * before the server's FIN still reach their requests.
   */
  async disconnect(): Promise<void> {
    if (this.connected) {
      this.#disconnecting = true;
      if (this.protocol.can('bye.indication')) {
        this.#write({ type: 'bye.indication', request: NO_REQUEST, status: 'ok', text: '' });
      }
      this.#finish();
    }
    await this.#closed;
  }

  /** Ends the connection with a RST, as a program that crashes with data unread. */
  reset(): void {
    this.#disconnecting = true;
    this.#channel.abort();
  }

  /** Our FIN; a server that does not send its own in time gets a RST. */
  #finish(): void {
    if (this.#impatient !== undefined) return;
    // Its FIN stands behind what was not read yet.
    this.#channel.resume();
    this.#channel.finish();
    this.#impatient = setTimeout(() => this.#channel.abort(), CLOSE_MS);
  }

  /** Stops and resumes reading, as a program that is busy elsewhere: the window closes behind it. */
  pauseReading(): void {
    this.#channel.pause();
  }

  resumeReading(): void {
    this.#channel.resume();
  }

  /** Resolves when the server has greeted; `connect` waits for this. */
  greeted(signal: AbortSignal): Promise<void> {
    if (this.#greeted) return Promise.resolve();
    if (this.#reason !== undefined) return Promise.reject(this.#failure ?? this.#notConnected());
    if (signal.aborted) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(aborted());
      signal.addEventListener('abort', giveUp, { once: true });
      const done = (): void => signal.removeEventListener('abort', giveUp);
      this.#hello = {
        resolve: () => {
          done();
          resolve();
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
    });
  }

  /** The caller has the client, and had a turn to listen: what came too early is told. `connect` calls this. */
  release(): void {
    this.#early.release();
  }

  #ask<Q extends MessageType, A extends MessageType>(
    type: Q,
    answerType: A,
    fields: Omit<Extract<Message, { type: Q }>, 'type' | 'request'>,
    { timeoutMs = this.#options.timeoutMs ?? 10_000, signal }: CallOptions,
  ): Promise<Extract<Message, { type: A }>> {
    if (!this.connected) return Promise.reject(this.#notConnected());
    if (signal?.aborted === true) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      let number: RequestNumber = NO_REQUEST;
      const giveUp = (error: KitError): void => {
        done();
        if (this.protocol.can(answerType)) this.#requests.abandon(number);
        else this.#requests.withdraw(number);
        reject(error);
      };
      const onAbort = (): void => giveUp(aborted());
      // A longer one than timers can do would fire at once.
      const timer =
        timeoutMs > LONGEST_TIMER_MS
          ? undefined
          : setTimeout(() => giveUp(timedOut(type, timeoutMs)), timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      number = this.#requests.open(
        type,
        (answer) => {
          done();
          if (answer.type === answerType) resolve(answer as Extract<Message, { type: A }>);
          else
            reject(new KitError('bad-packet', `${type} was answered with ${answer.type}`, { fault: 'peer' }));
        },
        (error) => {
          done();
          reject(error);
        },
      );
      try {
        this.#write({ type, request: number, ...fields } as Message);
      } catch (error) {
        // It cannot be said, so it was not.
        done();
        this.#requests.withdraw(number);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #write(message: Message): void {
    this.protocol.encode(message, this.#writer);
    const bytes = this.#writer.take();
    this.#decoder.expect(message.type);
    this.#channel.send(bytes);
    this.#options.packets?.sent(message, bytes, this.#bytesOut);
    this.#bytesOut += bytes.length;
  }

  #received(chunk: Buffer): void {
    // Behind the server's last words nothing counts.
    if (this.#reason !== undefined) return;
    this.#decoder.push(chunk);
    while (this.#stillOpen()) {
      const next = this.#decoder.next();
      if (next.type === 'need-more') return;
      if (next.type === 'invalid') {
        const text = `at byte ${next.offset} of what the server sent: ${next.message}`;
        this.#end(
          new KitError('bad-packet', text, {
            fault: 'peer',
            hint: 'Check that the server speaks this protocol (--protocol).',
          }),
        );
        this.#channel.abort();
        return;
      }
      this.#options.packets?.received(next, this.#decoder.bytes, this.#decoder.offset);
      this.#handle(next);
    }
  }

  // A method, since the type checker believes that a field which was compared keeps its value across calls.
  #stillOpen(): boolean {
    return this.#reason === undefined;
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

  /** Tells the listeners what a packet brought, as soon as there can be any. */
  #tellOf(event: () => void): void {
    if (this.#early.tell(event, this.#decoder.length)) return;
    this.#end(
      new KitError('flooded', 'the server sent megabytes of texts before it let us in', {
        fault: 'peer',
        hint: 'Try again when it has less to say, or connect without a name.',
      }),
    );
    this.#channel.abort();
  }

  #deliver(message: Extract<Message, { type: 'deliver.indication' }>, at: Date): void {
    const { request, from, fromAddress, fromPort, text } = message;
    this.#tellOf(() => {
      this.#tell('message', { from, fromAddress, fromPort, text, at });
      // Confirmed when the listeners have it, not before.
      if (this.connected && request !== 0 && this.protocol.can('deliver.response')) {
        this.#write({ type: 'deliver.response', request });
      }
    });
  }

  #handle(message: Message): void {
    switch (message.type) {
      case 'hello.indication':
        this.#id = message.id;
        this.#greeting = message.text;
        this.#greeted = true;
        this.#hello?.resolve();
        return;
      case 'deliver.indication':
        this.#deliver(message, new Date());
        return;
      case 'heartbeat.request':
        if (this.connected) this.#write({ type: 'heartbeat.response', request: message.request });
        return;
      case 'bye.indication':
      case 'error.indication':
        this.#end(
          message.status === 'ok'
            ? new KitError(
                'connection-lost',
                message.text === '' ? 'the server said goodbye' : message.text,
                {
                  fault: 'peer',
                  hint: 'Connect again.',
                },
              )
            : refusal(message.status, message.text),
        );
        this.#finish();
        return;
      case 'hello.response':
      case 'time.response':
      case 'name.response':
      case 'list.response':
      case 'send.response':
      case 'heartbeat.response':
      case 'error.response':
        if (this.#requests.answer(message) === 'stray') this.#tellOf(() => this.#tell('stray', message));
        return;
      case 'hello.request':
      case 'time.request':
      case 'name.request':
      case 'list.request':
      case 'send.request':
      case 'deliver.response':
        // A decoder for what servers say never answers these.
        this.#tellOf(() => this.#tell('stray', message));
        return;
    }
  }

  /** The channel is gone. */
  #ended(error: NodeJS.ErrnoException | undefined): void {
    clearTimeout(this.#impatient);
    const where = formatEndpoint(this.remote);
    this.#end(
      this.#disconnecting
        ? new KitError('disconnected', `disconnected from ${where}`, {
            fault: 'peer',
            hint: 'Connect again.',
          })
        : lossOf(error, where),
    );
    this.#resolveClosed();
  }

  /** The first reason counts; what follows is its consequence. */
  #end(failure: KitError): void {
    if (this.#reason !== undefined) return;
    this.#failure = failure;
    const reason = { code: failure.code, message: failure.message };
    this.#reason = reason;
    this.#hello?.reject(failure);
    this.#requests.failAll(failure);
    this.#early.tell(() => this.#tell('close', reason), 0);
  }

  #notConnected(): KitError {
    const why = this.#reason === undefined ? '' : `: ${this.#reason.message}`;
    return new KitError('not-connected', `there is no connection${why}`, {
      fault: 'peer',
      hint: 'Connect first: await connect().',
    });
  }
}

function timedOut(type: MessageType, timeoutMs: number): KitError {
  return new KitError('timeout', `no answer to ${type} within ${timeoutMs} ms`, {
    fault: 'peer',
    hint: 'The server is busy, stopped or cut off; the connection is kept. Ask again, or give more time.',
  });
}
