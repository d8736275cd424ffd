/** A capture as a notebook shows it: ladders, packets as a table, changes of the sockets' states. */
import { readFileSync } from 'node:fs';
import { chatProtocol, type Language } from '../check/index.ts';
import type { SocketChange } from '../host/index.ts';
import { shownAs } from '../repl/index.ts';
import {
  analyse,
  type Analysis,
  analyseText,
  type AppProtocol,
  type Connection,
  epochUs,
  FASTCGI,
  findingsOf,
  FLAG,
  flagNames,
  formatEndpoint,
  HTTP,
  ladderOf,
  ladderSvg,
  lostFrames,
  looksLikeCapture,
  NOTE,
  noteNames,
  otherSide,
  summaryIn,
  type Segment,
  timelineOf,
  traceText,
  wasOvertaken,
} from '../tcp/index.ts';
import { loadProtocol, type Protocol, shippedProtocols } from '../wire/index.ts';
import { displayedAs, drawingBundle, escapeHtml, pictureHtml, tableHtml } from './mime.ts';
import type { MimeBundle } from './outputs.ts';
import type { CaptureFiles } from './world/notebook-world.ts';

/** Ladders longer than this show their ends. */
const ELIDE = { head: 14, tail: 8 };
const LADDERS = 3;
const TABLE_ROWS = 60;

const GONE = { en: '(gone)', zh: '（已消失）' } as const;
const SIDES = { en: ['client', 'server'], zh: ['客户端', '服务器'] } as const;
const OVERTAKEN = { en: '(overtaken: not sent before)', zh: '（被超过：此前没有发送过）' } as const;

export interface PacketRow {
  readonly frame: number;
  readonly ms: number;
  /** `10.77.0.2:40100 → 10.77.0.1:2312` */
  readonly way: string;
  readonly flags: string;
  readonly seq: number;
  readonly ack: number | string;
  readonly len: number;
  /** In bytes where the capture has the handshake, and with it the scale; else as it stands in the header. */
  readonly window: number;
  readonly remarks: string;
}

/** What one host's tcpdump saw. */
export class TraceView {
  readonly analysis: Analysis;
  readonly connections: readonly Connection[];
  /** The capture's file, for other programs to read; there while its world is. */
  readonly file: string | undefined;
  readonly #language: Language;
  readonly #lost: ReadonlySet<number>;

  /** `lost`: frames that never came to the capture at the other end. */
  constructor(analysis: Analysis, language: Language, file?: string, lost: ReadonlySet<number> = new Set()) {
    this.analysis = analysis;
    this.file = file;
    this.connections = analysis.connections;
    this.#language = language;
    this.#lost = lost;
    shownAs(this, () => this.text());
    displayedAs(this, () => this.bundle());
  }

  /** A row for each segment of every connection, in the order of the capture. */
  get packets(): PacketRow[] {
    const segments = this.connections.flatMap((connection) =>
      connection.segments.map((segment) => ({ connection, segment })),
    );
    const startNs = Math.min(...segments.map(({ segment }) => segment.atNs));
    return segments
      .sort((a, b) => a.segment.frame - b.segment.frame)
      .map(({ connection, segment }) => {
        const messages = connection.messages.filter(({ frames }) => frames.includes(segment.frame));
        return {
          frame: segment.frame,
          ms: Math.round((segment.atNs - startNs) / 1e3) / 1e3,
          way: [segment.side, otherSide(segment.side)]
            .map((side) => formatEndpoint(connection.endpoint(side)))
            .join(' → '),
          flags: flagNames(segment.flags),
          seq: segment.relSeq,
          ack: segment.relAck < 0 ? '' : segment.relAck,
          len: segment.payloadLength,
          window: segment.windowBytes < 0 ? segment.window : segment.windowBytes,
          remarks: [
            ...messages.map((message) => summaryIn(message, this.#language)),
            ...noteNames(segment),
            ...(wasOvertaken(segment, connection.segments) ? [OVERTAKEN[this.#language]] : []),
          ].join('; '),
        };
      });
  }

  /** The drawing of one connection, counted from 0. */
  ladder(index = 0): object {
    const connection = this.connections[index];
    const drawing = connection === undefined ? '' : this.#svg(connection);
    const alt = connection === undefined ? 'no connection' : altOf(connection);
    return displayedAs({ svg: drawing }, () => drawingBundle(drawing, alt));
  }

  /** What the applications said, as far as their protocol is known, with the frames that each message came in. */
  get messages(): { protocol: string; from: string; summary: string; frames: string }[] {
    const sides = SIDES[this.#language];
    return this.connections.flatMap(({ messages }) =>
      messages.map((message) => ({
        protocol: message.protocol,
        from: sides[message.side],
        summary: summaryIn(message, this.#language),
        frames: message.frames.join(' '),
      })),
    );
  }

  /** What happened, in words. */
  get story(): { ms: number; what: string }[] {
    return this.connections.flatMap((connection) =>
      timelineOf(connection, { language: this.#language }).map(({ sinceNs, text }) => ({
        ms: Math.round(sinceNs / 1e3) / 1e3,
        what: text,
      })),
    );
  }

  /** What stands out, with the rule and its source. */
  get findings(): { who: string; what: string; rule: string; source: string }[] {
    const sides = SIDES[this.#language];
    return this.connections.flatMap((connection) =>
      findingsOf(connection, { language: this.#language }).map(({ side, text, rule, source }) => ({
        who: side === undefined ? '' : sides[side],
        what: text,
        rule,
        source,
      })),
    );
  }

  /** How many segments match: `count({ flags: 'SYN' })`, `count({ data: true, side: 0 })`. */
  count({ flags, data, side }: { flags?: 'SYN' | 'FIN' | 'RST'; data?: boolean; side?: 0 | 1 } = {}): number {
    const bit = flags === undefined ? 0 : { SYN: FLAG.syn, FIN: FLAG.fin, RST: FLAG.rst }[flags];
    return this.connections
      .flatMap(({ segments }) => segments)
      .filter(
        (segment) =>
          (bit === 0 || (segment.flags & bit) !== 0) &&
          (data === undefined || segment.payloadLength > 0 === data) &&
          (side === undefined || segment.side === side),
      ).length;
  }

  /** Segments that were sent again: Wireshark's retransmissions without those that others overtook. */
  get retransmissions(): number {
    const again = NOTE.retransmission | NOTE.fastRetransmission | NOTE.spuriousRetransmission;
    return this.connections.flatMap(({ segments }) =>
      segments.filter((segment) => segment.notes & again && !wasOvertaken(segment, segments)),
    ).length;
  }

  text(): string {
    const options = { elide: ELIDE, messages: 4, language: this.#language, lost: this.#lost };
    return traceText(this.analysis, options);
  }

  html(): string {
    const rows = this.packets;
    const shown =
      rows.length > TABLE_ROWS ? [...rows.slice(0, TABLE_ROWS / 2), ...rows.slice(-TABLE_ROWS / 2)] : rows;
    const zh = this.#language === 'zh';
    const title = zh ? `报文段 ${rows.length} 个` : `${rows.length} segments`;
    const cut =
      shown.length < rows.length
        ? `<p>${zh ? `只列出前后各 ${TABLE_ROWS / 2} 个` : `the first and last ${TABLE_ROWS / 2} of them`}</p>`
        : '';
    const table = rows.length === 0 ? '' : tableHtml(shown.map((row) => ({ ...row })));
    return `${this.#drawings()}<details><summary>${escapeHtml(title)}</summary>${cut}${table}</details>`;
  }

  /** Drawings stand in the page as pictures, so that their style stays theirs. */
  #drawings(): string {
    const pictures = this.connections
      .slice(0, LADDERS)
      .map((connection) => pictureHtml(this.#svg(connection), altOf(connection)));
    const more = this.connections.length - LADDERS;
    if (more > 0) {
      pictures.push(
        `<p>${this.#language === 'zh' ? `另有 ${more} 个连接：t.ladder(${LADDERS})` : `${more} more connections: t.ladder(${LADDERS})`}</p>`,
      );
    }
    return pictures.join('\n');
  }

  #svg(connection: Connection): string {
    return ladderSvg(
      ladderOf(connection, { elide: ELIDE, notesOf: noteNames, language: this.#language, lost: this.#lost }),
      'paper',
    );
  }

  bundle(): MimeBundle {
    const [first] = this.connections;
    const drawing = this.connections.length === 1 && first ? { 'image/svg+xml': this.#svg(first) } : {};
    return { 'text/plain': this.text(), 'text/html': this.html(), ...drawing };
  }
}

const altOf = ({ initiator, responder }: Connection): string =>
  `${formatEndpoint(initiator)} – ${formatEndpoint(responder)}`;

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

/** Application protocols to look for in a capture: what cells named, what comes with the kit, HTTP, FastCGI. */
export function appProtocols(own: readonly Protocol[]): AppProtocol[] {
  const shipped = shippedProtocols().map(loadProtocol);
  return [...own, ...shipped].map(chatProtocol).concat([HTTP, FASTCGI]);
}

/** A capture file, or the text that tcpdump printed. */
export function viewOfFile(path: string, protocols: readonly AppProtocol[], language: Language): TraceView {
  const bytes = readFileSync(path);
  const analysis = looksLikeCapture(bytes)
    ? analyse(bytes, { protocols })
    : analyseText(bytes.toString('utf8'), { protocols });
  return new TraceView(analysis, language, looksLikeCapture(bytes) ? path : undefined);
}
