/**
 * A trace that is written while the capture is read. A connection is told when it is over (see `over-queue.ts`) and let go
 * of; those that are there at the capture's end are told then, by number. What is kept of an open one is its digest.
 */
import { KitError, text } from '../bytes/index.ts';
import { Analyser, type Analysis } from './analyser.ts';
import type { AppProtocol } from './app.ts';
import type { Connection } from './connection.ts';
import type { CaptureProblem, Packet } from './packet.ts';
import type { Segment } from './segment.ts';
import type { TraceOptions } from './trace-parts.ts';
import { writerFor, type Told, type TraceWriter } from './trace-writers.ts';

export const TRACE_FORMATS = ['text', 'md', 'mermaid', 'svg', 'json'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

/** What is known of the input while it is read; `CaptureReader` is one. */
export interface TraceSource {
  readonly epochNs: bigint | undefined;
  readonly problems: readonly CaptureProblem[];
}

export interface TraceStreamOptions extends TraceOptions {
  readonly format: TraceFormat;
  readonly protocols: readonly AppProtocol[];
  /** The name of what is read. */
  readonly title: string;
  /** Only this connection. */
  readonly only?: number;
  /** Takes the next part of the output: text, or bytes of UTF-8, which are used again when `write` has returned. */
  readonly write: (part: string | Uint8Array) => void;
}

export class TraceStream {
  readonly #options: TraceStreamOptions;
  readonly #analyser: Analyser;
  readonly #writer: TraceWriter;
  readonly #told = new Map<number, Told>();
  #last: Told | undefined;
  #shown = 0;
  #ending = false;

  constructor(source: TraceSource, options: TraceStreamOptions) {
    this.#options = options;
    this.#writer = writerFor(options, source);
    const { only, protocols } = options;
    // A drawing without a number shows the only connection; that there is but one is known at the end.
    const wanted = only ?? (isDrawing(options) ? 0 : undefined);
    this.#analyser = new Analyser({
      keep: false,
      maxWaitingSegments: this.#writer.maxWaitingSegments,
      protocols,
      ...(wanted === undefined ? {} : { wanted: (id: number) => id === wanted }),
      takeSegment: (connection, segment) => {
        if (wanted !== undefined && connection.id !== wanted) return segment;
        return this.#tellOf(connection).accept(segment);
      },
      onMessage: (connection, message) => this.#tellOf(connection).message(message),
      onConnectionEnd: (connection) => this.#over(connection),
    });
  }

  packet(packet: Packet): void {
    this.#analyser.packet(packet);
  }

  segment(segment: Segment): void {
    this.#analyser.segment(segment);
  }

  /** The capture is over: writes what is left. Throws when the connection that was asked for is not there. */
  end(source: TraceSource): void {
    this.#ending = true;
    const analysis = this.#analyser.end(source);
    this.#check(analysis);
    const left = [...this.#told.values()].sort((a, b) => a.connection.id - b.connection.id);
    const shown = this.#shown + left.length;
    if (this.#shown === 0) this.#writer.begin(analysis, shown);
    for (const told of left) told.tell();
    this.#writer.end(analysis, shown);
  }

  #tellOf(connection: Connection): Told {
    if (this.#last?.connection === connection) return this.#last;
    let told = this.#told.get(connection.id);
    if (told === undefined) {
      told = this.#writer.open(connection);
      this.#told.set(connection.id, told);
    }
    this.#last = told;
    return told;
  }

  #over(connection: Connection): void {
    const told = this.#told.get(connection.id);
    if (told === undefined || this.#ending || isDrawing(this.#options)) return;
    if (this.#shown++ === 0) this.#writer.begin(undefined, 0);
    told.tell();
    this.#told.delete(connection.id);
    if (this.#last === told) this.#last = undefined;
  }

  #check({ connectionCount: count }: Analysis): void {
    const { only } = this.#options;
    if (only !== undefined && only >= count) {
      throw new KitError(
        'no-such-connection',
        text(`the capture has no connection ${only}`, `抓包中没有连接 ${only}`),
        {
          fault: 'usage',
          hint:
            count === 0
              ? text('It has none at all.', '其中一个连接也没有。')
              : text(`There are ${count}, numbered from 0.`, `共有 ${count} 个，从 0 开始编号。`),
        },
      );
    }
    if (isDrawing(this.#options) && only === undefined && count !== 1) {
      throw new KitError(
        'not-one-connection',
        text(`a drawing shows one connection; there are ${count}`, `图中只画一个连接；这里有 ${count} 个`),
        {
          fault: 'usage',
          hint: text('Choose one with --connection NUMBER.', '请用 --connection 编号 选择一个。'),
        },
      );
    }
  }
}

const isDrawing = ({ format }: TraceStreamOptions): boolean => format === 'mermaid' || format === 'svg';
