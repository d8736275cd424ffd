import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { KitError, Writer } from '../bytes/index.ts';
import { Requests } from '../chat/index.ts';
import {
  type ClientEntry,
  type ClientId,
  clientId,
  type Decoder,
  type Message,
  type MessageType,
  type Outcome,
  type Protocol,
  type RequestNumber,
  requestNumber,
} from '../wire/index.ts';
import { type Channel, type Endpoint, formatEndpoint, type Transport } from './channel.ts';
import { nodeTransport } from './node-transport.ts';
import { aborted, lossOf } from './socket-errors.ts';

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** A name for the list of clients, if the protocol has such. */
  readonly name?: string;
  /** How long an answer may take unless a call says otherwise; 10 s by default. */
  readonly timeoutMs?: number;
  /** How long the connection may take; 10 s by default. */
  readonly connectTimeoutMs?: number;
  /** Nagle's algorithm off; true unless told otherwise. */
  readonly noDelay?: boolean;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly transport?: Transport;
  readonly signal?: AbortSignal;
  /** Sees each packet as it is sent or received: for logs and for showing bytes. */
  readonly packets?: ClientPacketObserver;
}

export interface ClientPacketObserver {
  /** The handshake is done; nothing was sent yet. */
  readonly connected?: (local: Endpoint, remote: Endpoint) => void;
  /** One packet, one write. */
  readonly sent: (message: Message, bytes: Buffer, streamOffset: number) => void;
  readonly received: (message: Message, bytes: Buffer, streamOffset: number) => void;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A text from another client. */
export interface IncomingText {
  readonly from: ClientId;
  readonly fromAddress: string;
  readonly fromPort: number;
  readonly text: string;
  readonly at: Date;
}

export interface CloseReason {
  /** `disconnected` (we closed), or what the server said (`shutting-down`, …), or `connection-lost`, `bad-packet`. */
  readonly code: string;
  readonly message: string;
}

/** What became of a text: `unconfirmed` where the protocol has no answer for success. */
export type SendOutcome = Outcome | 'unconfirmed';

interface ClientEvents {
  message: [IncomingText];
  close: [CloseReason];
  /** An answer that nobody asked for: the server, or the protocol, is wrong. */
  stray: [Message];
}

const NO_REQUEST = requestNumber(0);
/** How long a client waits for the server's FIN behind its own. */
const CLOSE_MS = 2_000;

/**
 * Connects to a server. Resolves when the handshake is done and, where the protocol greets, the greeting is there.
 *
 * @throws KitError (peer): `connection-refused`, `unreachable`, `unknown-host`, `connect-timeout`, `aborted`; what the
 * server says when it does not want us (`too-many-clients`); `bad-packet` when it does not speak this protocol.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { host, port, noDelay = true, connectTimeoutMs = 10_000, transport = nodeTransport } = options;
  const where = formatEndpoint({ address: host, port });
  const timeout = AbortSignal.timeout(connectTimeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const tooLate = (): KitError =>
    new KitError('connect-timeout', `${where} did not answer within ${connectTimeoutMs} ms`, {
      fault: 'peer',
      hint: 'Check the address, the cable and the firewall, or whether the server still accepts.',
    });
  let channel: Channel;
  try {
    channel = await transport.dial({
      host,
      port,
      noDelay,
      signal,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      ...(options.localPort === undefined ? {} : { localPort: options.localPort }),
    });
  } catch (error) {
    throw timeout.aborted && options.signal?.aborted !== true ? tooLate() : error;
  }
  const client = new Client(channel, options);
  try {
    if (options.protocol.can('hello.indication')) await client.greeted(signal);
    if (options.name !== undefined && options.name !== '') await client.rename(options.name);
  } catch (error) {
    client.reset();
    throw timeout.aborted &&
      error instanceof KitError &&
      error.code === 'aborted' &&
      options.signal?.aborted !== true
      ? tooLate()
      : error;
  }
  return client;
}

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
  #disconnecting = false;
  #bytesOut = 0;

  /** Use `connect`. */
  constructor(channel: Channel, options: ConnectOptions) {
    super();
    this.#channel = channel;
    this.#options = options;
    this.protocol = options.protocol;
    this.local = channel.local;
    this.remote = channel.remote;
    this.#decoder = options.protocol.decoder('server');
    this.#requests = new Requests(options.protocol.numbersRequests);
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
    const receiver = { to: to as ClientId, toAddress: '', toPort: 0, text };
    if (!Number.isInteger(to) || to < 0) {
      throw new KitError('unknown-client', `${String(to)} is no client's number`, {
        fault: 'usage',
        hint: 'Ask for the list: await list().',
      });
    }
    const { outcome } = await this.#ask('send.request', 'send.response', receiver, options);
    return { outcome };
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

  /** Says goodbye, sends a FIN behind all that was sent, and resolves when the connection is gone. */
  async disconnect(): Promise<void> {
    if (this.#reason === undefined && !this.#disconnecting) {
      this.#disconnecting = true;
      if (this.protocol.can('bye.indication')) {
        this.#write({ type: 'bye.indication', request: NO_REQUEST, status: 'ok', text: '' });
      }
      this.#channel.finish();
      const impatient = setTimeout(() => this.#channel.abort(), CLOSE_MS);
      void this.#closed.then(() => clearTimeout(impatient));
    }
    await this.#closed;
  }

  /** Ends the connection with a RST, as a program that crashes with data unread. */
  reset(): void {
    this.#disconnecting = true;
    this.#channel.abort();
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
    if (this.#reason !== undefined) return Promise.reject(this.#notConnected());
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
        this.#requests.abandon(number);
        reject(error);
      };
      const onAbort = (): void => giveUp(aborted());
      const timer = setTimeout(() => giveUp(timedOut(type, timeoutMs)), timeoutMs);
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
        done();
        this.#requests.abandon(number);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #write(message: Message): void {
    this.protocol.encode(message, this.#writer);
    const bytes = this.#writer.take();
    this.#channel.send(bytes);
    this.#options.packets?.sent(message, bytes, this.#bytesOut);
    this.#bytesOut += bytes.length;
  }

  #received(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (;;) {
      const next = this.#decoder.next();
      if (next.type === 'need-more') return;
      if (next.type === 'invalid') {
        const text = `at byte ${next.offset} of what the server sent: ${next.message}`;
        this.#end({ code: 'bad-packet', message: text });
        this.#channel.abort();
        return;
      }
      this.#options.packets?.received(next, this.#decoder.bytes, this.#decoder.offset);
      this.#handle(next);
    }
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
        this.emit('message', {
          from: message.from,
          fromAddress: message.fromAddress,
          fromPort: message.fromPort,
          text: message.text,
          at: new Date(),
        });
        // Confirmed when the listeners have it, not before.
        if (this.connected && message.request !== 0 && this.protocol.can('deliver.response')) {
          this.#write({ type: 'deliver.response', request: message.request });
        }
        return;
      case 'heartbeat.request':
        if (this.connected) this.#write({ type: 'heartbeat.response', request: message.request });
        return;
      case 'bye.indication':
      case 'error.indication':
        this.#end({ code: message.status, message: message.text });
        this.#channel.finish();
        return;
      case 'hello.response':
      case 'time.response':
      case 'name.response':
      case 'list.response':
      case 'send.response':
      case 'heartbeat.response':
      case 'error.response':
        if (this.#requests.answer(message) === 'stray') this.emit('stray', message);
        return;
      case 'hello.request':
      case 'time.request':
      case 'name.request':
      case 'list.request':
      case 'send.request':
      case 'deliver.response':
        // A decoder for what servers say never answers these.
        this.emit('stray', message);
        return;
    }
  }

  /** The channel is gone. */
  #ended(error: NodeJS.ErrnoException | undefined): void {
    if (this.#disconnecting) this.#end({ code: 'disconnected', message: 'disconnected' });
    const loss = lossOf(error, formatEndpoint(this.remote));
    this.#end({ code: loss.code, message: loss.message }, loss);
    this.#resolveClosed();
  }

  /** The first reason counts; what follows is its consequence. */
  #end(reason: CloseReason, error?: KitError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const failure =
      error ??
      new KitError(
        reason.code,
        reason.message === '' ? `the server closed the connection: ${reason.code}` : reason.message,
        { fault: 'peer' },
      );
    this.#hello?.reject(failure);
    this.#requests.failAll(failure);
    this.emit('close', reason);
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
