/**
 * HTTP/1.x (RFC 9112): messages with their heads, bodies by Content-Length, chunked or up to the end of the connection.
 * A message's fields `head` and `body` are ranges of the stream, so that one can say which segments carried which. Bodies
 * are counted and not kept.
 */
import type { Span } from '../../bytes/index.ts';
import type { AppDecoder, AppMessage, AppProtocol, Opening } from '../app.ts';
import type { Side } from '../segment.ts';
import { Pending } from './pending.ts';

const MAX_HEAD = 65_536;
const MAX_CHUNK_LINE = 4096;
const METHODS = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT'];

type Body =
  | { kind: 'none' }
  | { kind: 'length'; left: number }
  /** `left` bytes of the current chunk and its line end, or one of the marks below. */
  | { kind: 'chunked'; left: number; chunks: number }
  | { kind: 'until-end' };

/** Marks for `left` in a chunked body. */
const SIZE_LINE = -1;
const TRAILERS = -2;
const ENDED = -3;

type Open = {
  offset: number;
  headLength: number;
  startLine: string;
  fields: Span[];
  body: Body;
  bodyBytes: number;
  total: number;
};

class HttpSide {
  readonly pending = new Pending();
  open: Open | undefined;
  /** Nothing more can be understood: another protocol took over, or bytes are missing. */
  lost = false;
}

class HttpDecoder implements AppDecoder {
  readonly #sides: readonly [HttpSide, HttpSide] = [new HttpSide(), new HttpSide()];
  /** Methods of requests that have no response yet: a response to HEAD has no body. */
  readonly #methods: string[] = [];

  feed(side: Side, bytes: Uint8Array, offset: number): AppMessage[] {
    const state = this.#sides[side];
    if (state.lost) return [];
    state.pending.append(bytes, offset);
    const messages: AppMessage[] = [];
    while (state.pending.bytes.length > 0 || isDone(state.open)) {
      const progress = state.open === undefined ? this.#head(side, state) : readBody(state);
      if (isDone(state.open)) messages.push(this.#finish(side, state, state.open));
      if (progress === 'lost') {
        messages.push(this.#giveUp(side, state, 'not HTTP/1.x from here on'));
        break;
      }
      if (progress === 'more') break;
    }
    state.pending.settle();
    return messages;
  }

  gap(side: Side, offset: number, length: number): AppMessage[] {
    const state = this.#sides[side];
    if (state.lost) return [];
    const body = state.open?.body;
    if (state.open !== undefined && body?.kind === 'length' && body.left >= length) {
      body.left -= length;
      state.open.bodyBytes += length;
      state.open.total += length;
      return this.feed(side, new Uint8Array(0), offset + length);
    }
    return [this.#giveUp(side, state, `${length} bytes are not in the capture`)];
  }

  end(side: Side): AppMessage[] {
    const state = this.#sides[side];
    const { open } = state;
    if (open === undefined || state.lost) return [];
    const problem = open.body.kind === 'until-end' ? undefined : 'the stream ends inside the message';
    return [this.#finish(side, state, open, problem)];
  }

  #head(side: Side, state: HttpSide): 'on' | 'more' | 'lost' {
    const { pending } = state;
    // A stray line end between messages is to be ignored (RFC 9112, section 2.2).
    while (pending.bytes[0] === 13 || pending.bytes[0] === 10) pending.drop(1);
    const headLength = headEnd(pending.bytes);
    if (headLength < 0) {
      if (pending.bytes.length > MAX_HEAD || !couldBeHead(pending.bytes, side)) return 'lost';
      return 'more';
    }
    const { startLine, fields, headers } = readHead(pending.bytes, headLength);
    const isResponse = startLine.startsWith('HTTP/');
    if (!isResponse && !/^\S+ \S+ HTTP\/1\.\d$/.test(startLine)) return 'lost';
    const body = isResponse ? this.#responseBody(startLine, headers) : bodyOf(headers, { kind: 'none' });
    if (!isResponse) this.#methods.push(startLine.split(' ')[0] ?? '');
    const { offset } = pending;
    state.open = { offset, headLength, startLine, fields, body, bodyBytes: 0, total: headLength };
    pending.drop(headLength);
    return 'on';
  }

  /** RFC 9112, section 6.3. */
  #responseBody(startLine: string, headers: ReadonlyMap<string, string>): Body {
    const status = Number(startLine.split(' ')[1]);
    if (status >= 100 && status < 200) return { kind: 'none' };
    const method = this.#methods.shift();
    if (method === 'HEAD' || status === 204 || status === 304) return { kind: 'none' };
    return bodyOf(headers, { kind: 'until-end' });
  }

  #finish(side: Side, state: HttpSide, open: Open, problem?: string): AppMessage {
    state.open = undefined;
    if (open.startLine.startsWith('HTTP/1.1 101')) this.#sides.forEach((each) => (each.lost = true));
    const chunked = open.body.kind === 'chunked' ? ` in ${open.body.chunks} chunks` : '';
    const size = open.total > open.headLength ? `, ${open.bodyBytes} bytes of body${chunked}` : '';
    const head: Span = { offset: 0, length: open.headLength, label: 'head' };
    const rest = open.total - open.headLength;
    const body: Span[] = rest > 0 ? [{ offset: open.headLength, length: rest, label: 'body' }] : [];
    return {
      side,
      name: open.startLine.startsWith('HTTP/') ? 'response' : 'request',
      summary: `${open.startLine}${size}`,
      offset: open.offset,
      length: open.total,
      fields: [head, ...open.fields, ...body],
      ...(problem === undefined ? {} : { problem }),
    };
  }

  #giveUp(side: Side, state: HttpSide, problem: string): AppMessage {
    state.lost = true;
    const offset = state.open?.offset ?? state.pending.offset;
    const length = (state.open?.total ?? 0) + state.pending.bytes.length;
    return {
      side,
      name: 'undecoded',
      summary: `not decoded: ${problem}`,
      offset,
      length,
      fields: [],
      problem,
    };
  }
}

function isDone(open: Open | undefined): open is Open {
  if (open === undefined) return false;
  const { body } = open;
  if (body.kind === 'chunked') return body.left === ENDED;
  return body.kind === 'none' || (body.kind === 'length' && body.left === 0);
}

/** Takes what there is of a body.  */
function readBody(state: HttpSide): 'on' | 'more' | 'lost' {
  const { open, pending } = state;
  if (open === undefined) return 'on';
  const { body } = open;
  switch (body.kind) {
    case 'none':
      return 'on';
    case 'length':
    case 'until-end': {
      const count = body.kind === 'length' ? Math.min(body.left, pending.bytes.length) : pending.bytes.length;
      if (body.kind === 'length') body.left -= count;
      take(state, open, count, count);
      return 'on';
    }
    case 'chunked':
      return readChunk(state, open, body);
  }
}

function readChunk(state: HttpSide, open: Open, body: Body & { kind: 'chunked' }): 'on' | 'more' | 'lost' {
  const { pending } = state;
  if (body.left >= 0) {
    const count = Math.min(body.left, pending.bytes.length);
    body.left -= count;
    // The last two of `left` are the line end behind the chunk.
    const lineEnd = Math.max(0, 2 - body.left) - Math.max(0, 2 - body.left - count);
    take(state, open, count, count - lineEnd);
    if (body.left === 0) body.left = SIZE_LINE;
    return 'on';
  }
  const end = pending.bytes.indexOf(10);
  if (end < 0) return pending.bytes.length > MAX_CHUNK_LINE ? 'lost' : 'more';
  const line = latin1(pending.bytes.subarray(0, end)).trim();
  if (body.left === TRAILERS) {
    take(state, open, end + 1, 0);
    // An empty line ends the trailers.
    if (line === '') body.left = ENDED;
    return 'on';
  }
  const size = /^([0-9a-f]{1,8})\s*(;|$)/i.exec(line)?.[1];
  if (size === undefined) return 'lost';
  take(state, open, end + 1, 0);
  const length = Number.parseInt(size, 16);
  if (length > 0) body.chunks++;
  body.left = length === 0 ? TRAILERS : length + 2;
  return 'on';
}

function take(state: HttpSide, open: Open, count: number, ofBody: number): void {
  state.pending.drop(count);
  open.total += count;
  open.bodyBytes += ofBody;
}

function bodyOf(headers: ReadonlyMap<string, string>, otherwise: Body): Body {
  if (/\bchunked\b/i.test(headers.get('transfer-encoding') ?? ''))
    return { kind: 'chunked', left: SIZE_LINE, chunks: 0 };
  const length = headers.get('content-length');
  if (length !== undefined && /^\d{1,15}$/.test(length)) return { kind: 'length', left: Number(length) };
  return otherwise;
}

/** Length of a head with its empty line; -1 when it is not whole. */
function headEnd(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

function readHead(
  bytes: Uint8Array,
  length: number,
): { startLine: string; fields: Span[]; headers: Map<string, string> } {
  const headers = new Map<string, string>();
  const fields: Span[] = [];
  let startLine = '';
  for (let at = 0; at < length;) {
    const end = bytes.indexOf(10, at);
    const line = latin1(bytes.subarray(at, end)).replace(/\r$/, '');
    const size = end + 1 - at;
    if (at === 0) {
      startLine = line;
      fields.push({
        offset: 0,
        length: size,
        label: line.startsWith('HTTP/') ? 'status line' : 'request line',
        value: line,
      });
    } else if (line !== '') {
      const colon = line.indexOf(':');
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).trim();
      headers.set(name.toLowerCase(), value);
      fields.push({ offset: at, length: size, label: name, value });
    } else fields.push({ offset: at, length: size, label: 'end of head' });
    at = end + 1;
  }
  return { startLine, fields, headers };
}

function couldBeHead(bytes: Uint8Array, side: Side): boolean {
  const start = latin1(bytes.subarray(0, 16));
  if (side === 1) return 'HTTP/1.'.startsWith(start.slice(0, 7));
  return /^[A-Z]{1,16}( |$)/.test(start);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function recognise({ first: [request, response] }: Opening): 'yes' | 'no' | 'more' {
  const start = latin1(request.subarray(0, 16));
  if (METHODS.some((method) => start.startsWith(`${method} `))) return 'yes';
  if (start !== '') return METHODS.some((method) => `${method} `.startsWith(start)) ? 'more' : 'no';
  const answer = latin1(response.subarray(0, 7));
  if (answer === 'HTTP/1.') return 'yes';
  return 'HTTP/1.'.startsWith(answer) ? 'more' : 'no';
}

export const HTTP: AppProtocol = { name: 'HTTP', recognise, open: () => new HttpDecoder() };
