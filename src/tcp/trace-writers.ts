/** The forms of a trace, written one connection at a time. */
import type { Analysis } from './analyser.ts';
import type { Digest } from './digest.ts';
import { ladderMermaid } from './ladder-mermaid.ts';
import { ladderSvg } from './ladder-svg.ts';
import {
  connectionJson,
  digestSegments,
  openingJson,
  segmentJson,
  sumJson,
  TRACE_JSON_VERSION,
} from './trace-json.ts';
import { sectionMarkdown, sumMarkdown, titleMarkdown } from './trace-markdown.ts';
import { partsFrom } from './trace-parts.ts';
import type { TraceSource, TraceStreamOptions } from './trace-stream.ts';
import { connectionText, sumText } from './trace-text.ts';
import { wordsOf } from './words.ts';

export interface TraceWriter {
  /** The sum is there when nothing had to be written before the capture's end. */
  begin(sum: Analysis | undefined, shown: number): void;
  connection(digest: Digest): void;
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

function pageWriter({ write, language }: TraceStreamOptions, page: Page): TraceWriter {
  let sumWritten = false;
  return {
    begin(sum, shown) {
      sumWritten = sum !== undefined;
      write(page.title);
      write(`${sum === undefined ? wordsOf(language).inOrderOfEnd : page.sum(sum, shown)}\n`);
    },
    connection: (digest) => write(`\n${page.connection(digest)}\n`),
    end(sum, shown) {
      if (!sumWritten) write(`\n${page.sum(sum, shown)}\n`);
    },
  };
}

/** One JSON value, a segment at a time: a connection with all its segments may be longer than a string can be. */
function jsonWriter(options: TraceStreamOptions, source: TraceSource): TraceWriter {
  const { write } = options;
  let first = true;
  return {
    begin(sum) {
      const opening = openingJson((sum ?? source).epochNs, options);
      write(`${inside({ version: TRACE_JSON_VERSION, ...opening })},"connections":[`);
    },
    connection(digest) {
      write(`${first ? '' : ','}\n${inside(connectionJson(digest, options))},"segments":[`);
      first = false;
      digestSegments(digest).forEach((segment, index) =>
        write((index === 0 ? '' : ',') + JSON.stringify(segmentJson(segment))),
      );
      write(']}');
    },
    end: (sum) => write(`],${JSON.stringify(sumJson(sum)).slice(1)}\n`),
  };
}

/** An object's JSON without its last brace. */
const inside = (value: object): string => JSON.stringify(value).slice(0, -1);

function drawingWriter({ write }: TraceStreamOptions, draw: (digest: Digest) => string): TraceWriter {
  return {
    begin: () => undefined,
    connection: (digest) => write(`${draw(digest)}\n`),
    end: () => undefined,
  };
}
