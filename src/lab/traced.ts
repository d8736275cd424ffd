import type { Manifest } from '../check/index.ts';
import type { EvidenceWriter } from './evidence-writer.ts';
import { HANDED_ON, type News } from './stage-protocol.ts';

/** How long the command may take to hand on the last of what was traced. */
const SETTLE_MS = 10_000;

/** State changes that the command traces for the whole machine: those of this world's hosts become evidence. */
export class Traced {
  readonly #writer: EvidenceWriter;
  readonly #hosts: ReadonlyMap<string, string>;
  #transitions = 0;
  #lost = 0;
  #settled: () => void = () => undefined;

  constructor(writer: EvidenceWriter) {
    this.#writer = writer;
    this.#hosts = new Map(writer.manifest.hosts.map(({ address, name }) => [address, name]));
    process.on('message', (message) => this.#receive(message));
  }

  /** Asks for the rest, and says in the manifest how much came. */
  async settle(whyNone: string | null, tell: (news: News) => Promise<void>): Promise<void> {
    if (whyNone === null) {
      let timer: NodeJS.Timeout | undefined;
      const settled = new Promise<void>((resolve) => (this.#settled = resolve));
      await tell({ news: 'settle' });
      await Promise.race([settled, new Promise((resolve) => (timer = setTimeout(resolve, SETTLE_MS)))]);
      clearTimeout(timer);
    }
    const stateTrace: Manifest['stateTrace'] = {
      transitions: this.#transitions,
      lost: this.#lost,
      why: whyNone,
    };
    this.#writer.manifest.stateTrace = stateTrace;
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
    this.#transitions += 1;
    this.#writer.transition({ host, ...transition });
  }

  /** With one host only, a listener on all addresses is its own. */
  #listener(address: string): string | undefined {
    const [name] = this.#hosts.values();
    return this.#hosts.size === 1 && address === '0.0.0.0' ? name : undefined;
  }
}
