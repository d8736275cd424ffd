/** What a notebook shows of a capture on several hosts: the view of one of them, what was lost between them, states. */
import { readFileSync } from 'node:fs';
import type { Language } from '../check/index.ts';
import type { SocketChange } from '../host/index.ts';
import { shownAs } from '../repl/index.ts';
import {
  analyse,
  type Analysis,
  type AppProtocol,
  type Connection,
  epochUs,
  formatEndpoint,
  lostFrames,
  type Segment,
} from '../tcp/index.ts';
import { displayedAs, escapeHtml, tableHtml } from './mime.ts';
import type { MimeBundle } from './outputs.ts';
import { type PacketRow, TraceView } from './trace-view.ts';
import type { CaptureFiles } from './world/notebook-world.ts';

const GONE = { en: '(gone)', zh: '（已消失）' } as const;

/** What every host saw while a function ran, and what the kernels said meanwhile. */
export class CaptureView {
  /** What the function gave. */
  readonly value: unknown;
  readonly hosts: Readonly<Record<string, TraceView>>;
  /** How often each host's programs wrote meanwhile: `{ client: 3, server: 0 }`. */
  readonly writes: Readonly<Record<string, number>>;
  readonly #shown: string;
  readonly #files: CaptureFiles;
  readonly #language: Language;

  constructor(files: CaptureFiles, value: unknown, protocols: readonly AppProtocol[], language: Language) {
    this.value = value;
    this.writes = files.writes;
    this.#files = files;
    this.#language = language;
    const seen = files.files.map((one) => ({
      ...one,
      analysis: analyse(readFileSync(one.file), { protocols }),
    }));
    const views = seen.map((here) => {
      const { host, file, analysis } = here;
      return [host, new TraceView(analysis, language, file, lostOf(here, seen, files.between))] as const;
    });
    this.hosts = Object.fromEntries(views);
    // What was lost on the way is seen where it was sent: the client's side tells most.
    this.#shown = views.find(([host]) => host === 'client')?.[0] ?? views[0]?.[0] ?? '';
    for (const [host, view] of views) if (!(host in this)) Object.assign(this, { [host]: view });
    shownAs(this, () => `${this.#shown}: ${this.view.text()}`);
    displayedAs(this, () => this.#bundle());
  }

  /** The host whose capture is shown. */
  get view(): TraceView {
    const view = this.hosts[this.#shown];
    if (view === undefined) throw new Error('a world has hosts');
    return view;
  }

  get packets(): PacketRow[] {
    return this.view.packets;
  }

  get connections(): readonly Connection[] {
    return this.view.connections;
  }

  ladder(index = 0): object {
    return this.view.ladder(index);
  }

  count(what: Parameters<TraceView['count']>[0] = {}): number {
    return this.view.count(what);
  }

  get retransmissions(): number {
    return this.view.retransmissions;
  }

  get messages(): TraceView['messages'] {
    return this.view.messages;
  }

  get findings(): TraceView['findings'] {
    return this.view.findings;
  }

  /** Every change of a socket's state that the sampler saw, on all hosts; `ms` as in `packets`. */
  get states(): { ms: number; host: string; socket: string; state: string }[] {
    const { epochNs, connections } = this.view.analysis;
    const first = Math.min(...connections.map(({ firstNs }) => firstNs));
    const zeroUs = epochNs === undefined || !Number.isFinite(first) ? undefined : epochUs(epochNs, first);
    const seen = this.#files.changes
      // What was there before the first look did not change.
      .filter(({ notBeforeUs }) => typeof notBeforeUs === 'number')
      .filter(({ change, row, before }) => change !== 'changed' || row.state !== before?.state)
      .sort((a, b) => a.seenUs - b.seenUs);
    const zero = zeroUs ?? seen[0]?.seenUs ?? 0;
    return seen.map(({ seenUs, host, row, change }) => ({
      ms: Math.round((seenUs - zero) / 100) / 10,
      host,
      socket: socketName(row),
      state: change === 'gone' ? GONE[this.#language] : row.state,
    }));
  }

  #bundle(): MimeBundle {
    const zh = this.#language === 'zh';
    const { states } = this;
    const lost = this.#files.files.reduce((sum, { dropped }) => sum + dropped, 0);
    const warning =
      lost === 0
        ? ''
        : `<p><b>${zh ? `tcpdump 丢失 ${lost} 个分组` : `tcpdump lost ${lost} packets`}</b></p>`;
    const title = zh ? '内核中的套接字状态变化' : "the sockets' states, as the kernels had them";
    const table =
      states.length === 0
        ? ''
        : `<details><summary>${escapeHtml(title)}</summary>${tableHtml(states)}</details>`;
    const where = zh ? `在主机 ${this.#shown} 上抓到的：` : `captured on the host ${this.#shown}:`;
    return {
      'text/plain': `${where}\n${this.view.text()}`,
      'text/html': `<p>${escapeHtml(where)}</p>${warning}${this.view.html()}${table}`,
    };
  }
}

interface Seen {
  readonly address: string;
  readonly dropped: number;
  readonly analysis: Analysis;
}

/** A packet that left may still be under way for a moment. */
const UNDER_WAY_MS = 5;

/** The frames that this host sent and that the host at the other end never saw. */
function lostOf(
  { address, analysis: { epochNs, connections } }: Seen,
  all: readonly Seen[],
  { fromMs, toMs }: CaptureFiles['between'],
): Set<number> {
  const lost = new Set<number>();
  if (epochNs === undefined) return lost;
  const judged = ({ atNs }: Segment): boolean => {
    const ms = epochUs(epochNs, atNs) / 1e3;
    return ms > fromMs && ms < toMs - UNDER_WAY_MS;
  };
  for (const { initiator, responder, segments } of connections) {
    const side = initiator.address === address ? 0 : 1;
    const peer = all.find((one) => one.address === (side === 0 ? responder : initiator).address);
    if (peer === undefined || peer.dropped > 0) continue;
    const [from, to] = [initiator, responder].map(formatEndpoint);
    const there = peer.analysis.connections.filter(
      (one) => formatEndpoint(one.initiator) === from && formatEndpoint(one.responder) === to,
    );
    const frames = lostFrames(
      segments.filter((segment) => segment.side === side && judged(segment)),
      there.flatMap((one) => one.segments),
    );
    for (const frame of frames) lost.add(frame);
  }
  return lost;
}

function socketName({
  localAddress,
  localPort,
  remoteAddress,
  remotePort,
  state,
}: SocketChange['row']): string {
  const local = `${localAddress}:${localPort}`;
  return state === 'LISTEN' ? local : `${local} → ${remoteAddress}:${remotePort}`;
}
