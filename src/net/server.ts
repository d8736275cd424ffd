import { KitError, text, Writer } from '../bytes/index.ts';
import { DEFAULT_LIMITS, type Limits, Service } from '../chat/index.ts';
import { clientId, type MessageType, type Protocol, requestNumber } from '../wire/index.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import type { Channel, Endpoint, Listener, Transport } from './channel.ts';
import { nodeTransport } from './node-transport.ts';
import { Turn } from './outbox.ts';
import { type ConnectionContext, type ConnectionLimits, ServerConnection } from './server-connection.ts';
import type { ClientRow, PacketObserver, ServerEvent } from './server-events.ts';
import { TurnClock } from './turn-clock.ts';

export interface ServerOptions {
  readonly protocol: Protocol;
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly backlog?: number;
  /** Nagle's algorithm off; true unless told otherwise. */
  readonly noDelay?: boolean;
  readonly hostName: string;
  readonly greeting?: string;
  /** Only who knows it is let in; undefined: everybody. */
  readonly token?: string;
  readonly transport?: Transport;
  readonly limits?: Partial<ServerLimits>;
  readonly observe?: (event: ServerEvent) => void;
  readonly packets?: PacketObserver;
}

export interface ServerLimits extends Limits, ConnectionLimits, AdmissionLimits {
  /** Refused connections that are still being told why; more are reset without a word. */
  readonly maxRefused: number;
}

export interface ServerStats {
  readonly local: Endpoint;
  readonly clients: number;
  /** Since the start, refused ones among them. */
  readonly accepted: number;
  readonly unconfirmed: number;
}

const LIMITS: ServerLimits = {
  ...DEFAULT_LIMITS,
  highWaterBytes: 65_536,
  stallMs: 30_000,
  lingerMs: 2_000,
  // A cable may be out for a minute in the middle of a packet, and TCP brings the rest.
  packetMs: 120_000,
  maxPerAddress: 1_000,
  maxPerLoopback: Infinity,
  maxWrongTokens: 10,
  tokenMs: 10_000,
  maxRefused: 256,
};
const TICK_MS = 100;
const LATE_MS = 1_000;

/** A listening chat server. */
export class Server {
  readonly local: Endpoint;
  readonly #listener: Listener;
  readonly #core: Core;
  #closing: Promise<void> | undefined;

  /**
   * Rejects with a KitError (machine): `port-taken`, `not-permitted`, `no-such-address`, `listen-failed`; or (usage)
   * `text-too-long` for a greeting that the protocol cannot say, `unsupported` for a token or heartbeats of which it
   * has no packets.
   */
  static async listen(options: ServerOptions): Promise<Server> {
    const { host = '127.0.0.1', port, noDelay = true, transport = nodeTransport } = options;
    const core = new Core(options);
    const listener = await transport.listen({
      host,
      port,
      noDelay,
      ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
      connection: (channel) => core.accepted(channel),
      acceptFailed: (error) =>
        core.observe({ event: 'accept-failed', code: error.code ?? 'unknown', message: error.message }),
    });
    return new Server(listener, core);
  }

  private constructor(listener: Listener, core: Core) {
    this.local = listener.local;
    this.#listener = listener;
    this.#core = core;
    core.start();
  }

  stats(): ServerStats {
    const { service, count } = this.#core;
    return {
      local: this.local,
      clients: service.clients.size,
      accepted: count,
      unconfirmed: service.unconfirmed,
    };
  }

  /** A row for each connected client, for whoever watches the server. */
  clients(): ClientRow[] {
    return [...this.#core.connections]
      .map((connection) => connection.row())
      .filter((row) => row !== undefined);
  }

  /** From now on `observer` hears of every packet, and no other. */
  observePackets(observer: PacketObserver | undefined): void {
    this.#core.observePackets(observer);
  }

  /**
   * Stops accepting, tells every client, lets what is queued drain, and resolves when the last connection is gone; after
   * `drainMs` those that are left are reset. Calling it again answers the same promise.
   */
  close(drainMs = 3_000): Promise<void> {
    this.#closing ??= this.#shutDown(drainMs);
    return this.#closing;
  }

  async #shutDown(drainMs: number): Promise<void> {
    const { observe, service } = this.#core;
    observe({ event: 'closing', clients: service.clients.size });
    await this.#listener.close();
    // Every request that was read has its answer before the goodbye.
    service.settle();
    await this.#core.empty(drainMs);
  }
}

/** The connections of a server, and what they share. */
class Core {
  readonly connections = new Set<ServerConnection>();
  readonly service: Service;
  readonly observe: (event: ServerEvent) => void;
  count = 0;
  #refused = 0;
  readonly #clock = new TurnClock();
  readonly #limits: ServerLimits;
  readonly #context: ConnectionContext;
  /** Connections that do not simply flow. The others cost nothing while they are idle. */
  readonly #watched = new Set<ServerConnection>();
  #timer: NodeJS.Timeout | undefined;
  #emptied: () => void = () => undefined;

  constructor(options: ServerOptions) {
    const { protocol, hostName, greeting = `welcome to ${hostName}` } = options;
    this.observe = options.observe ?? ((): void => undefined);
    this.#limits = { ...LIMITS, ...options.limits };
    if (protocol.can('hello.indication')) {
      const request = requestNumber(0);
      protocol.encode({ type: 'hello.indication', request, id: clientId(1), text: greeting }, new Writer());
    }
    this.#mustCan(protocol, 'a token', options.token !== undefined, 'token.request');
    this.#mustCan(protocol, 'heartbeats', this.#limits.heartbeatMs > 0, 'heartbeat.request');
    const admission = new Admission(options.token, this.#limits);
    this.service = new Service({
      can: (type) => protocol.can(type),
      numbered: protocol.numbersRequests,
      pages: listsInPages(protocol),
      hostName,
      greeting,
      now: this.#clock.now,
      clockMs: this.#clock.clockMs,
      limits: this.#limits,
    });
    this.#context = {
      protocol,
      service: this.service,
      turn: new Turn(),
      observe: this.observe,
      packets: options.packets,
      limits: this.#limits,
      admission,
      full: () => this.connections.size >= this.#limits.maxClients,
      refused: () => this.#refused++,
      watch: (connection) => this.#watched.add(connection),
      gone: (connection) => {
        if (this.connections.delete(connection) && connection.refused) this.#refused--;
        this.#watched.delete(connection);
        if (this.connections.size === 0) this.#emptied();
      },
    };
  }

  observePackets(observer: PacketObserver | undefined): void {
    this.#context.packets = observer;
  }

  #mustCan(protocol: Protocol, what: string, wanted: boolean, type: MessageType): void {
    if (!wanted || protocol.can(type)) return;
    throw new KitError(
      'unsupported',
      text(
        `the protocol ${protocol.name} has no ${type}, so that it cannot have ${what}`,
        `协议 ${protocol.name} 没有 ${type}，因此不支持 ${what}`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Use clp, or describe such a packet: docs/DESCRIBE-YOUR-PROTOCOL.md.',
          '请用 clp，或在描述中加上这种分组：docs/DESCRIBE-YOUR-PROTOCOL.md。',
        ),
      },
    );
  }

  start(): void {
    let beforeMs = performance.now();
    this.#timer = setInterval(() => {
      const clockMs = performance.now();
      const late = clockMs - beforeMs > LATE_MS;
      beforeMs = clockMs;
      // We were stopped, or busy for long: what the clients said meanwhile is still to be read, and comes first.
      if (late) return;
      this.service.tick();
      for (const connection of this.#watched) {
        if (!connection.tick(clockMs)) this.#watched.delete(connection);
      }
    }, TICK_MS);
  }

  accepted(channel: Channel): void {
    this.count++;
    const { remote } = channel;
    if (this.#refused >= this.#limits.maxRefused) {
      // Nobody hears of it: listening to the end of the channel is enough.
      channel.listen({
        data: () => undefined,
        ended: () => undefined,
        drained: () => undefined,
        closed: () => undefined,
      });
      channel.abort();
      const text = `${this.#refused} connections are being refused already`;
      this.observe({ event: 'refused', remote, status: 'too-many-clients', text });
      return;
    }
    try {
      const connection = new ServerConnection(channel, this.#context, performance.now());
      this.connections.add(connection);
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.observe({ event: 'failed', client: undefined, remote, message });
      channel.abort();
    }
  }

  /** Says goodbye to everybody; resolves when all are gone, by force after `drainMs`. */
  async empty(drainMs: number): Promise<void> {
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
      if (this.connections.size === 0) resolve();
    });
    for (const connection of [...this.connections])
      connection.hangUp('shutting-down', 'the server is going down');
    const deadline = setTimeout(() => {
      for (const connection of this.connections) connection.abort();
    }, drainMs);
    await emptied;
    clearTimeout(deadline);
    clearInterval(this.#timer);
  }
}

/** Can a client ask for what follows a page, and be told that something follows? */
function listsInPages(protocol: Protocol): boolean {
  return protocol.carries('list.request', 'after') && protocol.carries('list.response', 'more');
}
