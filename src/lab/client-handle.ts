import { KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import type { HostProcess } from '../host/index.ts';
import { type CallFailure, type Operation, type Order, type Pace, REPORT } from './actor-protocol.ts';

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
  readonly #open = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: KitError) => void; progress: (done: number) => void }
  >();
  #last = 0;
  #ready: () => void = () => undefined;
  readonly ready: Promise<void>;

  constructor(process: HostProcess, records: (records: readonly AppRecord[]) => void) {
    this.process = process;
    this.ready = new Promise((resolve) => (this.#ready = resolve));
    process.onMessage((message) => {
      const report = REPORT.parse(message);
      switch (report.report) {
        case 'ready':
          this.#ready();
          return;
        case 'records':
          records(report.records);
          return;
        case 'progress':
          this.#open.get(report.id)?.progress(report.done);
          return;
        case 'done':
          this.#open.get(report.id)?.resolve(report.value);
          this.#open.delete(report.id);
          return;
        case 'failed':
          this.#open
            .get(report.id)
            ?.reject(new KitError(report.error.code, report.error.message, { fault: 'peer' }));
          this.#open.delete(report.id);
          return;
      }
    });
    void process.ended.then(() => {
      for (const { reject } of this.#open.values()) {
        reject(
          new KitError('client-gone', `the client process ended: ${process.errors.text.slice(-400)}`, {
            fault: 'machine',
          }),
        );
      }
      this.#open.clear();
    });
  }

  connect(options: {
    host: string;
    port: number;
    name?: string;
    nagle?: boolean;
    timeoutMs?: number;
  }): Promise<ConnectedAs> {
    const { host, port, name = '', nagle = false, timeoutMs = 10_000 } = options;
    return this.#ask({ order: 'connect', host, port, name, nagle, timeoutMs }) as Promise<ConnectedAs>;
  }

  /** One call. Rejects with the client's own error. */
  async call(operation: Operation, args: readonly unknown[] = []): Promise<unknown> {
    const [result] = await this.calls(operation, { arguments: args, count: 1, pace: 'one-by-one' });
    if (result === undefined)
      throw new KitError('client-gone', 'the client gave no result', { fault: 'machine' });
    if ('error' in result) throw new KitError(result.error.code, result.error.message, { fault: 'peer' });
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

  reset(): Promise<unknown> {
    return this.#ask({ order: 'reset' });
  }

  #ask(order: WithoutId<Order>, progress: (done: number) => void = () => undefined): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject, progress });
      if (this.process.send({ ...order, id })) return;
      this.#open.delete(id);
      reject(new KitError('client-gone', 'the client process has ended', { fault: 'machine' }));
    });
  }
}
