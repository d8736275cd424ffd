import type { TransitionRecord } from '../check/index.ts';
import type { SocketRow } from '../host/index.ts';
import { analyse } from '../tcp/index.ts';

type Name = Pick<TransitionRecord, 'host' | 'localPort' | 'remotePort'>;

/**
 * The sockets that a run's own witnesses saw, in its tables or on its wire. The tracepoint tells of the whole machine,
 * without a network namespace, and another run may well have the same addresses: what it tells is this run's when
 * somebody here has seen that socket.
 */
export class OwnSockets {
  readonly #names = new Set<string>();

  /** A row of a host's table. */
  row(host: string, { localPort, remotePort }: SocketRow): void {
    this.#names.add(nameOf({ host, localPort, remotePort }));
  }

  /** Both ends of each connection in a capture; `hostOf` gives the host that has an address. */
  capture(bytes: Uint8Array, hostOf: (address: string) => string | undefined): void {
    for (const { tuple } of analyse(bytes, { protocols: [] }).connections) {
      const [one, other] = [tuple.endpoint(0), tuple.endpoint(1)];
      this.#end(hostOf(one.address), one.port, other.port);
      this.#end(hostOf(other.address), other.port, one.port);
    }
  }

  has(name: Name): boolean {
    return this.#names.has(nameOf(name));
  }

  #end(host: string | undefined, localPort: number, remotePort: number): void {
    if (host !== undefined) this.#names.add(nameOf({ host, localPort, remotePort }));
  }
}

const nameOf = ({ host, localPort, remotePort }: Name): string => `${host} ${localPort} ${remotePort}`;
