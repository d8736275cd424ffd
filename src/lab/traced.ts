import type { TransitionRecord } from '../check/index.ts';
import type { EvidenceWriter } from './evidence-writer.ts';
import type { OwnSockets } from './own-sockets.ts';
import { HANDED_ON, type News } from './stage-protocol.ts';

/** How long the command may take to hand on the last of what was traced. */
const SETTLE_MS = 10_000;

/** State changes that the command traces for the whole machine: those of this run's sockets become evidence. */
export class Traced {
  readonly #writer: EvidenceWriter;
  readonly #hosts: ReadonlyMap<string, string>;
  readonly #told: TransitionRecord[] = [];
  #lost = 0;
  #settled: () => void = () => undefined;

  constructor(writer: EvidenceWriter) {
    this.#writer = writer;
    this.#hosts = new Map(writer.manifest.hosts.map(({ address, name }) => [address, name]));
    process.on('message', (message) => this.#receive(message));
  }

  /** Asks for the rest; `why` says that there is no trace. Resolves when all that was told until now is here. */
  async settle(why: string | null, tell: (news: News) => Promise<void>): Promise<void> {
    if (why !== null) return;
    let timer: NodeJS.Timeout | undefined;
    const settled = new Promise<void>((resolve) => (this.#settled = resolve));
    await tell({ news: 'settle' });
    await Promise.race([settled, new Promise((resolve) => (timer = setTimeout(resolve, SETTLE_MS)))]);
    clearTimeout(timer);
  }

  /** Writes what concerns sockets that this run's other witnesses saw, and says in the manifest how much that is. */
  keep(own: OwnSockets, why: string | null): void {
    const kept = this.#told.filter((transition) => own.has(transition));
    for (const transition of kept) this.#writer.transition(transition);
    this.#writer.manifest.stateTrace = { transitions: kept.length, lost: this.#lost, why };
  }

  #receive(message: unknown): void {
    const parsed = HANDED_ON.safeParse(message);
    if (!parsed.success) return;
    if (parsed.data.what === 'settled') {
      this.#lost = parsed.data.lost;
      this.#settled();
      return;
    }
    const { transition } = parsed.data;
    const host = this.#hosts.get(transition.localAddress) ?? this.#listener(transition.localAddress);
    const known = this.#hosts.has(transition.remoteAddress) || transition.remotePort === 0;
    if (host === undefined || !known) return;
    this.#told.push({ host, ...transition });
  }

  /** With one host only, a listener on all addresses is its own. */
  #listener(address: string): string | undefined {
    const [name] = this.#hosts.values();
    return this.#hosts.size === 1 && address === '0.0.0.0' ? name : undefined;
  }
}
