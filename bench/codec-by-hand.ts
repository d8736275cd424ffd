import { Buffer, isUtf8 } from 'node:buffer';
import {
  type ClientEntry,
  type ClientId,
  type EpochMs,
  type Message,
  type RequestNumber,
} from '../src/wire/index.ts';
import { type Writer } from '../src/bytes/index.ts';

/**
 * A codec of clp as one would write it by hand, for speed: DataView-free, one function for each packet, the same checks
 * that docs/PROTOCOL.md asks for. The measure for the compiled codec, and nothing else.
 */

const HEADER = 16;
const MAX = 16384;
const OPERATIONS: Partial<Record<Message['type'], readonly [kind: number, operation: number]>> = {
  'time.request': [1, 2],
  'time.response': [2, 2],
  'list.response': [2, 4],
  'send.request': [1, 5],
  'send.response': [2, 5],
  'deliver.indication': [3, 6],
};

export function encodeByHand(m: Message, w: Writer): void {
  const code = OPERATIONS[m.type];
  if (code === undefined) throw new Error('not in this benchmark');
  const start = w.length;
  w.ensure(HEADER + 64);
  let b = w.bytes;
  let p = start + HEADER;
  switch (m.type) {
    case 'time.request':
      break;
    case 'time.response': {
      if (!Number.isSafeInteger(m.time) || m.time < 0) throw new RangeError('time');
      b.writeUInt32BE(Math.floor(m.time / 4294967296), p);
      b.writeUInt32BE(m.time >>> 0, p + 4);
      p += 8;
      break;
    }
    case 'send.request': {
      const bytes = Buffer.byteLength(m.text);
      if (bytes > 4096) throw new RangeError('text');
      w.ensure(HEADER + 4 + bytes);
      b = w.bytes;
      b.writeUInt32BE(m.to, p);
      b.write(m.text, p + 4, 'utf8');
      p += 4 + bytes;
      break;
    }
    case 'send.response':
      b[p++] = m.outcome === 'delivered' ? 1 : 2;
      break;
    case 'deliver.indication': {
      const bytes = Buffer.byteLength(m.text);
      if (bytes > 4096) throw new RangeError('text');
      w.ensure(HEADER + 22 + bytes);
      b = w.bytes;
      b.writeUInt32BE(m.from, p);
      mapped(b, p + 4, m.fromAddress);
      b.writeUInt16BE(m.fromPort, p + 20);
      b.write(m.text, p + 22, 'utf8');
      p += 22 + bytes;
      break;
    }
    case 'list.response': {
      b[p] = m.more ? 1 : 0;
      b.writeUInt16BE(m.clients.length, p + 1);
      p += 3;
      for (const client of m.clients) {
        const bytes = Buffer.byteLength(client.name);
        if (bytes > 64) throw new RangeError('name');
        w.length = p;
        w.ensure(23 + bytes);
        w.length = start;
        b = w.bytes;
        b.writeUInt32BE(client.id, p);
        mapped(b, p + 4, client.address);
        b.writeUInt16BE(client.port, p + 20);
        b[p + 22] = bytes;
        b.write(client.name, p + 23, 'utf8');
        p += 23 + bytes;
      }
      break;
    }
    default:
      throw new Error('not in this benchmark');
  }
  if (p - start > MAX) throw new RangeError('packet');
  b.writeUInt32BE(0x434c0100 | code[0], start);
  b.writeUInt32BE(code[1] << 24, start + 4);
  b.writeUInt32BE(m.request, start + 8);
  b.writeUInt32BE(p - start - HEADER, start + 12);
  w.length = p;
}

/** An IPv4 address in its IPv6 form. */
function mapped(b: Buffer, at: number, address: string): void {
  b.fill(0, at, at + 10);
  b[at + 10] = 0xff;
  b[at + 11] = 0xff;
  const parts = address.split('.');
  if (parts.length !== 4) throw new RangeError('address');
  for (let i = 0; i < 4; i++) {
    const part = Number(parts[i]);
    if (!(part >= 0 && part <= 255)) throw new RangeError('address');
    b[at + 12 + i] = part;
  }
}

/** The packet at `s`, which must be whole; undefined for bytes that are none. */
export function decodeByHand(
  b: Buffer,
  s: number,
  end: number,
): { message: Message; next: number } | undefined {
  if (end - s < HEADER) return undefined;
  const word = b.readUInt32BE(s);
  if (word >>> 8 !== 0x434c01 || b.readUInt16BE(s + 6) !== 0) return undefined;
  const length = b.readUInt32BE(s + 12);
  const next = s + HEADER + length;
  if (length > MAX - HEADER || next > end || b[s + 5] !== 0) return undefined;
  const request = b.readUInt32BE(s + 8) as RequestNumber;
  const message = payload(b, (word & 0xff) * 16 + (b[s + 4] ?? 0), request, s + HEADER, next);
  return message === undefined ? undefined : { message, next };
}

function payload(
  b: Buffer,
  what: number,
  request: RequestNumber,
  p: number,
  end: number,
): Message | undefined {
  switch (what) {
    case 0x12:
      return end === p ? { type: 'time.request', request } : undefined;
    case 0x22: {
      if (end - p !== 8) return undefined;
      const time = b.readUInt32BE(p) * 4294967296 + b.readUInt32BE(p + 4);
      return time <= 8.64e15 ? { type: 'time.response', request, time: time as EpochMs } : undefined;
    }
    case 0x15: {
      const text = end - p < 4 ? undefined : textAt(b, p + 4, end, 4096);
      if (text === undefined) return undefined;
      return {
        type: 'send.request',
        request,
        to: b.readUInt32BE(p) as ClientId,
        toAddress: '',
        toPort: 0,
        text,
      };
    }
    case 0x25: {
      const outcome = b[p] === 1 ? 'delivered' : b[p] === 2 ? 'forwarded' : undefined;
      return end - p === 1 && outcome !== undefined ? { type: 'send.response', request, outcome } : undefined;
    }
    case 0x36: {
      const text = end - p < 22 ? undefined : textAt(b, p + 22, end, 4096);
      const fromAddress = addressAt(b, p + 4);
      if (text === undefined || fromAddress === undefined) return undefined;
      const from = b.readUInt32BE(p) as ClientId;
      return {
        type: 'deliver.indication',
        request,
        from,
        fromAddress,
        fromPort: b.readUInt16BE(p + 20),
        text,
      };
    }
    case 0x24: {
      if (end - p < 3) return undefined;
      const more = b[p] !== 0;
      const count = b.readUInt16BE(p + 1);
      const clients: ClientEntry[] = [];
      p += 3;
      for (let i = 0; i < count; i++) {
        if (p + 23 > end) return undefined;
        const after = p + 23 + (b[p + 22] ?? 0);
        const name = after > end ? undefined : textAt(b, p + 23, after, 64);
        const address = addressAt(b, p + 4);
        if (name === undefined || address === undefined) return undefined;
        clients.push({ id: b.readUInt32BE(p) as ClientId, address, port: b.readUInt16BE(p + 20), name });
        p = after;
      }
      return p === end ? { type: 'list.response', request, more, clients } : undefined;
    }
    default:
      return undefined;
  }
}

function textAt(b: Buffer, from: number, end: number, max: number): string | undefined {
  if (end - from > max) return undefined;
  return isUtf8(b.subarray(from, end)) ? b.toString('utf8', from, end) : undefined;
}

/** IPv4 only, which is what this benchmark has. */
function addressAt(b: Buffer, at: number): string | undefined {
  if (b.readUInt32BE(at) !== 0 || b.readUInt32BE(at + 4) !== 0 || b.readUInt32BE(at + 8) !== 0xffff)
    return undefined;
  return `${b[at + 12]}.${b[at + 13]}.${b[at + 14]}.${b[at + 15]}`;
}
