import { DEFAULT_LIMITS, type Limits, Service } from '../chat/index.ts';
import type { Protocol } from '../wire/index.ts';
import type { Endpoint, Listener, Transport } from './channel.ts';
import { nodeTransport } from './node-transport.ts';
import { type Outbox, Turn } from './outbox.ts';
import { type ConnectionLimits, ServerConnection } from './server-connection.ts';
import type { PacketObserver, ServerEvent } from './server-events.ts';
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
  readonly transport?: Transport;
  readonly limits?: Partial<Limits & ConnectionLimits>;
  readonly observe?: (event: ServerEvent) => void;
  readonly packets?: PacketObserver;
}

export interface ServerStats {
  readonly local: Endpoint;
  readonly clients: number;
  /** Since the start. */
  readonly accepted: number;
  readonly unconfirmed: number;
}

const CONNECTION_LIMITS: ConnectionLimits = { highWaterBytes: 262_144, stallMs: 10_000, lingerMs: 2_000 };
const TICK_MS = 100;

interface State {
  accepted: number;
  /** Called when the last connection is gone. */
  emptied: () => void;
}

/** A listening chat server. */
export class Server {
  readonly local: Endpoint;
  readonly #listener: Listener;
  readonly #connections: Set<ServerConnection>;
  readonly #service: Service;
  readonly #observe: (event: ServerEvent) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #state: State;
  #closing: Promise<void> | undefined;

  /** Rejects with a KitError (machine): `port-taken`, `not-permitted`, `no-such-address`, `listen-failed`. */
  static async listen(options: ServerOptions): Promise<Server> {
    const { protocol, host = '127.0.0.1', port, noDelay = true, transport = nodeTransport } = options;
    const observe = options.observe ?? ((): void => undefined);
    const limits = { ...DEFAULT_LIMITS, ...CONNECTION_LIMITS, ...options.limits };
    const clock = new TurnClock();
    const service = new Service({
      can: (type) => protocol.can(type),
      hostName: options.hostName,
      greeting: options.greeting ?? `welcome to ${options.hostName}`,
      now: clock.now,
      clockMs: clock.clockMs,
      limits,
    });
    const connections = new Set<ServerConnection>();
    const owners = new WeakMap<Outbox, ServerConnection>();
    const turn = new Turn((outbox, packets, bytes) => owners.get(outbox)?.wrote(packets, bytes));
    const state: State = { accepted: 0, emptied: () => undefined };
    const listener = await transport.listen({
      host,
      port,
      noDelay,
      ...(options.backlog === undefined ? {} : { backlog: options.backlog }),
      connection: (channel) => {
        state.accepted++;
        const connection = new ServerConnection(
          channel,
          {
            protocol,
            service,
            turn,
            observe,
            packets: options.packets,
            limits,
            gone: (gone) => {
              connections.delete(gone);
              if (connections.size === 0) state.emptied();
            },
          },
          clock.clockMs(),
        );
        connections.add(connection);
        owners.set(connection.outbox, connection);
      },
      acceptFailed: (error) => {
        observe({ event: 'accept-failed', code: error.code ?? 'unknown', message: error.message });
      },
    });
    return new Server(listener, connections, service, observe, state);
  }

  private constructor(
    listener: Listener,
    connections: Set<ServerConnection>,
    service: Service,
    observe: (event: ServerEvent) => void,
    state: State,
  ) {
    this.local = listener.local;
    this.#listener = listener;
    this.#connections = connections;
    this.#service = service;
    this.#observe = observe;
    this.#state = state;
    this.#timer = setInterval(() => {
      service.tick();
      const clockMs = performance.now();
      for (const connection of connections) connection.tick(clockMs);
    }, TICK_MS);
  }

  stats(): ServerStats {
    return {
      local: this.local,
      clients: this.#service.clients.size,
      accepted: this.#state.accepted,
      unconfirmed: this.#service.unconfirmed,
    };
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
    this.#observe({ event: 'closing', clients: this.#service.clients.size });
    await this.#listener.close();
    const emptied = new Promise<void>((resolve) => {
      this.#state.emptied = resolve;
      if (this.#connections.size === 0) resolve();
    });
    for (const connection of [...this.#connections])
      connection.hangUp('shutting-down', 'the server is going down');
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.abort();
    }, drainMs);
    await emptied;
    clearTimeout(deadline);
    clearInterval(this.#timer);
  }
}
