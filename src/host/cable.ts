import { mustExec } from './exec.ts';
import { inNetworkOf } from './launchers.ts';
import { hasCarrier, HOST_INTERFACE, portOf, untilCarrier } from './network.ts';

/** One end of a cable: a host's number and the process that holds its namespace. */
export type Plug = { index: number; holderPid: number };

/**
 * A cable with a host at its end; between two hosts, one at each end.
 *
 * Unplugged, its hosts have lost the carrier and nothing passes, in either direction; addresses and routes stay, and
 * nobody is told: a connection lives on until somebody sends.
 */
export class Cable {
  readonly #panelPid: number;
  readonly #plugs: readonly Plug[];

  constructor(panelPid: number, plugs: readonly Plug[]) {
    this.#panelPid = panelPid;
    this.#plugs = plugs;
  }

  /** Resolves when the hosts have lost the carrier. Does nothing to a cable that is unplugged. */
  async unplug(): Promise<void> {
    await this.#set('down', false);
  }

  /** Resolves when the carrier is back and packets pass. */
  async plug(): Promise<void> {
    await this.#set('up', true);
  }

  /** Whether the hosts at its ends have their carrier. */
  async isPlugged(): Promise<boolean> {
    const ends = this.#plugs.map(({ holderPid }) => hasCarrier(holderPid, HOST_INTERFACE));
    return (await Promise.all(ends)).every(Boolean);
  }

  async #set(state: 'up' | 'down', carrier: boolean): Promise<void> {
    const input = this.#plugs.map(({ index }) => `link set ${portOf(index)} ${state}`).join('\n');
    await mustExec(inNetworkOf(this.#panelPid), ['ip', '-batch', '-'], { input });
    await Promise.all(this.#plugs.map(({ holderPid }) => untilCarrier(holderPid, HOST_INTERFACE, carrier)));
  }
}
