import { assertNever, KitError } from '../bytes/index.ts';
import {
  type Description,
  type Extent,
  type Field,
  fixedBytes,
  type IntLayout,
  type Packet,
} from './description.ts';
import { type Emitter, js, plus } from './emit.ts';
import type { Constants } from './generate-decode.ts';
import { ENTRY_FIELDS, type FieldMeaning, type MessageType, VOCABULARY } from './message.ts';

/** Where the values of a list of fields come from. */
interface Values {
  /** The expression of the message or entry. */
  readonly of: string;
  readonly keys: Readonly<Record<string, FieldMeaning>>;
  /** Values that the packet's conditions fix, by field name. */
  readonly fixed: ReadonlyMap<string, number | string>;
}

/**
 * Generates `function encode(m, w)`: writes message `m` behind what `w` holds. `w.length` moves only at the end, so that
 * a message that cannot be written leaves the writer as it was.
 *
 * In the generated code `b` is the buffer, `s` the packet's start and `p` the place of the next byte.
 */
export class EncodeGenerator {
  readonly #description: Description;
  readonly #constants: Constants;
  readonly #out: Emitter;

  constructor(description: Description, constants: Constants, out: Emitter) {
    this.#description = description;
    this.#constants = constants;
    this.#out = out;
  }

  encode(): void {
    const out = this.#out;
    out.block('function encode(m, w)', () => {
      out.line('const s = w.length;');
      out.line('let p = s, b = w.bytes;');
      out.block('switch (m.type)', () => {
        for (const packet of this.#description.packets) {
          out.block(`case ${js(packet.type)}:`, () => {
            this.#packet(packet);
            out.line('break;');
          });
        }
        out.line('default: throw r.unsupported(m.type);');
      });
      out.line('w.length = p;');
    });
  }

  #packet(packet: Packet): void {
    const { framing, header, name } = this.#description;
    const out = this.#out;
    const fixed = new Map<string, number | string>();
    for (const [field, condition] of packet.when) {
      const [value] = condition.values;
      if (condition.is === 'in' && value !== undefined) fixed.set(field, value);
    }
    const values: Values = { of: 'm', keys: VOCABULARY[packet.type].fields, fixed };
    if (framing.by === 'size') this.#room(`${framing.bytes}`);
    this.#fields([...header, ...packet.fields], values);
    const max = framing.maxBytes;
    const limit = (length: string): void =>
      out.line(
        `if (${length} > ${max}) throw r.packetTooLong(${js(`${name} ${packet.type}`)}, ${length}, ${max});`,
      );
    switch (framing.by) {
      case 'size':
        limit('p - s');
        out.line(`if (p < s + ${framing.bytes}) b.fill(0, p, s + ${framing.bytes});`);
        out.line(`p = s + ${framing.bytes};`);
        return;
      case 'terminator': {
        const mark = this.#constants.add(framing.terminator);
        out.line(`r.refuseMark(b, s, p, ${mark}, ${js(packet.type)});`);
        this.#room(`${framing.terminator.length}`);
        out.line(`b.set(${mark}, p);`);
        out.line(`p += ${framing.terminator.length};`);
        limit('p - s');
        return;
      }
      case 'length': {
        limit('p - s');
        let at = 0;
        for (const field of header) {
          if (field.name === framing.field && field.kind === 'int') {
            this.#writeInt(field.layout, `p - s - ${framing.offset}`, plus('s', at));
          }
          at += fixedBytes(field) ?? 0;
        }
        return;
      }
      default:
        assertNever(framing);
    }
  }

  #room(count: string): void {
    this.#out.line(`if (p + ${count} > b.length) b = r.grow(w, p, ${count});`);
  }

  #fields(fields: readonly Field[], values: Values): void {
    let index = 0;
    while (index < fields.length) {
      let run = 0;
      const first = index;
      while (index < fields.length) {
        const field = fields[index];
        if (
          field === undefined ||
          (field.kind !== 'int' && field.kind !== 'ip4' && field.kind !== 'ip6' && field.kind !== 'padding')
        )
          break;
        run += fixedBytes(field) ?? 0;
        index++;
      }
      if (run > 0) {
        this.#room(`${run}`);
        let at = 0;
        for (const field of fields.slice(first, index)) {
          this.#fixed(field, plus('p', at), values);
          at += fixedBytes(field) ?? 0;
        }
        this.#out.line(`p += ${run};`);
      }
      const field = fields[index];
      if (field !== undefined) {
        this.#variable(field, values);
        index++;
      }
    }
  }

  #fixed(field: Field, at: string, values: Values): void {
    const out = this.#out;
    switch (field.kind) {
      case 'int': {
        if (field.role.is === 'length') return;
        const value = this.#value(field, values);
        if (value.constant) {
          this.#writeInt(field.layout, value.code, at);
          return;
        }
        const variable = out.fresh('v');
        out.line(`const ${variable} = ${field.swapped ? `r.swap16(${value.code})` : value.code};`);
        this.#checkInt(field.layout, variable, field.name);
        this.#writeInt(field.layout, variable, at);
        return;
      }
      case 'ip4':
      case 'ip6':
        out.line(
          `r.write${field.kind === 'ip4' ? 'Ip4' : 'Ip6'}(b, ${at}, ${this.#textValue(field, values, '0.0.0.0')}, ${js(field.name)});`,
        );
        return;
      case 'padding':
        out.line(`b.fill(0, ${at}, ${at} + ${field.bytes});`);
        return;
      default:
        throw new KitError('unreachable', `${field.kind} has no fixed place`);
    }
  }

  #checkInt(layout: IntLayout, variable: string, name: string): void {
    const { bytes, signed } = layout;
    const slow = `r.checkInt(${variable}, ${bytes}, ${signed}, ${js(name)});`;
    if (signed || bytes > 4) this.#out.line(slow);
    else if (bytes === 4) this.#out.line(`if (${variable} >>> 0 !== ${variable}) ${slow}`);
    else this.#out.line(`if ((${variable} & ${2 ** (8 * bytes) - 1}) !== ${variable}) ${slow}`);
  }

  #writeInt({ bytes, little }: IntLayout, value: string, at: string): void {
    const out = this.#out;
    if (bytes > 4) {
      out.line(`r.writeInt(b, ${at}, ${bytes}, ${little}, ${value});`);
      return;
    }
    const simple = /^[\w.]+$/.test(value) ? value : `(${value})`;
    for (let index = 0; index < bytes; index++) {
      const shift = 8 * (little ? index : bytes - 1 - index);
      out.line(`b[${plus(at, index)}] = ${shift === 0 ? simple : `${simple} >>> ${shift}`};`);
    }
  }

  #variable(field: Field, values: Values): void {
    const out = this.#out;
    switch (field.kind) {
      case 'group':
        this.#group(field, values);
        return;
      case 'block': {
        this.#framed(field.extent, field.name, () => {
          this.#fields(field.fields, values);
        });
        return;
      }
      case 'decimal': {
        const value = this.#value(field, values);
        const text = out.fresh('d');
        out.line(`const ${text} = String(${field.swapped ? `r.swap16(${value.code})` : value.code});`);
        this.#text(field, text, 'ascii', 17);
        return;
      }
      case 'text': {
        const text = out.fresh('d');
        out.line(`const ${text} = ${this.#textValue(field, values, '')};`);
        this.#text(field, text, field.encoding, field.maxBytes);
        return;
      }
      case 'ip': {
        const text = out.fresh('d');
        out.line(`const ${text} = ${this.#textValue(field, values, '0.0.0.0')};`);
        this.#text(field, text, 'ascii', field.maxBytes);
        return;
      }
      case 'bytes':
        // Nothing in the vocabulary is raw bytes: an extra field, written empty or as zeros.
        this.#framed(field.extent, field.name, () => undefined);
        return;
      case 'int':
      case 'ip4':
      case 'ip6':
      case 'padding':
        return;
      default:
        assertNever(field);
    }
  }

  #text(
    field: Extract<Field, { extent: Extent }>,
    variable: string,
    encoding: string,
    maxBytes: number,
  ): void {
    const out = this.#out;
    const count = out.fresh('n');
    const limit = field.extent.by === 'size' ? Math.min(maxBytes, field.extent.bytes) : maxBytes;
    out.line(`const ${count} = r.measureText(${variable}, ${limit}, ${js(encoding)}, ${js(field.name)});`);
    this.#framed(field.extent, field.name, () => {
      this.#room(count);
      out.line(`b.write(${variable}, p, ${js(encoding === 'utf-8' ? 'utf8' : 'latin1')});`);
      out.line(`p += ${count};`);
    });
  }

  /** Writes what `body` emits so that the reader finds its end. */
  #framed(extent: Extent, name: string, body: () => void): void {
    const out = this.#out;
    const start = out.fresh('f');
    switch (extent.by) {
      case 'rest':
        body();
        return;
      case 'until': {
        const mark = this.#constants.add(extent.delimiter);
        out.line(`const ${start} = p;`);
        body();
        out.line(`r.refuseMark(b, ${start}, p, ${mark}, ${js(name)});`);
        this.#room(`${extent.delimiter.length}`);
        out.line(`b.set(${mark}, p);`);
        out.line(`p += ${extent.delimiter.length};`);
        return;
      }
      case 'prefix': {
        this.#room(`${extent.int.bytes}`);
        out.line(`const ${start} = p - s;`);
        out.line(`p += ${extent.int.bytes};`);
        body();
        const count = out.fresh('n');
        out.line(`const ${count} = p - s - ${start} - ${extent.int.bytes};`);
        this.#checkInt(extent.int, count, `length of ${name}`);
        this.#writeInt(extent.int, count, `s + ${start}`);
        return;
      }
      case 'size': {
        out.line(`const ${start} = p - s;`);
        body();
        const end = out.fresh('a');
        out.line(`const ${end} = s + ${start} + ${extent.bytes};`);
        out.line(`r.padTo(p - s - ${start}, ${extent.bytes}, ${js(extent.pad ?? -1)}, ${js(name)});`);
        if (extent.pad === 0)
          out.line(
            `r.refuseMark(b, s + ${start}, p, ${this.#constants.add(Uint8Array.of(0))}, ${js(name)});`,
          );
        out.line(`if (${end} > b.length) b = r.grow(w, p, ${end} - p);`);
        out.line(`b.fill(${extent.pad ?? 0}, p, ${end});`);
        out.line(`p = ${end};`);
        return;
      }
      default:
        assertNever(extent);
    }
  }

  #group(field: Extract<Field, { kind: 'group' }>, values: Values): void {
    const out = this.#out;
    const list = field.role.is === 'meaning' ? `${values.of}.${field.role.key}` : '[]';
    if (field.repeat.by === 'count') {
      const { int } = field.repeat;
      const count = out.fresh('n');
      out.line(`const ${count} = ${list}.length;`);
      this.#checkInt(int, count, `count of ${field.name}`);
      this.#room(`${int.bytes}`);
      this.#writeInt(int, count, 'p');
      out.line(`p += ${int.bytes};`);
    }
    const entry = out.fresh('c');
    out.block(`for (const ${entry} of ${list})`, () => {
      this.#fields(field.fields, { of: entry, keys: ENTRY_FIELDS, fixed: new Map() });
    });
  }

  #textValue(field: Field, values: Values, empty: string): string {
    const value = this.#value(field, values);
    return value.code === '0' ? js(empty) : value.code;
  }

  /** The expression of a field's value as the field holds it. */
  #value(field: Field, values: Values): { code: string; constant: boolean } {
    const { role } = field;
    const fixed = values.fixed.get(field.name);
    if (fixed !== undefined) return { code: js(fixed), constant: true };
    switch (role.is) {
      case 'constant':
        return { code: js(role.value), constant: true };
      case 'request':
        return { code: 'm.request', constant: false };
      case 'meaning': {
        const known = Object.hasOwn(values.keys, role.key);
        if (known)
          return { code: this.#held(field, role.meaning, `${values.of}.${role.key}`), constant: false };
        return { code: this.#absent(field, role.meaning), constant: true };
      }
      case 'selector':
      case 'extra':
      case 'length':
        return { code: '0', constant: true };
      default:
        return assertNever(role);
    }
  }

  /** What a header field with a meaning holds in packets that do not have that meaning. */
  #absent(field: Field, meaning: FieldMeaning): string {
    if ('enumeration' in field && field.enumeration !== undefined && typeof meaning.absent === 'string') {
      return js(field.enumeration.valueOf.get(meaning.absent) ?? 0);
    }
    return js(meaning.absent ?? 0);
  }

  /** From the message's value to the field's own. */
  #held(field: Field, meaning: FieldMeaning, code: string): string {
    switch (meaning.meaning) {
      case 'boolean':
        return `(${code} ? 1 : 0)`;
      case 'time': {
        const unit = 'unit' in field ? field.unit : undefined;
        if (unit === 's') return `Math.floor(${code} / 1000)`;
        return unit === 'us' ? `Math.round(${code} * 1000)` : `Math.floor(${code})`;
      }
      case 'status':
      case 'outcome': {
        const enumeration = 'enumeration' in field ? field.enumeration : undefined;
        return `r.valueOf(${this.#constants.add(enumeration?.valueOf ?? new Map())}, ${code}, ${js(field.name)})`;
      }
      case 'number':
      case 'text':
      case 'address':
      case 'clients':
        return code;
      default:
        return assertNever(meaning.meaning);
    }
  }
}

/** Message types that a description can carry. */
export function carried(description: Description): ReadonlySet<MessageType> {
  return new Set(description.packets.map((packet) => packet.type));
}
