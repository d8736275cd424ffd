/** One host's capture as a notebook shows it: ladders, packets as a table, what stands out. */
import { readFileSync } from 'node:fs';
import { chatProtocol, type Language } from '../check/index.ts';
import { shownAs } from '../repl/index.ts';
import {
  analyse,
  type Analysis,
  analyseText,
  type AppProtocol,
  type Connection,
  FASTCGI,
  findingsOf,
  FLAG,
  flagNames,
  formatEndpoint,
  HTTP,
  ladderOf,
  ladderSvg,
  looksLikeCapture,
  NOTE,
  noteNames,
  otherSide,
  summaryIn,
  timelineOf,
  traceText,
  wasOvertaken,
} from '../tcp/index.ts';
import { loadProtocol, type Protocol, shippedProtocols } from '../wire/index.ts';
import { displayedAs, drawingBundle, escapeHtml, pictureHtml, tableHtml } from './mime.ts';
import type { MimeBundle } from './outputs.ts';

/** Ladders longer than this show their ends. */
const ELIDE = { head: 14, tail: 8 };
const LADDERS = 3;
const TABLE_ROWS = 60;

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
