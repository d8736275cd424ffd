import type { AppRecord } from '../check/index.ts';
import type { HostProcess } from '../host/index.ts';
import { Asker } from './asker.ts';
import type { Habits } from './peer-protocol.ts';

/** A process that uses sockets by themselves, as the lab script uses it. */
export class PeerHandle {
  readonly process: HostProcess;
  readonly ready: Promise<void>;
  readonly #asker: Asker;

  constructor(process: HostProcess, records: (records: readonly AppRecord[]) => void) {
    this.process = process;
    this.#asker = new Asker(process, records);
    this.ready = this.#asker.ready;
  }

  /** Accepts every connection; the first gets number 1. `reads: false` leaves what arrives in the kernel. */
  async listen(
    host: string,
    port: number,
    options: { backlog?: number; nagle?: boolean; reads?: boolean; habits?: Habits } = {},
  ): Promise<void> {
    await this.#asker.ask({ order: 'listen', host, port, nagle: false, reads: true, ...options });
  }

  async connect(
    host: string,
    port: number,
    options: { localPort?: number; nagle?: boolean; reads?: boolean; habits?: Habits } = {},
  ): Promise<{ readonly connection: number; readonly localPort: number }> {
    const order = { order: 'connect', host, port, nagle: false, reads: true, ...options };
    return (await this.#asker.ask(order)) as { connection: number; localPort: number };
  }

  /** One write() for each; resolves when the program has made them, not when the kernel has sent anything. */
  async send(
    connection: number,
    what: { readonly text: string } | { readonly bytes: number },
    writes = 1,
  ): Promise<{ readonly unsentBytes: number }> {
    return (await this.#asker.ask({ order: 'send', connection, writes, ...what })) as { unsentBytes: number };
  }

  /** shutdown(SHUT_WR): a FIN behind all that was written. */
  finish = (connection: number): Promise<unknown> => this.#asker.ask({ order: 'finish', connection });
  /** Closes with SO_LINGER at 0: a RST. */
  abort = (connection: number): Promise<unknown> => this.#asker.ask({ order: 'abort', connection });
  pause = (connection: number): Promise<unknown> => this.#asker.ask({ order: 'pause', connection });
  resume = (connection: number): Promise<unknown> => this.#asker.ask({ order: 'resume', connection });

  /** Resolves when this program has accepted the connection, read so many bytes, its peer's FIN, or closed it. */
  async until(
    connection: number,
    event: 'open' | 'bytes' | 'ended' | 'closed',
    bytes?: number,
  ): Promise<{ readonly readBytes: number; readonly remotePort: number }> {
    const order = { order: 'await', connection, event, ...(bytes === undefined ? {} : { bytes }) };
    return (await this.#asker.ask(order)) as { readBytes: number; remotePort: number };
  }

  /** The program ends, and the kernel closes what it had open. */
  async exit(): Promise<void> {
    this.process.send({ order: 'exit', id: 0 });
    await this.process.ended;
  }
}
