/**
 * FastCGI (the Open Market specification 1.0 of 1996, sections 3 to 5): records of a fixed header and content, many
 * requests on one connection. Recognised by its first record; ports do not tell.
 */
import type { Span } from '../../bytes/index.ts';
import type { AppDecoder, AppMessage, AppProtocol, Opening } from '../app.ts';
import { u16be, u32be, u8 } from '../integers.ts';
import type { Side } from '../segment.ts';
import { Pending } from './pending.ts';

const HEADER = 8;
const TYPES = [
  '',
  'BEGIN_REQUEST',
  'ABORT_REQUEST',
  'END_REQUEST',
  'PARAMS',
  'STDIN',
  'STDOUT',
  'STDERR',
  'DATA',
  'GET_VALUES',
  'GET_VALUES_RESULT',
  'UNKNOWN_TYPE',
] as const;
const BEGIN_REQUEST = 1;
const GET_VALUES = 9;
const ROLES = ['', 'RESPONDER', 'AUTHORIZER', 'FILTER'];
const STATUSES = ['REQUEST_COMPLETE', 'CANT_MPX_CONN', 'OVERLOADED', 'UNKNOWN_ROLE'];
const PREVIEW = 60;

/** What is told of a record behind its name and number, in both languages. */
type Told = readonly [en: string, zh: string];
const EMPTY: Told = [', empty: the stream ends', '，空：流到此结束'];

class FastCgiDecoder implements AppDecoder {
  readonly #pending: readonly [Pending, Pending] = [new Pending(), new Pending()];
  readonly #lost = [false, false];
  /** The end of a PARAMS record may cut a pair; its rest begins the next record. */
  #carried = 0;

  feed(side: Side, bytes: Uint8Array, offset: number): AppMessage[] {
    if (this.#lost[side] === true) return [];
    const pending = this.#pending[side];
    pending.append(bytes, offset);
    const messages: AppMessage[] = [];
    while (pending.bytes.length >= HEADER) {
      if (u8(pending.bytes, 0) !== 1) {
        messages.push(this.#giveUp(side, version(u8(pending.bytes, 0))));
        break;
      }
      const size = HEADER + u16be(pending.bytes, 4) + u8(pending.bytes, 6);
      if (pending.bytes.length < size) break;
      messages.push(this.#record(side, pending.bytes.subarray(0, size), pending.offset));
      pending.drop(size);
    }
    pending.settle();
    return messages;
  }

  gap(side: Side, _offset: number, length: number): AppMessage[] {
    if (this.#lost[side] === true) return [];
    return [this.#giveUp(side, [`${length} bytes are not in the capture`, `抓包中缺少 ${length} 字节`])];
  }

  end(side: Side): AppMessage[] {
    if (this.#lost[side] === true || this.#pending[side].bytes.length === 0) return [];
    return [this.#giveUp(side, ['the stream ends inside a record', '流在一条记录中间结束'])];
  }

  #giveUp(side: Side, [problem, zh]: Told): AppMessage {
    this.#lost[side] = true;
    const { offset, bytes } = this.#pending[side];
    const said = { summary: `not decoded: ${problem}`, summaryZh: `未解码：${zh}` };
    return { side, name: 'undecoded', ...said, offset, length: bytes.length, fields: [], problem };
  }

  #record(side: Side, record: Uint8Array, offset: number): AppMessage {
    const type = u8(record, 1);
    const name = TYPES[type] ?? `type ${type}`;
    const id = u16be(record, 2);
    const contentLength = u16be(record, 4);
    const paddingLength = u8(record, 6);
    const content = record.subarray(HEADER, HEADER + contentLength);
    const fields: Span[] = [
      { offset: 0, length: 1, label: 'version', value: '1' },
      { offset: 1, length: 1, label: 'type', value: `${type} ${name}` },
      { offset: 2, length: 2, label: 'request id', value: String(id) },
      { offset: 4, length: 2, label: 'content length', value: String(contentLength) },
      { offset: 6, length: 1, label: 'padding length', value: String(paddingLength) },
      { offset: 7, length: 1, label: 'reserved' },
    ];
    const [en, zh] = this.#content(name, content, fields);
    if (paddingLength > 0) {
      fields.push({ offset: HEADER + contentLength, length: paddingLength, label: 'padding' });
    }
    const said = { summary: `${name} #${id}${en}`, summaryZh: `${name} #${id}${zh}` };
    return { side, name, ...said, offset, length: record.length, fields };
  }

  /** Adds the content's fields; answers with what to say of it. */
  #content(name: string, content: Uint8Array, fields: Span[]): Told {
    switch (name) {
      case 'BEGIN_REQUEST': {
        const role = ROLES[u16be(content, 0)] ?? String(u16be(content, 0));
        const keep = (u8(content, 2) & 1) === 1;
        fields.push(
          { offset: 8, length: 2, label: 'role', value: role },
          { offset: 10, length: 1, label: 'flags', value: keep ? 'KEEP_CONN' : 'close after the answer' },
          { offset: 11, length: 5, label: 'reserved' },
        );
        return [
          ` ${role}, ${keep ? 'keep the connection' : 'close the connection after the answer'}`,
          ` ${role}，${keep ? '保持连接' : '回答之后关闭连接'}`,
        ];
      }
      case 'END_REQUEST': {
        const status = STATUSES[u8(content, 4)] ?? String(u8(content, 4));
        fields.push(
          { offset: 8, length: 4, label: 'application status', value: String(u32be(content, 0)) },
          { offset: 12, length: 1, label: 'protocol status', value: status },
          { offset: 13, length: 3, label: 'reserved' },
        );
        return [
          ` ${status}, application status ${u32be(content, 0)}`,
          ` ${status}，应用程序状态 ${u32be(content, 0)}`,
        ];
      }
      case 'PARAMS':
      case 'GET_VALUES':
      case 'GET_VALUES_RESULT':
        return this.#pairs(content, fields);
      default:
        if (content.length === 0) return EMPTY;
        fields.push({ offset: HEADER, length: content.length, label: 'content' });
        return [
          `, ${content.length} bytes: ${preview(content)}`,
          `，${content.length} 字节：${preview(content)}`,
        ];
    }
  }

  /** Name-value pairs (section 3.4): lengths of one byte, or of four with the highest bit set. */
  #pairs(content: Uint8Array, fields: Span[]): Told {
    if (content.length === 0) return EMPTY;
    let at = Math.min(this.#carried, content.length);
    if (at > 0) fields.push({ offset: HEADER, length: at, label: 'rest of the pair before' });
    this.#carried -= at;
    let count = 0;
    while (at < content.length) {
      const nameLength = readLength(content, at);
      const valueLength = readLength(content, at + nameLength.size);
      const start = at + nameLength.size + valueLength.size;
      const end = start + nameLength.value + valueLength.value;
      const label = latin1(content.subarray(start, start + nameLength.value)) || 'pair';
      const value = latin1(content.subarray(start + nameLength.value, end));
      fields.push({ offset: HEADER + at, length: Math.min(end, content.length) - at, label, value });
      count++;
      this.#carried = Math.max(0, end - content.length);
      at = end;
    }
    return [
      `, ${count} parameters in ${content.length} bytes`,
      `，${count} 个参数，共 ${content.length} 字节`,
    ];
  }
}

function readLength(bytes: Uint8Array, at: number): { value: number; size: number } {
  const first = u8(bytes, at);
  return first < 0x80 ? { value: first, size: 1 } : { value: u32be(bytes, at) & 0x7fffffff, size: 4 };
}

const version = (found: number): Told => [`record version ${found} is not 1`, `记录版本是 ${found}，不是 1`];

function preview(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, PREVIEW));
  return bytes.length > PREVIEW ? `${text}…` : text;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The first record of a web server begins a request with 8 bytes of content (or asks for values). */
function recognise({ first: [request] }: Opening): 'yes' | 'no' | 'more' {
  const type = u8(request, 1);
  if (request.length > 0 && u8(request, 0) !== 1) return 'no';
  if (request.length > 1 && type !== BEGIN_REQUEST && type !== GET_VALUES) return 'no';
  if (request.length < HEADER + 2) return 'more';
  if (type === GET_VALUES) return u16be(request, 2) === 0 && u8(request, 7) === 0 ? 'yes' : 'no';
  const role = u16be(request, HEADER);
  return u16be(request, 4) === 8 && u8(request, 7) === 0 && role >= 1 && role <= 3 ? 'yes' : 'no';
}

export const FASTCGI: AppProtocol = { name: 'FastCGI', recognise, open: () => new FastCgiDecoder() };
