import type { Buffer } from 'node:buffer';
import { assertNever, type Span } from '../bytes/index.ts';
import { type Condition, type Extent, type Field, fixedBytes, type IntLayout } from './description.ts';
import { addressAt, addressIn } from './interpret-address.ts';
import type { Invalid } from './invalid.ts';
import { ENTRY_FIELDS, type FieldMeaning } from './message.ts';
import * as say from './sentences.ts';
import { showValue } from './show-value.ts';

/** A named range of bytes; `path` says which field it is, list entries with their place: `clients[0].port`. */
export interface FieldSpan extends Span {
  path: string;
  /** What the field holds, before it is given a meaning. */
  raw?: number | string;
}

/** Bytes that are no packet, on their way out of the reader. */
export class Refusal extends Error {
  readonly invalid: Invalid;
  /** It was not yet certain which packet this is. */
  inAttempt = false;

  constructor(invalid: Invalid) {
    super(invalid.message);
    this.invalid = invalid;
  }
}

/** This is another packet: a condition on its payload does not hold. */
export class AttemptFailed extends Error {}

/** What was read from a list of fields. */
export interface Read {
  readonly named: Map<string, number | string>;
  /** Meanings by key; a header's are looked up when a packet asks. */
  readonly meant: Map<string, () => unknown>;
  request?: number;
}

interface Place {
  /** In front of the names of these fields. */
  readonly path: string;
  readonly inHeader: boolean;
  /** Conditions on these fields that are still to be tested. */
  readonly conditions?: Map<string, Condition>;
}

const MAX_DATE_MS = 8.64e15;

export const isExact = (value: bigint): boolean =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);

const isFixed = (field: Field | undefined): boolean =>
  field !== undefined && field.kind !== 'block' && fixedBytes(field) !== undefined;

export const fits = (value: number | string | undefined, condition: Condition): boolean =>
  value !== undefined && condition.values.includes(value) === (condition.is === 'in');

/** Reads fields from `at` on, one after the other, and notes each as a span. */
export class FieldReader {
  readonly spans: FieldSpan[] = [];
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  note(span: FieldSpan): void {
    if (span.length > 0) this.spans.push(span);
  }

  /** Any width, order and sign, as a whole number. */
  integer(at: number, { bytes, signed, little }: IntLayout): bigint {
    const part = Uint8Array.from(this.#bytes.subarray(at, at + bytes));
    if (little) part.reverse();
    const value = BigInt(`0x${Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
    return signed ? BigInt.asIntN(8 * bytes, value) : value;
  }

  fields(fields: readonly Field[], end: number, place: Place): Read {
    const read: Read = { named: new Map(), meant: new Map() };
    const conditions = place.conditions ?? new Map<string, Condition>();
    for (const [index, field] of fields.entries()) {
      try {
        // As the codec does: fields of fixed size that stand together are there together, or not.
        if (isFixed(field) && !isFixed(fields[index - 1])) this.#needRun(fields.slice(index), end);
        this.#field(field, end, read, { ...place, conditions });
      } catch (error) {
        if (error instanceof Refusal && conditions.size > 0) error.inAttempt = true;
        throw error;
      }
      const condition = conditions.get(field.name);
      const value = read.named.get(field.name);
      if (condition === undefined || value === undefined) continue;
      if (!fits(value, condition)) throw new AttemptFailed();
      conditions.delete(field.name);
    }
    return read;
  }

  #field(field: Field, end: number, read: Read, place: Place): void {
    const at = this.at;
    const path = place.path + field.name;
    switch (field.kind) {
      case 'int': {
        this.#need(field.layout.bytes, field.name, end);
        const whole = this.integer(at, field.layout);
        this.at += field.layout.bytes;
        const isRead = field.role.is !== 'extra' && field.role.is !== 'length';
        if (!isExact(whole) && isRead) throw new Refusal(say.beyondNumbers('value', at, field.name));
        this.#hold(field, field.swapped ? turned(Number(whole)) : Number(whole), at, read, place);
        return;
      }
      case 'ip4':
      case 'ip6': {
        const bytes = field.kind === 'ip4' ? 4 : 16;
        this.#need(bytes, field.name, end);
        this.at += bytes;
        this.#hold(field, addressAt(this.#bytes.subarray(at, at + bytes)), at, read, place);
        return;
      }
      case 'padding':
        this.#need(field.bytes, field.name, end);
        this.at += field.bytes;
        this.note({ offset: at, length: field.bytes, label: 'padding', path });
        return;
      case 'decimal':
      case 'text':
      case 'bytes':
      case 'ip':
        this.#extent(field.extent, field.name, end, path, (to) => {
          this.#textual(field, to, read, place);
        });
        return;
      case 'block':
        this.#extent(field.extent, field.name, end, path, (to) => {
          this.#block(field.fields, to, read, place);
          if (this.at !== to) throw new Refusal(say.bytesLeft(this.at, to - this.at, field.name));
        });
        return;
      case 'group':
        this.#group(field, end, read, path);
        return;
      case 'tlv':
        this.#tlv(field, end, read, path);
        return;
      default:
        assertNever(field);
    }
  }

  /** A block's fields belong to the list that the block stands in. */
  #block(fields: readonly Field[], end: number, read: Read, place: Place): void {
    const inner = this.fields(fields, end, place);
    for (const [name, value] of inner.named) read.named.set(name, value);
    for (const [key, value] of inner.meant) read.meant.set(key, value);
  }

  #needRun(fields: readonly Field[], end: number): void {
    let at = this.at;
    for (const field of fields) {
      if (!isFixed(field)) return;
      at += fixedBytes(field) ?? 0;
      if (at > end) throw new Refusal(say.endsInside(end, 0, [field.name, 0]));
    }
  }

  #need(bytes: number, name: string, end: number): void {
    if (this.at + bytes > end) throw new Refusal(say.endsInside(end, 0, [name, bytes]));
  }

  /** Finds where a value ends, lets `body` read it, and goes on behind it. */
  #extent(extent: Extent, name: string, end: number, path: string, body: (to: number) => void): void {
    const start = this.at;
    switch (extent.by) {
      case 'rest':
        body(end);
        this.at = end;
        return;
      case 'size': {
        this.#need(extent.bytes, name, end);
        const after = start + extent.bytes;
        const to = extent.pad === undefined ? after : this.#padding(start, after, extent.pad);
        body(to);
        this.note({ offset: to, length: after - to, label: 'padding', path: `${path}.padding` });
        this.at = after;
        return;
      }
      case 'prefix': {
        const label = `length of ${name}`;
        this.#need(extent.int.bytes, label, end);
        const whole = this.integer(start, extent.int);
        if (!isExact(whole)) throw new Refusal(say.beyondNumbers('value', start, label));
        const count = Number(whole);
        const from = start + extent.int.bytes;
        if (count < 0 || from + count > end)
          throw new Refusal(say.claimsMore(start, name, count, end - from));
        this.note({
          offset: start,
          length: extent.int.bytes,
          label,
          value: String(count),
          path: `${path}.length`,
        });
        this.at = from;
        body(from + count);
        this.at = from + count;
        return;
      }
      case 'until': {
        const found = this.#bytes.subarray(start, end).indexOf(extent.delimiter);
        if (found < 0 && !extent.orEnd) throw new Refusal(say.noMark(start, name, extent.delimiter));
        const to = found < 0 ? end : start + found;
        body(to);
        const length = found < 0 ? 0 : extent.delimiter.length;
        this.note({ offset: to, length, label: 'mark', path: `${path}.mark` });
        this.at = to + length;
        return;
      }
      default:
        assertNever(extent);
    }
  }

  #padding(from: number, end: number, pad: number): number {
    const bytes = Array.from(this.#bytes.subarray(from, end));
    if (pad === 0) return from + (bytes.includes(0) ? bytes.indexOf(0) : bytes.length);
    return from + bytes.findLastIndex((byte) => byte !== pad) + 1;
  }

  #textual(
    field: Extract<Field, { kind: 'decimal' | 'text' | 'bytes' | 'ip' }>,
    to: number,
    read: Read,
    place: Place,
  ): void {
    const from = this.at;
    const bytes = this.#bytes.subarray(from, to);
    const plain = bytes.toString('latin1');
    this.at = to;
    if (field.kind === 'bytes' || field.role.is === 'extra') {
      this.#hold(field, plain, from, read, place);
      return;
    }
    if (field.kind === 'decimal') {
      const value = /^-?[0-9]{1,16}$/.test(plain) ? Number(plain) : NaN;
      if (!Number.isSafeInteger(value))
        throw new Refusal(say.notA(from, field.name, 'a decimal number', bytes));
      this.#hold(field, field.swapped ? turned(value) : value, from, read, place);
      return;
    }
    if (bytes.length > field.maxBytes)
      throw new Refusal(say.tooLong(from, field.name, bytes.length, field.maxBytes));
    if (field.kind === 'ip') {
      if (!addressIn(plain)) throw new Refusal(say.notA(from, field.name, 'an address', bytes));
      this.#hold(field, plain, from, read, place);
      return;
    }
    const text = decodeText(bytes, field.encoding);
    if (text === undefined) {
      throw new Refusal(say.notA(from, field.name, field.encoding === 'ascii' ? 'ASCII' : 'UTF-8', bytes));
    }
    this.#hold(field, text, from, read, place);
  }

  /** Notes the value, and what it is for. */
  #hold(field: Field, raw: number | string, offset: number, read: Read, place: Place): void {
    const { role } = field;
    const path = place.path + field.name;
    this.note({
      offset,
      length: this.at - offset,
      label: field.name,
      value: showValue(field, raw),
      path,
      raw,
    });
    switch (role.is) {
      case 'request':
        read.request = Number(raw);
        return;
      case 'constant':
        if (raw !== role.value) throw new Refusal(say.constantDiffers(offset, field.name, raw, role.value));
        return;
      case 'selector':
        read.named.set(field.name, raw);
        return;
      case 'meaning': {
        read.named.set(field.name, raw);
        const value = (): unknown => meaningOf(field, role.meaning, raw, offset);
        const now = place.inHeader ? undefined : value();
        read.meant.set(role.key, () => now ?? value());
        return;
      }
      case 'length':
      case 'extra':
        return;
      default:
        assertNever(role);
    }
  }

  #group(field: Extract<Field, { kind: 'group' }>, end: number, read: Read, path: string): void {
    let count = Infinity;
    if (field.repeat.by === 'count') {
      const { int } = field.repeat;
      const at = this.at;
      const label = `count of ${field.name}`;
      this.#need(int.bytes, label, end);
      const whole = this.integer(at, int);
      if (!isExact(whole)) throw new Refusal(say.beyondNumbers('value', at, label));
      count = Number(whole);
      this.at += int.bytes;
      this.note({ offset: at, length: int.bytes, label, value: String(count), path: `${path}.count` });
    }
    const entries: unknown[] = [];
    for (let index = 0; index < count && (count !== Infinity || this.at < end); index++) {
      const start = this.at;
      const heading: FieldSpan = {
        offset: start,
        length: 0,
        label: `${field.name}[${index}]`,
        path: `${path}[${index}]`,
      };
      const place = this.spans.push(heading) - 1;
      let entry: Read;
      try {
        entry = this.fields(field.fields, end, { path: `${path}[${index}].`, inHeader: false });
      } finally {
        heading.length = this.at - start;
        if (heading.length === 0) this.spans.splice(place, 1);
      }
      const values = Object.entries(ENTRY_FIELDS).map(([key, { absent }]) => [
        key,
        entry.meant.get(key)?.() ?? absent,
      ]);
      entries.push(Object.fromEntries(values));
    }
    if (field.role.is === 'meaning') read.meant.set(field.role.key, () => entries);
  }

  #tlv(field: Extract<Field, { kind: 'tlv' }>, end: number, read: Read, path: string): void {
    const start = this.at;
    const bounds = new Map<number, { from: number; to: number }>();
    while (this.at < end) {
      const at = this.at;
      this.#need(field.tag.bytes, `tag in ${field.name}`, end);
      this.at += field.tag.bytes;
      this.#need(field.length.bytes, `length in ${field.name}`, end);
      const tag = Number(this.integer(at, field.tag));
      const whole = this.integer(this.at, field.length) - BigInt(field.plus);
      this.at += field.length.bytes;
      if (!isExact(whole)) throw new Refusal(say.beyondNumbers('value', at, `length in ${field.name}`));
      const count = Number(whole);
      if (count < 0 || this.at + count > end)
        throw new Refusal(say.claimsMore(at, `an item of ${field.name}`, count, end - this.at));
      const item = field.items.find((candidate) => candidate.tag === tag);
      if (item === undefined && field.strangers === 'refuse')
        throw new Refusal(say.strangeItem(at, field.name, tag));
      if (item !== undefined && bounds.has(tag)) throw new Refusal(say.itemTwice(at, item.field.name));
      bounds.set(tag, { from: this.at, to: this.at + count });
      const label = item === undefined ? `item of unknown type ${tag}` : `item ${item.field.name}`;
      this.note({ offset: at, length: this.at + count - at, label, path: `${path}[${tag}]` });
      this.note({
        offset: at,
        length: field.tag.bytes,
        label: 'type',
        value: String(tag),
        path: `${path}[${tag}].type`,
      });
      this.note({
        offset: at + field.tag.bytes,
        length: field.length.bytes,
        label: 'length',
        value: String(count + field.plus),
        path: `${path}[${tag}].length`,
      });
      this.at += count;
    }
    for (const { tag, field: inner } of field.items) {
      const found = bounds.get(tag);
      if (found === undefined) {
        const absent = inner.role.is === 'meaning' ? inner.role.meaning.absent : 0;
        if (absent === undefined) throw new Refusal(say.itemMissing(end, inner.name));
        continue;
      }
      this.at = found.from;
      this.#block([inner], found.to, read, { path: `${path}.`, inHeader: false });
      if (this.at !== found.to) throw new Refusal(say.bytesLeft(this.at, found.to - this.at, inner.name));
    }
    this.at = end;
    this.spans.push(
      ...this.spans.splice(this.spans.findIndex(({ offset }) => offset >= start)).sort(inOrder),
    );
  }
}

/** Items may come in any order; spans are told in the order of the bytes, what encloses first. */
const inOrder = (a: FieldSpan, b: FieldSpan): number => a.offset - b.offset || b.length - a.length;

const turned = (value: number): number => ((value & 0xff) << 8) | ((value & 0xff00) >> 8);

function decodeText(bytes: Uint8Array, encoding: string): string | undefined {
  if (encoding === 'latin-1') return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  if (encoding === 'ascii' && bytes.some((byte) => byte > 0x7f)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8: the caller says so.
    return undefined;
  }
}

function meaningOf(field: Field, meaning: FieldMeaning, raw: number | string, at: number): unknown {
  switch (meaning.meaning) {
    case 'boolean':
      return raw !== 0;
    case 'time': {
      const unit = 'unit' in field ? field.unit : undefined;
      const ms =
        unit === 's' ? Number(raw) * 1000 : unit === 'us' ? Math.floor(Number(raw) / 1000) : Number(raw);
      if (Math.abs(ms) > MAX_DATE_MS) throw new Refusal(say.noDate(at, field.name));
      return ms;
    }
    case 'status':
    case 'outcome': {
      if (!('enumeration' in field) || field.enumeration === undefined) return raw;
      const name = field.enumeration.nameOf.get(Number(raw));
      if (name === undefined) throw new Refusal(say.notNamed(at, field.name, raw));
      return name;
    }
    case 'number':
    case 'text':
    case 'address':
    case 'clients':
      return raw;
    default:
      return assertNever(meaning.meaning);
  }
}
