import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { KitError, text, type Text, type Writer } from '../bytes/index.ts';

/**
 * What generated codecs call. Everything that is not worth being unrolled into them stands here, once.
 *
 * Readers return undefined for bytes that do not hold such a value; the generated code then answers `Invalid` with the
 * offset. Writers throw a `KitError`, since only our own caller can be wrong about what it wants to send.
 */

/** Makes room for `count` bytes behind `p` and keeps what is written up to there, which `length` does not count yet. */
export function grow(writer: Writer, p: number, count: number): Buffer {
  const start = writer.length;
  writer.length = p;
  writer.ensure(count);
  writer.length = start;
  return writer.bytes;
}

export function checkInt(value: number, bytes: number, signed: boolean, name: string): void {
  const limit = 2 ** (8 * bytes - (signed ? 1 : 0));
  if (Number.isSafeInteger(value) && value < limit && value >= (signed ? -limit : 0)) return;
  throw new KitError(
    'out-of-range',
    text(
      `${name}: ${value} does not fit ${bytes} byte${bytes === 1 ? '' : 's'}`,
      `${name}：${bytes} 字节放不下 ${value}`,
    ),
    {
      fault: 'usage',
    },
  );
}

/** Where `delimiter` starts at or behind `from`, within `end`; −1 when it does not. */
export function find(b: Buffer, delimiter: Uint8Array, from: number, end: number): number {
  const at = b.subarray(from, end).indexOf(delimiter);
  return at < 0 ? -1 : from + at;
}

/**
 * Bytes in front of the first packet, of which there are at most `max` and which only the beginning of a packet ends;
 * more than there are when that is not to be seen yet. Before `from` no packet begins, as an earlier look has seen.
 */
export function nextPacket(
  b: Buffer,
  start: number,
  end: number,
  max: number,
  begins: readonly Uint8Array[],
  from: number,
): number {
  const last = Math.min(end, start + max);
  for (let at = Math.max(start, from); at < last; at++) {
    for (const begin of begins) {
      const there = Math.min(begin.length, end - at);
      let same = 0;
      while (same < there && b[at + same] === begin[same]) same++;
      if (same === begin.length) return at - start;
      if (same === there) return end - start + 1;
    }
  }
  return end - start >= max ? max : end - start + 1;
}

/** Where the padding of a fixed size begins: at the first NUL, or behind the last byte that is not a space. */
export function padStart(b: Uint8Array, from: number, end: number, pad: number): number {
  if (pad === 0) {
    for (let at = from; at < end; at++) if (b[at] === 0) return at;
    return end;
  }
  let at = end;
  while (at > from && b[at - 1] === pad) at--;
  return at;
}

/** Up to so many bytes a loop here is done sooner than a call into Node. */
const SHORT = 64;
/** The same for storing the characters of a string, each of which has to be asked for how it is kept. */
const SHORTEST = 16;

export function readUtf8(b: Buffer, from: number, end: number): string | undefined {
  // Most texts are short and ASCII, which is Latin-1 as well; that needs no check by isUtf8 and no view for it.
  if (end - from <= SHORT) {
    let at = from;
    while (at < end && (b[at] ?? 0x80) < 0x80) at++;
    if (at === end) return b.toString('latin1', from, end);
  }
  return isUtf8(b.subarray(from, end)) ? b.toString('utf8', from, end) : undefined;
}

export function readAscii(b: Buffer, from: number, end: number): string | undefined {
  return isAscii(b.subarray(from, end)) ? b.toString('latin1', from, end) : undefined;
}

/** Bytes that `text` takes; checked against what the field allows. */
export function measureUtf8(text: string, maxBytes: number, name: string): number {
  return fitting(Buffer.byteLength(text), maxBytes, name, 'UTF-8');
}

/** Writes `text`, of which `measureUtf8` said that it takes `bytes`. */
export function writeUtf8(b: Buffer, at: number, text: string, bytes: number): void {
  // As many bytes as UTF-16 units: ASCII.
  if (bytes !== text.length) b.write(text, at, 'utf8');
  else if (bytes > SHORTEST) b.write(text, at, 'latin1');
  else for (let i = 0; i < bytes; i++) b[at + i] = text.charCodeAt(i);
}

export const measureAscii = (text: string, maxBytes: number, name: string): number =>
  measureNarrow(text, maxBytes, name, 'ASCII', 0x7f);

export const measureLatin1 = (text: string, maxBytes: number, name: string): number =>
  measureNarrow(text, maxBytes, name, 'Latin-1', 0xff);

function measureNarrow(
  value: string,
  maxBytes: number,
  name: string,
  encoding: string,
  last: number,
): number {
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > last) {
      const letter = JSON.stringify(value[i]);
      throw cannotEncode(name, text(`${encoding} has no ${letter}`, `${encoding} 中没有字符 ${letter}`));
    }
  }
  return fitting(value.length, maxBytes, name, encoding);
}

function fitting(bytes: number, maxBytes: number, name: string, encoding: string): number {
  if (bytes <= maxBytes) return bytes;
  throw new KitError(
    name === 'name' ? 'name-too-long' : 'text-too-long',
    text(
      `${name}: ${bytes} bytes; at most ${maxBytes} fit`,
      `${name} 有 ${bytes} 字节；最多 ${maxBytes} 字节`,
    ),
    {
      fault: 'usage',
      hint: text(
        `Send at most ${maxBytes} bytes of ${encoding}; a Chinese character takes three in UTF-8.`,
        `最多发送 ${maxBytes} 字节的 ${encoding}；一个汉字在 UTF-8 中占三个字节。`,
      ),
    },
  );
}

export function cannotEncode(name: string, why: Text): KitError {
  return new KitError('cannot-encode', text(`${name}: ${why.en}`, `${name}：${why.zh}`), { fault: 'usage' });
}

/**
 * b[from..end) is a value, with its mark behind it when `marked`. Throws when a reader would find the mark earlier: in
 * the value, or across its end.
 */
export function refuseMark(
  b: Buffer,
  from: number,
  end: number,
  mark: Uint8Array,
  marked: boolean,
  name: string,
): void {
  const at = find(b, mark, from, marked ? end + mark.length : end);
  if (at < 0 || at === end) return;
  const shown = JSON.stringify(Buffer.from(mark).toString('latin1'));
  throw cannotEncode(
    name,
    text(
      `it contains ${shown}, which this protocol uses as a mark`,
      `其中含有 ${shown}，而本协议用它作结束符`,
    ),
  );
}

/** The value would be cut or lengthened at the other end: it holds, or ends in, what fills it up. */
export function refusePad(b: Buffer, from: number, end: number, pad: number, name: string): void {
  const bad = pad === 0 ? b.subarray(from, end).includes(0) : end > from && b[end - 1] === pad;
  if (bad)
    throw cannotEncode(
      name,
      text(
        `it ${pad === 0 ? 'holds a NUL' : 'ends in a space'}, which this protocol uses to fill up`,
        `${pad === 0 ? '其中含有 NUL' : '它以空格结尾'}，而本协议用它填充`,
      ),
    );
}

/** b[start..end) goes out without a frame: it must not hold what looks like the beginning of a packet. */
export function refuseOpening(
  b: Buffer,
  start: number,
  end: number,
  max: number,
  begins: readonly Uint8Array[],
): void {
  if (end - start > max) throw packetTooLong('greeting', end - start, max);
  for (const begin of begins) {
    // Whichever packet follows: its first bytes must not seem to begin in here.
    for (const next of begins) {
      const stream = Buffer.concat([b.subarray(start, end), next]);
      if (stream.indexOf(begin) >= 0 && stream.indexOf(begin) < end - start)
        throw cannotEncode('greeting', text('it would be taken for a packet', '它会被当作分组'));
    }
  }
}

/** The value would make the packet another one at the other end. */
export function refuseMisreading(
  value: string,
  wanted: boolean,
  values: readonly string[],
  type: string,
): void {
  if (values.includes(value) === wanted) return;
  const shown = JSON.stringify(value);
  throw cannotEncode(
    type,
    text(
      `${shown} would be taken for another packet in this protocol`,
      `在本协议中 ${shown} 会被当作另一种分组`,
    ),
  );
}

const DIGITS = /^-?[0-9]{1,16}$/;

/** A number in decimal digits. */
export function readDecimal(b: Buffer, from: number, end: number): number | undefined {
  const text = b.toString('latin1', from, Math.min(end, from + 18));
  if (!DIGITS.test(text) || end - from > 17) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The two bytes of a 16-bit number changed about, as a program does that forgets ntohs. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >> 8) & 0xff);
}

export function readIp4(b: Uint8Array, at: number): string {
  return `${b[at]}.${b[at + 1]}.${b[at + 2]}.${b[at + 3]}`;
}

/** ::ffff:a.b.c.d */
function isMapped(b: Uint8Array, at: number): boolean {
  if (b[at + 10] !== 0xff || b[at + 11] !== 0xff) return false;
  for (let i = at; i < at + 10; i++) if (b[i] !== 0) return false;
  return true;
}

/** RFC 5952 text; an IPv4-mapped address (RFC 4291, section 2.5.5.2) in its IPv4 form. */
export function readIp6(b: Uint8Array, at: number): string {
  if (isMapped(b, at)) return readIp4(b, at + 12);
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((b[at + i] ?? 0) << 8) | (b[at + i + 1] ?? 0));
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && words[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const hex = words.map((word) => word.toString(16));
  if (best.from < 0) return hex.join(':');
  return `${hex.slice(0, best.from).join(':')}::${hex.slice(best.from + best.length).join(':')}`;
}

/**
 * The addresses that were written last, with their bytes: texts of one client come one behind another, and each says
 * whose it is. To read the address anew took 4 % of what the server does for a text.
 */
const last4: LastAddress = { address: undefined, bytes: new Uint8Array(4) };
const last6: LastAddress = { address: undefined, bytes: new Uint8Array(16) };

interface LastAddress {
  /** undefined: the bytes are no address's. */
  address: string | undefined;
  readonly bytes: Uint8Array;
}

export function writeIp4(b: Uint8Array, at: number, address: string, name: string): void {
  const { bytes } = last4;
  if (address !== last4.address) {
    last4.address = undefined;
    ip4Bytes(bytes, 0, address, name);
    last4.address = address;
  }
  for (let i = 0; i < 4; i++) b[at + i] = bytes[i] ?? 0;
}

/** Takes IPv6 text of RFC 4291 section 2.2 (without a zone), or an IPv4 address, which is written as mapped. */
export function writeIp6(b: Uint8Array, at: number, address: string, name: string): void {
  const { bytes } = last6;
  if (address !== last6.address) {
    last6.address = undefined;
    ip6Bytes(bytes, 0, address, name);
    last6.address = address;
  }
  for (let i = 0; i < 16; i++) b[at + i] = bytes[i] ?? 0;
}

function ip4Bytes(b: Uint8Array, at: number, address: string, name: string): void {
  let place = at;
  let value = -1;
  let digits = 0;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code === DOT && value >= 0 && place < at + 3) {
      b[place++] = value;
      value = -1;
      digits = 0;
    } else if (code >= ZERO && code <= NINE && digits++ < 3) {
      value = (value < 0 ? 0 : value * 10) + code - ZERO;
      if (value > 255)
        throw cannotEncode(name, text(`${address} is no IPv4 address`, `${address} 不是 IPv4 地址`));
    } else {
      throw cannotEncode(name, text(`${address} is no IPv4 address`, `${address} 不是 IPv4 地址`));
    }
  }
  if (value < 0 || place !== at + 3)
    throw cannotEncode(name, text(`${address} is no IPv4 address`, `${address} 不是 IPv4 地址`));
  b[place] = value;
}

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];

function ip6Bytes(b: Uint8Array, at: number, address: string, name: string): void {
  if (!address.includes(':')) {
    for (let i = at; i < at + 10; i++) b[i] = 0;
    b[at + 10] = b[at + 11] = 0xff;
    ip4Bytes(b, at + 12, address, name);
    return;
  }
  const words = ip6Words(address);
  if (words === undefined)
    throw cannotEncode(name, text(`${address} is no IPv6 address`, `${address} 不是 IPv6 地址`));
  words.forEach((word, index) => {
    b[at + 2 * index] = word >> 8;
    b[at + 2 * index + 1] = word & 0xff;
  });
}

function ip6Words(address: string): number[] | undefined {
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const sides = halves.map((half) => (half === '' ? [] : half.split(':')).flatMap(wordsOf));
  const known = sides.reduce((sum, side) => sum + side.length, 0);
  if (halves.length === 1 ? known !== 8 : known > 7) return undefined;
  const zeros = new Array<number>(8 - known).fill(0);
  const words = [...(sides[0] ?? []), ...zeros, ...(sides[1] ?? [])];
  return words.every((word) => word >= 0) ? words : undefined;
}

/** One part of an address between colons: a word, or two words for a dotted tail. −1 marks what is neither. */
function wordsOf(part: string): number[] {
  const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part)?.slice(1).map(Number);
  if (dotted?.every((byte) => byte <= 255)) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted;
    return [(a << 8) | b, (c << 8) | d];
  }
  return [/^[0-9a-fA-F]{1,4}$/.test(part) ? parseInt(part, 16) : -1];
}

/** The text of an address, or undefined for text that is none. */
export function readIpText(b: Buffer, from: number, end: number): string | undefined {
  if (end - from > 45) return undefined;
  const text = b.toString('latin1', from, end);
  try {
    if (text.includes(':')) ip6Bytes(new Uint8Array(16), 0, text, '');
    else ip4Bytes(new Uint8Array(4), 0, text, '');
    return text;
  } catch (error) {
    if (error instanceof KitError) return undefined;
    throw error;
  }
}

/** The text of an address, checked. */
export function checkIp(address: string, name: string): string {
  if (readIpText(Buffer.from(address, 'latin1'), 0, address.length) === undefined) {
    throw cannotEncode(name, text(`${address} is no address`, `${address} 不是地址`));
  }
  return address;
}

export function packetTooLong(name: string, bytes: number, maxBytes: number): KitError {
  return new KitError(
    'packet-too-long',
    text(
      `${name}: ${bytes} bytes; a packet has at most ${maxBytes}`,
      `${name} 有 ${bytes} 字节；一个分组最多 ${maxBytes} 字节`,
    ),
    {
      fault: 'usage',
    },
  );
}

export function unsupported(type: string): KitError {
  return new KitError(
    'unsupported',
    text(`this protocol has no packet for ${type}`, `本协议没有 ${type} 的分组`),
    {
      fault: 'usage',
      hint: text(
        'Choose another protocol (--protocol), or describe the packet in its description.',
        '请换一个协议（--protocol），或在它的描述中加上这个分组。',
      ),
    },
  );
}

/** Checks that `count` bytes fit a fixed size of `bytes`; without a padding byte they must fill it. */
export function padTo(count: number, bytes: number, pad: number, name: string): void {
  if (count > bytes) {
    throw new KitError(
      'text-too-long',
      text(`${name}: ${count} bytes; at most ${bytes} fit`, `${name} 有 ${count} 字节；最多 ${bytes} 字节`),
      { fault: 'usage' },
    );
  }
  if (pad < 0 && count < bytes)
    throw cannotEncode(
      name,
      text(
        `${count} bytes do not fill its ${bytes}, and it has no padding`,
        `${count} 字节填不满它的 ${bytes} 字节，而它没有填充`,
      ),
    );
}

export function valueOf(values: ReadonlyMap<string, number>, label: string, name: string): number {
  const value = values.get(label);
  if (value === undefined)
    throw cannotEncode(name, text(`this protocol has no number for ${label}`, `本协议没有 ${label} 的值`));
  return value;
}
