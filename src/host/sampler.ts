/**
 * Looks at socket states again and again and reports what changed.
 *
 * A sample cannot say when a state changed, only between which two looks: each change carries both times. A state that
 * came and went between two looks is not seen, so the sampler also says how far apart its looks were.
 */
import { nowUs } from '../clock/index.ts';
import type { SocketRow } from '../kernel/index.ts';

export type SocketChange = {
  kind: 'change';
  host: string;
  change: 'appeared' | 'changed' | 'gone';
  /** As last seen; of a socket that is gone, as it was before. */
  row: SocketRow;
  /** What it was before, when it changed. */
  before: SocketRow | undefined;
  /** The change happened after the look that began at `notBeforeUs` (the last one without it; -Infinity at the first) … */
  notBeforeUs: number;
  /** … and before the end of the look that saw it. */
  seenUs: number;
};

/** All rows, once in a while: what a timer does between two changes, and that the sampler still lives. */
export type SocketHeartbeat = { kind: 'heartbeat'; host: string; rows: readonly SocketRow[]; seenUs: number };

/** Two looks were much farther apart than asked for: what happened between them may be missing. */
export type SamplerGap = { kind: 'gap'; fromUs: number; toUs: number };

export type SocketRecord = SocketChange | SocketHeartbeat | SamplerGap;

export type SamplerHost = { readonly name: string; readSockets: () => SocketRow[] };

export type SamplerOptions = {
  hosts: readonly SamplerHost[];
  onSample: (record: SocketRecord) => void;
  /** Asked-for interval of the looks, at least 1. 2 by default. */
  everyMs?: number;
  /** 1000 by default. */
  heartbeatMs?: number;
  /** Which rows to watch: all by default. */
  filter?: (row: SocketRow, host: string) => boolean;
  /** Looks farther apart than this make a `gap`. 10 times `everyMs` by default, at least 50. */
  gapMs?: number;
};

/** What the sampler really did. */
export type SamplerStats = {
  looks: number;
  /** From the start of one look to the start of the next. */
  meanIntervalMs: number;
  maxIntervalMs: number;
  gaps: number;
  /** Time spent in looking, all hosts together. */
  meanLookMs: number;
};

export class Sampler {
  readonly #options: Required<SamplerOptions>;
  readonly #known = new Map<string, Map<string, SocketRow>>();
  #lastStartUs: number | undefined;
  #lastHeartbeatUs = -Infinity;
  #looks = 0;
  #gaps = 0;
  #intervalSumUs = 0;
  #intervalMaxUs = 0;
  #lookSumUs = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** Starts at once: the first look has been made when the constructor returns. */
  constructor(options: SamplerOptions) {
    const everyMs = Math.max(1, options.everyMs ?? 2);
    this.#options = {
      heartbeatMs: 1_000,
      filter: () => true,
      gapMs: Math.max(50, 10 * everyMs),
      ...options,
      everyMs,
    };
    for (const host of options.hosts) this.#known.set(host.name, new Map());
    this.#lookAndArm();
  }

  /** Looks now, out of turn: what is true at the call is recorded when it returns. */
  look(): void {
    if (this.#stopped) return;
    const startUs = nowUs();
    this.#countInterval(startUs);
    const notBeforeUs = this.#lastStartUs ?? -Infinity;
    this.#lastStartUs = startUs;
    const beat = startUs - this.#lastHeartbeatUs >= this.#options.heartbeatMs * 1000;
    if (beat) this.#lastHeartbeatUs = startUs;
    for (const host of this.#options.hosts) {
      const rows = host.readSockets().filter((row) => this.#options.filter(row, host.name));
      const seenUs = nowUs();
      this.#compare(host.name, rows, notBeforeUs, seenUs);
      if (beat) this.#options.onSample({ kind: 'heartbeat', host: host.name, rows, seenUs });
    }
    this.#looks += 1;
    this.#lookSumUs += nowUs() - startUs;
  }

  /** One last look, then none; resolves what it did. A second call gives the same. */
  stop(): SamplerStats {
    this.look();
    this.#stopped = true;
    clearTimeout(this.#timer);
    return this.stats();
  }

  stats(): SamplerStats {
    const intervals = Math.max(1, this.#looks - 1);
    return {
      looks: this.#looks,
      meanIntervalMs: this.#intervalSumUs / intervals / 1000,
      maxIntervalMs: this.#intervalMaxUs / 1000,
      gaps: this.#gaps,
      meanLookMs: this.#lookSumUs / Math.max(1, this.#looks) / 1000,
    };
  }

  #lookAndArm(): void {
    this.look();
    this.#timer = setTimeout(() => this.#lookAndArm(), this.#options.everyMs);
  }

  #countInterval(startUs: number): void {
    if (this.#lastStartUs === undefined) return;
    const intervalUs = startUs - this.#lastStartUs;
    this.#intervalSumUs += intervalUs;
    this.#intervalMaxUs = Math.max(this.#intervalMaxUs, intervalUs);
    if (intervalUs <= this.#options.gapMs * 1000) return;
    this.#gaps += 1;
    this.#options.onSample({ kind: 'gap', fromUs: this.#lastStartUs, toUs: startUs });
  }

  #compare(host: string, rows: readonly SocketRow[], notBeforeUs: number, seenUs: number): void {
    const before = this.#known.get(host) ?? new Map<string, SocketRow>();
    const now = new Map<string, SocketRow>();
    const emit = (change: SocketChange['change'], row: SocketRow, old: SocketRow | undefined): void =>
      this.#options.onSample({ kind: 'change', host, change, row, before: old, notBeforeUs, seenUs });
    for (const row of rows) {
      let key = keyOf(row);
      // Two listeners may share a port (SO_REUSEPORT).
      while (now.has(key)) key += '+';
      now.set(key, row);
      const old = before.get(key);
      if (old === undefined) emit('appeared', row, undefined);
      else if (!same(old, row)) emit('changed', row, old);
    }
    for (const [key, row] of before) if (!now.has(key)) emit('gone', row, row);
    this.#known.set(host, now);
  }
}

/** A connection's name, the same in all its states; the inode is none, since it goes when the program lets go. */
function keyOf(row: SocketRow): string {
  return `${row.protocol} ${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort}`;
}

/** All but the time that is left on the timer, which changes by itself. */
function same(a: SocketRow, b: SocketRow): boolean {
  return (
    a.state === b.state &&
    a.receiveQueueBytes === b.receiveQueueBytes &&
    a.sendQueueBytes === b.sendQueueBytes &&
    a.timer === b.timer &&
    a.retransmits === b.retransmits &&
    a.probes === b.probes &&
    a.inode === b.inode
  );
}
