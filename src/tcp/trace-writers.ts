/** The forms of a trace, written one connection at a time. */
import { safeJson } from '../bytes/index.ts';
import type { Analysis } from './analyser.ts';
import { ConnectionBytes } from './connection-bytes.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { Digest } from './digest.ts';
import { ChunkPool } from './json-bytes.ts';
import { ladderMermaid } from './ladder-mermaid.ts';
import { ladderSvg } from './ladder-svg.ts';
import { KEEP_ALL, KEEP_FOR_JSON } from './retention.ts';
import { Segment } from './segment.ts';
import { openingJson, sumJson, TRACE_JSON_VERSION } from './trace-json.ts';
import { sectionMarkdown, sumMarkdown, titleMarkdown } from './trace-markdown.ts';
import { pageDigest, partsFrom } from './trace-parts.ts';
import type { TraceSource, TraceStreamOptions } from './trace-stream.ts';
import { connectionText, sumText } from './trace-text.ts';
import { wordsOf } from './words.ts';

/** A connection as it is being told. */
export interface Told {
  readonly connection: Connection;
  /** Messages come before the segment that completed them. */
  message(message: CitedMessage): void;
  /** Takes the segment for good; answers with one to fill next, which may be the same. */
  accept(segment: Segment): Segment;
  /** Writes it. Nothing of it may come afterwards. */
  tell(): void;
}

export interface TraceWriter {
  /** How many segments the connections may have that are over and not told yet. */
  readonly maxWaitingSegments: number;
  /** The sum is there when nothing had to be written before the capture's end. */
  begin(sum: Analysis | undefined, shown: number): void;
  open(connection: Connection): Told;
  end(sum: Analysis, shown: number): void;
}

export function writerFor(options: TraceStreamOptions, source: TraceSource): TraceWriter {
  switch (options.format) {
    case 'text':
      return pageWriter(options, {
        title: '',
        sum: (sum, shown) => sumText(sum, options, shown),
        connection: (digest) => connectionText(partsFrom(digest, options), options),
      });
    case 'md':
      return pageWriter(options, {
        title: `${titleMarkdown(options.title)}\n`,
        sum: (sum, shown) => sumMarkdown(sum, options, shown),
        connection: (digest) => sectionMarkdown(partsFrom(digest, options), options),
      });
    case 'json':
      return jsonWriter(options, source);
    case 'mermaid':
      return drawingWriter(options, (digest) => ladderMermaid(partsFrom(digest, options).ladder));
    case 'svg':
      return drawingWriter(options, (digest) => ladderSvg(partsFrom(digest, options).ladder));
  }
}

interface Page {
  readonly title: string;
  readonly sum: (sum: Analysis, shown: number) => string;
  readonly connection: (digest: Digest) => string;
}

function pageWriter(options: TraceStreamOptions, page: Page): TraceWriter {
  const { write, language } = options;
  let sumWritten = false;
  return {
    maxWaitingSegments: Infinity,
    begin(sum, shown) {
      sumWritten = sum !== undefined;
      write(page.title);
      write(`${sum === undefined ? wordsOf(language).inOrderOfEnd : page.sum(sum, shown)}\n`);
    },
    open: (connection) => digested(connection, options, (digest) => write(`\n${page.connection(digest)}\n`)),
    end(sum, shown) {
      if (!sumWritten) write(`\n${page.sum(sum, shown)}\n`);
    },
  };
}

function digested(connection: Connection, options: TraceStreamOptions, tell: (digest: Digest) => void): Told {
  const digest = new Digest(connection, pageDigest(options));
  return {
    connection,
    message: (message) => digest.message(message),
    accept: (segment) => digest.accept(segment) ?? new Segment(),
    tell: () => tell(digest),
  };
}

/** JSON has nearly all segments of a connection, a page only a few dozen. */
const MAX_WAITING_SEGMENTS = 16_384;

/** One JSON value, in parts: a connection with all its segments may be longer than a string can be. */
function jsonWriter(options: TraceStreamOptions, source: TraceSource): TraceWriter {
  const { write } = options;
  const retention = options.elide === undefined ? KEEP_ALL : KEEP_FOR_JSON;
  const pool = new ChunkPool();
  let first = true;
  return {
    maxWaitingSegments: MAX_WAITING_SEGMENTS,
    begin(sum) {
      const opening = { version: TRACE_JSON_VERSION, ...openingJson((sum ?? source).epochNs, options) };
      write(`${JSON.stringify(opening).slice(0, -1)},"connections":[`);
    },
    open(connection) {
      const bytes = new ConnectionBytes(connection, retention, pool);
      return {
        connection,
        message: (message) => bytes.message(message),
        accept: (segment) => bytes.accept(segment),
        tell() {
          write(first ? '\n' : ',\n');
          first = false;
          bytes.tell(options, write);
        },
      };
    },
    end: (sum) => write(`],${safeJson(JSON.stringify(sumJson(sum))).slice(1)}\n`),
  };
}

function drawingWriter(options: TraceStreamOptions, draw: (digest: Digest) => string): TraceWriter {
  const { write } = options;
  return {
    maxWaitingSegments: Infinity,
    begin: () => undefined,
    open: (connection) => digested(connection, options, (digest) => write(`${draw(digest)}\n`)),
    end: () => undefined,
  };
}
