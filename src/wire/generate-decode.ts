import { assertNever } from '../bytes/index.ts';
import {
  type Condition,
  type Description,
  type Extent,
  type Field,
  fixedBytes,
  type IntLayout,
  type Packet,
} from './description.ts';
import type { Emitter } from './emit.ts';
import { js, plus } from './emit.ts';
import type { InvalidReason } from './invalid.ts';
import { ENTRY_FIELDS, type FieldMeaning, type Speaker, VOCABULARY } from './message.ts';

/** Maps and byte strings that generated code refers to as `k[n]`, since they have no literal. */
export class Constants {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `k[${this.values.length - 1}]`;
  }
}

/** The latest time that a JavaScript date can hold, in milliseconds (ECMA-262, section 21.4.1.1). */
const MAX_DATE_MS = 8.64e15;

/** An integer at `at` as an expression; `undefined` at run time when `mayFail` and it is beyond 2^53 − 1. */
function readIntExpression(
  layout: IntLayout,
  at: number | string,
  base = 'p',
): { code: string; mayFail: boolean } {
  const { bytes, signed, little } = layout;
  const byte = (index: number): string => {
    const place = little ? bytes - 1 - index : index;
    return typeof at === 'number' ? `b[${plus(base, at + place)}]` : `b[${plus(at, place)}]`;
  };
  const start = typeof at === 'number' ? plus(base, at) : at;
  if (bytes > 4)
    return { code: `r.read${signed ? 'Int' : 'Uint'}(b, ${start}, ${bytes}, ${little})`, mayFail: bytes > 6 };
  const parts = Array.from({ length: bytes }, (_, index) => {
    const shift = 8 * (bytes - 1 - index);
    return shift === 0 ? byte(index) : `${byte(index)} << ${shift}`;
  });
  const joined = parts.join(' | ');
  if (!signed) return { code: bytes === 4 ? `((${joined}) >>> 0)` : `(${joined})`, mayFail: false };
  const spare = 32 - 8 * bytes;
  return { code: spare === 0 ? `(${joined})` : `((${joined}) << ${spare} >> ${spare})`, mayFail: false };
}

/** What the caller wants of the fields: by name for conditions, by key for the message. */
interface Found {
  readonly byName: Map<string, string>;
  readonly byKey: Map<string, string>;
  request: string | undefined;
}

/** Generates `function parse(b, s, e)` for what `speaker` says: b[s..e) is one frame; answers a message or an Invalid. */
export class DecodeGenerator {
  readonly #description: Description;
  readonly #constants: Constants;
  readonly #out: Emitter;
  /** Inside an attempt, bytes that do not fit mean: try the next packet. */
  #attempt: string | undefined;

  constructor(description: Description, constants: Constants, out: Emitter) {
    this.#description = description;
    this.#constants = constants;
    this.#out = out;
  }

  /**
   * `function frame(b, s, e, from)`: bytes that the frame at `s` takes, as far as b[s..e) tells: when that is more than
   * there are, more must come. An Invalid when it cannot be a frame. `from` is how far a terminator was already sought.
   */
  frame(): void {
    const { framing, header } = this.#description;
    const out = this.#out;
    out.block('function frame(b, s, e, from)', () => {
      if (framing.by === 'size') {
        out.line(`return ${framing.bytes};`);
        return;
      }
      if (framing.by === 'terminator') {
        const mark = this.#constants.add(framing.terminator);
        out.line(`const at = r.find(b, ${mark}, from, e);`);
        out.line(`const n = at < 0 ? e - s + 1 : at + ${framing.terminator.length} - s;`);
        out.line(
          `if (n > ${framing.maxBytes}) ${this.#bad('length', `longer than the ${framing.maxBytes} bytes that a packet may have`, `${framing.maxBytes}`)}`,
        );
        out.line('return n;');
        return;
      }
      out.line(`if (e - s < ${framing.headerBytes}) return ${framing.headerBytes};`);
      let at = 0;
      for (const field of header) {
        if (field.kind === 'int' && field.role.is === 'constant') {
          const { code } = readIntExpression(field.layout, at, 's');
          out.line(
            `if (${code} !== ${js(field.role.value)}) ${this.#bad('constant', `${field.name} is not ${hex(field.role.value)}`, `${at}`)}`,
          );
        }
        if (field.name === framing.field && field.kind === 'int') {
          const { code, mayFail } = readIntExpression(field.layout, at, 's');
          out.line(`const claimed = ${code};`);
          if (mayFail)
            out.line(
              `if (claimed === undefined) ${this.#bad('length', `${field.name} is beyond 2^53`, `${at}`)}`,
            );
          out.line(`const n = claimed + ${framing.offset};`);
          out.line(
            `if (n < ${framing.headerBytes}) ${this.#bad('length', `${field.name} claims less than the header`, `${at}`)}`,
          );
          out.line(
            `if (n > ${framing.maxBytes}) ${this.#bad('length', `${field.name} claims more than the ${framing.maxBytes} bytes that a packet may have`, `${at}`)}`,
          );
        }
        at += fixedBytes(field) ?? 0;
      }
      out.line('return n;');
    });
  }

  parse(speaker: Speaker): void {
    const { header, framing } = this.#description;
    const out = this.#out;
    const packets = this.#description.packets.filter((packet) => packet.speakers.includes(speaker));
    out.block(`function parse_${speaker}(b, s, frameEnd)`, () => {
      out.line(`const e = frameEnd${framing.by === 'terminator' ? ` - ${framing.terminator.length}` : ''};`);
      out.line('let p = s, x = undefined;');
      const found: Found = { byName: new Map(), byKey: new Map(), request: undefined };
      // A length-framed header was checked by frame(): it is there, and its constants are right.
      this.#fields(header, 'e', found, framing.by === 'length' ? 'checked' : 'unchecked');
      out.line('const behindHeader = p;');
      this.#dispatch(packets, found);
      out.line(
        `return x ?? ${this.#badValue('unknown-packet', `no packet that a ${speaker} may send looks like this`, this.#selectorOffset())};`,
      );
    });
  }

  /** A switch over the header field that tells most packets apart, then a chain for each of its values. */
  #dispatch(packets: readonly Packet[], found: Found): void {
    const singles = (name: string): number[] =>
      packets.flatMap((packet) => {
        const condition = packet.when.get(name);
        const [value, ...more] = condition?.is === 'in' ? condition.values : [];
        return typeof value === 'number' && more.length === 0 ? [value] : [];
      });
    const names = this.#description.header.filter((field) => field.kind === 'int').map((field) => field.name);
    const best = names.reduce<{ name: string; values: Set<number> }>(
      (sofar, name) => {
        const values = new Set(singles(name));
        return values.size > sofar.values.size ? { name, values } : sofar;
      },
      { name: '', values: new Set() },
    );
    const variable = found.byName.get(best.name);
    if (variable === undefined || best.values.size < 2) {
      for (const packet of packets) this.#candidate(packet, found, undefined);
      return;
    }
    const out = this.#out;
    out.block(`switch (${variable})`, () => {
      for (const value of best.values) {
        out.block(`case ${value}:`, () => {
          for (const packet of packets) {
            const condition = packet.when.get(best.name);
            if (condition === undefined || holds(condition, value)) {
              this.#candidate(
                packet,
                found,
                condition?.is === 'in' && condition.values.length === 1 ? best.name : undefined,
              );
            }
          }
          out.line('break;');
        });
      }
      const others = packets.filter((packet) => {
        const condition = packet.when.get(best.name);
        return condition?.is !== 'in' || condition.values.some((value) => !best.values.has(value as number));
      });
      out.block('default:', () => {
        for (const packet of others) this.#candidate(packet, found, undefined);
      });
    });
  }

  #candidate(packet: Packet, header: Found, proven: string | undefined): void {
    const out = this.#out;
    const inHeader = (name: string): boolean => this.#description.header.some((field) => field.name === name);
    const tests = [...packet.when]
      .filter(([name]) => inHeader(name) && name !== proven)
      .map(([name, condition]) => test(header.byName.get(name) ?? 'undefined', condition));
    const later = new Map([...packet.when].filter(([name]) => !inHeader(name)));
    const label = later.size > 0 ? out.fresh('attempt') : undefined;
    const open = `${label === undefined ? '' : `${label}: `}${tests.length > 0 ? `if (${tests.join(' && ')})` : ''}`;
    out.block(open, () => {
      this.#attempt = label;
      const found: Found = { byName: new Map(), byKey: new Map(header.byKey), request: header.request };
      this.#fields(packet.fields, 'e', found, 'unchecked', later);
      if (this.#description.framing.by !== 'size') {
        out.line(
          `if (p !== e) ${this.#bad('long', `${packet.type} has bytes behind its last field`, 'p - s')}`,
        );
      }
      out.line(`return ${this.#message(packet, found)};`);
      this.#attempt = undefined;
    });
    if (label !== undefined) out.line('p = behindHeader;');
  }

  #message(packet: Packet, found: Found): string {
    const parts = [`type: ${js(packet.type)}`, `request: ${found.request ?? '0'}`];
    for (const [key, meaning] of Object.entries(VOCABULARY[packet.type].fields)) {
      parts.push(`${key}: ${found.byKey.get(key) ?? js(meaning.absent ?? 0)}`);
    }
    return `{ ${parts.join(', ')} }`;
  }

  #fields(
    fields: readonly Field[],
    end: string,
    found: Found,
    header: 'checked' | 'unchecked',
    conditions: ReadonlyMap<string, Condition> = new Map(),
  ): void {
    const out = this.#out;
    let index = 0;
    while (index < fields.length) {
      // Fields of fixed size that stand together are checked once and read at constant distances.
      let run = 0;
      const first = index;
      while (index < fields.length) {
        const field = fields[index];
        const bytes = field === undefined || field.kind === 'block' ? undefined : fixedBytes(field);
        if (bytes === undefined) break;
        run += bytes;
        index++;
      }
      if (run > 0) {
        if (header === 'unchecked') {
          out.line(
            `if (p + ${run} > ${end}) ${this.#bad('short', `ends inside ${names(fields.slice(first, index))}`, `${end} - s`)}`,
          );
        }
        let at = 0;
        for (const field of fields.slice(first, index)) {
          this.#fixed(field, at, found, header);
          this.#laterConditions(field, found, conditions);
          at += fixedBytes(field) ?? 0;
        }
        out.line(`p += ${run};`);
      }
      const field = fields[index];
      if (field !== undefined) {
        this.#variable(field, end, found, conditions);
        this.#laterConditions(field, found, conditions);
        index++;
      }
    }
  }

  #laterConditions(field: Field, found: Found, conditions: ReadonlyMap<string, Condition>): void {
    const condition = conditions.get(field.name);
    const variable = found.byName.get(field.name);
    if (condition === undefined || variable === undefined || this.#attempt === undefined) return;
    this.#out.line(`if (!(${test(variable, condition)})) break ${this.#attempt};`);
  }

  #fixed(field: Field, at: number, found: Found, header: 'checked' | 'unchecked'): void {
    const out = this.#out;
    const where = plus('p', at);
    switch (field.kind) {
      case 'int': {
        const { role } = field;
        if (role.is === 'extra' || role.is === 'length') return;
        if (role.is === 'constant' && header === 'checked') return;
        const { code, mayFail } = readIntExpression(field.layout, at);
        const variable = out.fresh('v');
        out.line(`const ${variable} = ${code};`);
        if (mayFail)
          out.line(
            `if (${variable} === undefined) ${this.#bad('value', `${field.name} is beyond 2^53`, `${where} - s`)}`,
          );
        this.#keep(field, field.swapped ? `r.swap16(${variable})` : variable, `${where} - s`, found);
        return;
      }
      case 'ip4':
      case 'ip6': {
        const variable = out.fresh('v');
        out.line(`const ${variable} = r.read${field.kind === 'ip4' ? 'Ip4' : 'Ip6'}(b, ${where});`);
        this.#keep(field, variable, `${where} - s`, found);
        return;
      }
      case 'padding':
        return;
      case 'decimal':
      case 'text':
      case 'bytes':
      case 'ip': {
        const bytes = fixedBytes(field) ?? 0;
        const pad = 'extent' in field && field.extent.by === 'size' ? field.extent.pad : undefined;
        const from = out.fresh('f');
        const to = out.fresh('t');
        out.line(`const ${from} = ${where};`);
        out.line(
          `const ${to} = ${pad === undefined ? plus(from, bytes) : `r.padStart(b, ${from}, ${plus(from, bytes)}, ${pad})`};`,
        );
        this.#textual(field, from, to, found);
        return;
      }
      case 'block':
      case 'group':
        return;
      default:
        assertNever(field);
    }
  }

  #variable(field: Field, end: string, found: Found, conditions: ReadonlyMap<string, Condition>): void {
    const out = this.#out;
    switch (field.kind) {
      case 'group':
        this.#group(field, end, found);
        return;
      case 'block': {
        const { to, after } = this.#extent(field.extent, field.name, end);
        this.#fields(field.fields, to, found, 'unchecked', conditions);
        out.line(
          `if (p !== ${to}) ${this.#bad('long', `${field.name} has bytes behind its last field`, 'p - s')}`,
        );
        out.line(`p = ${after};`);
        return;
      }
      case 'decimal':
      case 'text':
      case 'bytes':
      case 'ip': {
        const { from, to, after } = this.#extent(field.extent, field.name, end);
        this.#textual(field, from, to, found);
        out.line(`p = ${after};`);
        return;
      }
      case 'int':
      case 'ip4':
      case 'ip6':
      case 'padding':
        return;
      default:
        assertNever(field);
    }
  }

  #extent(extent: Extent, name: string, end: string): { from: string; to: string; after: string } {
    const out = this.#out;
    const to = out.fresh('t');
    const from = out.fresh('f');
    switch (extent.by) {
      case 'rest':
        out.line(`const ${from} = p, ${to} = ${end};`);
        return { from, to, after: to };
      case 'size': {
        out.line(
          `if (p + ${extent.bytes} > ${end}) ${this.#bad('short', `ends inside ${name}`, `${end} - s`)}`,
        );
        const after = out.fresh('a');
        out.line(`const ${from} = p, ${after} = p + ${extent.bytes};`);
        out.line(
          `const ${to} = ${extent.pad === undefined ? after : `r.padStart(b, p, ${after}, ${extent.pad})`};`,
        );
        return { from, to, after };
      }
      case 'prefix': {
        out.line(
          `if (p + ${extent.int.bytes} > ${end}) ${this.#bad('short', `ends inside the length of ${name}`, `${end} - s`)}`,
        );
        const { code } = readIntExpression(extent.int, 0);
        const count = out.fresh('n');
        out.line(`const ${count} = ${code};`);
        out.line(
          `if (!(${count} >= 0 && p + ${extent.int.bytes} + ${count} <= ${end})) ${this.#bad('short', `${name} claims more bytes than the packet has`, 'p - s')}`,
        );
        out.line(`const ${from} = p + ${extent.int.bytes}, ${to} = ${from} + ${count};`);
        return { from, to, after: to };
      }
      case 'until': {
        const mark = this.#constants.add(extent.delimiter);
        out.line(`const ${from} = p, ${to} = r.find(b, ${mark}, p, ${end});`);
        out.line(`if (${to} < 0) ${this.#bad('short', `${name} is not followed by its mark`, 'p - s')}`);
        return { from, to, after: plus(to, extent.delimiter.length) };
      }
      default:
        return assertNever(extent);
    }
  }

  #textual(field: Extract<Field, { extent: Extent }>, from: string, to: string, found: Found): void {
    const out = this.#out;
    if (field.kind === 'bytes' || field.kind === 'block' || field.role.is === 'extra') return;
    const variable = out.fresh('v');
    const where = `${from} - s`;
    if (field.kind === 'decimal') {
      out.line(`const ${variable} = r.readDecimal(b, ${from}, ${to});`);
      out.line(
        `if (${variable} === undefined) ${this.#bad('value', `${field.name} is no decimal number`, where)}`,
      );
      this.#keep(field, field.swapped ? `r.swap16(${variable})` : variable, where, found);
      return;
    }
    out.line(
      `if (${to} - ${from} > ${field.maxBytes}) ${this.#bad('value', `${field.name} is longer than ${field.maxBytes} bytes`, where)}`,
    );
    if (field.kind === 'ip') {
      out.line(`const ${variable} = r.readIpText(b, ${from}, ${to});`);
      out.line(`if (${variable} === undefined) ${this.#bad('value', `${field.name} is no address`, where)}`);
    } else {
      out.line(`const ${variable} = r.readText(b, ${from}, ${to}, ${js(field.encoding)});`);
      if (field.encoding !== 'latin-1') {
        out.line(
          `if (${variable} === undefined) ${this.#bad('value', `${field.name} is not valid ${field.encoding.toUpperCase()}`, where)}`,
        );
      }
    }
    this.#keep(field, variable, where, found);
  }

  /** Remembers the variable for conditions, for the message, or checks it against its constant. */
  #keep(field: Field, variable: string, where: string, found: Found): void {
    const { role } = field;
    const out = this.#out;
    switch (role.is) {
      case 'request':
        found.request = variable;
        return;
      case 'constant':
        out.line(
          `if (${variable} !== ${js(role.value)}) ${this.#bad('constant', `${field.name} is not ${hex(role.value)}`, where)}`,
        );
        return;
      case 'selector':
        found.byName.set(field.name, variable);
        return;
      case 'meaning':
        found.byName.set(field.name, variable);
        found.byKey.set(role.key, this.#meaning(field, role.meaning, variable, where));
        return;
      case 'length':
      case 'extra':
        return;
      default:
        assertNever(role);
    }
  }

  /** From the field's own value to the message's. */
  #meaning(field: Field, meaning: FieldMeaning, variable: string, where: string): string {
    const out = this.#out;
    switch (meaning.meaning) {
      case 'boolean':
        return `${variable} !== 0`;
      case 'time': {
        const unit = 'unit' in field ? field.unit : undefined;
        const ms = out.fresh('ms');
        out.line(
          `const ${ms} = ${unit === 's' ? `${variable} * 1000` : unit === 'us' ? `${variable} / 1000` : variable};`,
        );
        out.line(
          `if (!(${ms} <= ${MAX_DATE_MS} && ${ms} >= ${-MAX_DATE_MS})) ${this.#bad('value', `${field.name} is beyond any date`, where)}`,
        );
        return ms;
      }
      case 'status':
      case 'outcome': {
        const enumeration = 'enumeration' in field ? field.enumeration : undefined;
        const named = out.fresh('name');
        out.line(
          `const ${named} = ${this.#constants.add(enumeration?.nameOf ?? new Map())}.get(${variable});`,
        );
        out.line(
          `if (${named} === undefined) ${this.#bad('value', `${field.name} is no known ${meaning.meaning}`, where)}`,
        );
        return named;
      }
      case 'number':
      case 'text':
      case 'address':
      case 'clients':
        return variable;
      default:
        return assertNever(meaning.meaning);
    }
  }

  #group(field: Extract<Field, { kind: 'group' }>, end: string, found: Found): void {
    const out = this.#out;
    const collects = field.role.is === 'meaning';
    const list = out.fresh('list');
    if (collects) out.line(`const ${list} = [];`);
    const body = (): void => {
      const entry: Found = { byName: new Map(), byKey: new Map(), request: undefined };
      this.#fields(field.fields, end, entry, 'unchecked');
      if (!collects) return;
      const parts = Object.entries(ENTRY_FIELDS).map(
        ([key, meaning]) => `${key}: ${entry.byKey.get(key) ?? js(meaning.absent ?? 0)}`,
      );
      out.line(`${list}.push({ ${parts.join(', ')} });`);
    };
    if (field.repeat.by === 'count') {
      const { int } = field.repeat;
      out.line(
        `if (p + ${int.bytes} > ${end}) ${this.#bad('short', `ends inside the count of ${field.name}`, `${end} - s`)}`,
      );
      const { code } = readIntExpression(int, 0);
      const count = out.fresh('n');
      out.line(`const ${count} = ${code};`);
      out.line(`p += ${int.bytes};`);
      // Every entry takes a byte at least, so the count cannot make this longer than the packet.
      const index = out.fresh('i');
      out.block(`for (let ${index} = 0; ${index} < ${count}; ${index}++)`, body);
    } else {
      out.block(`while (p < ${end})`, body);
    }
    if (collects) this.#keep(field, list, 'p - s', found);
  }

  #selectorOffset(): string {
    let at = 0;
    for (const field of this.#description.header) {
      if (field.role.is === 'selector') return `${at}`;
      const bytes = fixedBytes(field);
      if (bytes === undefined) return '0';
      at += bytes;
    }
    return '0';
  }

  #badValue(reason: InvalidReason, message: string, offset: string): string {
    return `new Invalid(${js(reason)}, ${offset}, ${js(message)})`;
  }

  #bad(reason: InvalidReason, message: string, offset: string): string {
    const value = this.#badValue(reason, message, offset);
    return this.#attempt === undefined ? `return ${value};` : `{ x = ${value}; break ${this.#attempt}; }`;
  }
}

const names = (fields: readonly Field[]): string =>
  fields.length > 3
    ? `${fields[0]?.name ?? ''} … ${fields.at(-1)?.name ?? ''}`
    : fields.map((field) => field.name).join(', ');

const hex = (value: number | string): string =>
  typeof value === 'number' ? `0x${value.toString(16)}` : value;

function test(variable: string, condition: Condition): string {
  const operator = condition.is === 'in' ? '===' : '!==';
  const tests = condition.values.map((value) => `${variable} ${operator} ${js(value)}`);
  return tests.length === 1
    ? (tests[0] ?? 'true')
    : `(${tests.join(condition.is === 'in' ? ' || ' : ' && ')})`;
}

function holds(condition: Condition, value: number): boolean {
  return condition.values.includes(value) === (condition.is === 'in');
}
