/**
 * What the commands act on: the connection, its target, who is known, and the messages that came in.
 *
 * A session outlives its connections. It prints nothing: it emits what happened, and whoever owns it (a terminal, a
 * script, a notebook) decides what that looks like.
 */
import type { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { KitError, text, type Text } from '../bytes/index.ts';
import {
  type Client,
  type CloseReason,
  connect,
  type Faults,
  faultyTransport,
  type IncomingText,
  nodeTransport,
  type Transport,
} from '../net/index.ts';
import type { ClientEntry, ClientId, Message, Protocol } from '../wire/index.ts';
import { type Address, formatAddress } from './address.ts';
import { Inbox } from './inbox.ts';
import { LabClient } from './lab-client.ts';
import { Reconnect } from './reconnect.ts';

export interface SessionOptions {
  readonly protocol: Protocol;
  /** How sockets are made; node:net unless told otherwise. */
  readonly transport?: Transport;
  readonly target: Address;
  readonly name?: string | undefined;
  /** For every request that does not say its own. */
  readonly timeoutMs?: number | undefined;
  /** Connect when the first command needs it: for a script that may or may not call `connect` itself. */
  readonly lazy?: boolean;
  /** Try again when a connection is lost. */
  readonly reconnect?: boolean;
  /** What the server may ask for: docs/CHATD.md. */
  readonly token?: string | undefined;
  readonly heartbeatMs?: number | undefined;
}

/** `none`: never, or given up by us. `lost`: not by us. */
export type SessionState = 'none' | 'connecting' | 'connected' | 'lost';

interface SessionEvents {
  message: [message: IncomingText, to: ClientId];
  state: [];
  notice: [words: Text];
  problem: [error: unknown];
  packet: [packet: SeenPacket];
}

/** A packet of one of the session's connections, as it was sent or received. */
export interface SeenPacket {
  /** The local port when it is not the session's own connection but one of `clients()`. */
  readonly otherPort: number | undefined;
  readonly direction: 'sent' | 'received';
  readonly message: Message;
  /** Valid while the event is handled, no longer. */
  readonly bytes: Buffer;
  /** Of its first byte, in all that went that way. */
  readonly streamOffset: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export class Session extends EventEmitter<SessionEvents> {
  readonly protocol: Protocol;
  readonly inbox = new Inbox();
  target: Address;
  name: string | undefined;
  state: SessionState = 'none';
  /** The last list that a command got: what TAB knows without asking anyone. */
  known: readonly ClientEntry[] = [];
  #client: Client | undefined;
  readonly #others = new Set<Client>();
  readonly #options: SessionOptions;
  readonly #transport: Transport;
  readonly #reconnect: Reconnect;
  #mayConnect: boolean;

  constructor(options: SessionOptions) {
    super();
    // As many handlers as the user likes.
    this.setMaxListeners(0);
    this.#options = options;
    this.#transport = options.transport ?? nodeTransport;
    this.protocol = options.protocol;
    this.target = options.target;
    this.name = options.name;
    this.#mayConnect = options.lazy ?? false;
    this.#reconnect = new Reconnect(
      (signal) => this.#open(this.target, this.name, { signal }),
      (words) => this.emit('notice', words),
    );
  }

  /** The connection as it stands, undefined when there is none. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** The connection for a command. Throws KitError `not-connected` (peer) with what to do. */
  async use(options: CallOptions): Promise<Client> {
    if (this.#client?.connected) return this.#client;
    if (this.#mayConnect) return this.connect(this.target, this.name, options);
    const where = formatAddress(this.target);
    const again = this.#reconnect.active
      ? text('It is being tried again; wait, or', '正在重试；请等待，或')
      : text('To connect,', '要连接，请');
    throw new KitError(
      'not-connected',
      this.state === 'lost'
        ? text(`the connection to ${where} is lost`, `与 ${where} 的连接已断开`)
        : text('not connected to a server', '没有连接到服务器'),
      {
        fault: 'peer',
        hint: text(`${again.en} type connect('${where}').`, `${again.zh}输入 connect('${where}')。`),
      },
    );
  }

  /** Connects; an older connection is said goodbye to first. */
  async connect(target: Address, name: string | undefined, options: CallOptions): Promise<Client> {
    await this.disconnect();
    this.target = target;
    this.name = name;
    return this.#open(target, name, options);
  }

  /** Says goodbye and closes. False when there was nothing to close. */
  async disconnect(): Promise<boolean> {
    this.#mayConnect = false;
    this.#reconnect.stop();
    const client = this.#client;
    this.#client = undefined;
    this.#become('none');
    this.inbox.fail(new KitError('not-connected', text('disconnected', '已断开连接'), { fault: 'peer' }));
    if (!client?.connected) return false;
    await client.disconnect();
    return true;
  }

  /** One more client of the same server, beside the session's own. */
  async another(options: CallOptions): Promise<LabClient> {
    let faults: Faults | undefined;
    const transport = faultyTransport(this.#transport, (knobs) => (faults = knobs));
    const client = await this.#dial(this.target, undefined, options, transport, true);
    if (faults === undefined) throw new Error('a client without a connection');
    this.#others.add(client);
    client.on('message', (message) => this.emit('message', message, client.id));
    client.on('close', () => this.#others.delete(client));
    return new LabClient(client, faults, (error) => this.emit('problem', error));
  }

  /** Goodbye to everyone; the session ends. */
  async close(): Promise<void> {
    await Promise.all([this.disconnect(), ...[...this.#others].map((client) => client.disconnect())]);
  }

  async #open(target: Address, name: string | undefined, options: CallOptions): Promise<Client> {
    this.#mayConnect = false;
    const before = this.state;
    this.#become('connecting');
    const client = await this.#dial(target, name, options).catch((error: unknown) => {
      this.#become(before);
      throw error;
    });
    this.#client = client;
    client.on('message', (message) => {
      this.inbox.put(message);
      this.emit('message', message, client.id);
    });
    client.on('close', (why) => this.#closed(client, why));
    if (client.connected) this.#become('connected');
    // It came and went: its last words, and that it is over, are told in the next turn, before a command goes on.
    else await new Promise((resolve) => setImmediate(resolve));
    return client;
  }

  #closed(client: Client, why: CloseReason): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#become('lost');
    const words = lost(why);
    this.inbox.fail(new KitError('connection-lost', words, { fault: 'peer' }));
    this.emit('notice', words);
    if (this.#options.reconnect) this.#reconnect.start(why.code);
  }

  async #dial(
    target: Address,
    name: string | undefined,
    options: CallOptions,
    transport: Transport = this.#transport,
    other = false,
  ): Promise<Client> {
    const { timeoutMs, token, heartbeatMs } = this.#options;
    let otherPort: number | undefined;
    const connectTimeoutMs = options.timeoutMs ?? timeoutMs;
    return connect({
      ...target,
      transport,
      protocol: this.protocol,
      ...(name === undefined ? {} : { name }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(token === undefined ? {} : { token }),
      ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
      packets: {
        connected: (local) => {
          if (other) otherPort = local.port;
        },
        sent: (message, bytes, streamOffset) =>
          this.emit('packet', { otherPort, direction: 'sent', message, bytes, streamOffset }),
        received: (message, bytes, streamOffset) =>
          this.emit('packet', { otherPort, direction: 'received', message, bytes, streamOffset }),
      },
    });
  }

  #become(state: SessionState): void {
    if (state === this.state) return;
    this.state = state;
    this.emit('state');
  }
}

/** That a connection ended, and why. */
export const lost = ({ words }: CloseReason): Text =>
  text(`connection lost: ${words.en}`, `连接已断开：${words.zh}`);
