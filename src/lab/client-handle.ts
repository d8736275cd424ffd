import { english, KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import type { HostProcess } from '../host/index.ts';
import type { Operation, Order, Pace } from './actor-protocol.ts';
import type { CallFailure } from './report-protocol.ts';
import { Asker } from './asker.ts';

/** What one call of a series gave. */
export type CallResult = { readonly value: unknown } | { readonly error: CallFailure };

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

export interface ConnectedAs {
  /** Our number at the server. */
  readonly id: number;
  readonly localPort: number;
}

/** A client process on a host, as the lab script uses it. */
export class ClientHandle {
  readonly process: HostProcess;
  readonly ready: Promise<void>;
  readonly #asker: Asker;

  constructor(process: HostProcess, records: (records: readonly AppRecord[]) => void) {
    this.process = process;
    this.#asker = new Asker(process, records);
    this.ready = this.#asker.ready;
  }

  connect(options: {
    host: string;
    port: number;
    name?: string;
    nagle?: boolean;
    timeoutMs?: number;
    /** Binds the socket to this port before it connects; without it the kernel chooses. */
    localPort?: number;
  }): Promise<ConnectedAs> {
    const { host, port, name = '', nagle = false, timeoutMs = 10_000, localPort } = options;
    const bind = localPort === undefined ? {} : { localPort };
    return this.#ask({
      ...{ order: 'connect', host, port, name, nagle, timeoutMs },
      ...bind,
    }) as Promise<ConnectedAs>;
  }

  /** One call. Rejects with the client's own error. */
  async call(operation: Operation, args: readonly unknown[] = []): Promise<unknown> {
    const [result] = await this.calls(operation, { arguments: args, count: 1, pace: 'one-by-one' });
    if (result === undefined)
      throw new KitError('client-gone', english('the client gave no result'), { fault: 'machine' });
    if ('error' in result)
      throw new KitError(result.error.code, english(result.error.message), { fault: 'peer' });
    return result.value;
  }

  /** A series of calls; each gives its value or its error. */
  calls(
    operation: Operation,
    options: { count: number; pace: Pace; arguments?: readonly unknown[]; progress?: (done: number) => void },
  ): Promise<CallResult[]> {
    const { count, pace, arguments: args = [], progress } = options;
    return this.#ask({ order: 'calls', operation, arguments: [...args], count, pace }, progress) as Promise<
      CallResult[]
    >;
  }

  /** The program closes its socket as a program should. */
  disconnect(): Promise<unknown> {
    return this.#ask({ order: 'disconnect' });
  }

  /** The program ends at once, by itself: `exit` without a word to the server. Resolves when it is gone. */
  async exit(): Promise<void> {
    this.process.send({ order: 'exit', id: 0 });
    await this.process.ended;
  }

  reset(): Promise<unknown> {
    return this.#ask({ order: 'reset' });
  }

  #ask(order: WithoutId<Order>, progress?: (done: number) => void): Promise<unknown> {
    return this.#asker.ask(order, progress);
  }
}
