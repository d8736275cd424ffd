import { Buffer } from 'node:buffer';
import { KitError } from '../bytes/index.ts';
import {
  AWAITED,
  type Bilingual,
  type Condition,
  type Description,
  type Enumeration,
  type Example,
  type Extent,
  type Field,
  fixedBytes,
  type Framing,
  type IntLayout,
  type Packet,
  type Role,
  takesRest,
  leastBytes,
} from './description.ts';
import {
  ENTRY_FIELDS,
  type FieldMeaning,
  isMessageType,
  type Speaker,
  STATUS,
  OUTCOMES,
  VOCABULARY,
} from './message.ts';
import { carriedKeys, flatten } from './fields.ts';
import { overlaps } from './overlap.ts';
import { DESCRIPTION, INT_TYPE, type RawCondition, type RawDescription, type RawField } from './schema.ts';
import { type Path, type Source } from './source.ts';

/** One thing that is wrong in a description, and where. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Checks a description and looks up all its names.
 *
 * @throws KitError `bad-description` (usage): the message lists every problem as `file:line:column: sentence`.
 */
export function resolveDescription(source: Source): Description {
  const problems: Problem[] = [];
  const report = (path: Path, message: string): void => {
    problems.push({ ...source.locate(path), message });
  };

  const parsed = DESCRIPTION.safeParse(source.value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      report(
        issue.path.filter((step) => typeof step !== 'symbol'),
        shapeSentence(issue.path, issue.message),
      );
    }
    throw badDescription(source.file, problems);
  }
  const description = new Resolver(parsed.data, report).resolve();
  if (problems.length > 0) throw badDescription(source.file, problems);
  return description;
}

function shapeSentence(path: readonly PropertyKey[], message: string): string {
  const last = path.at(-1);
  return last === undefined ? message : `${String(last)}: ${message}`;
}

function badDescription(file: string, problems: readonly Problem[]): KitError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return new KitError('bad-description', lines.join('\n'), {
    fault: 'usage',
    hint: 'docs/DESCRIBE-YOUR-PROTOCOL.md explains each part of a description.',
  });
}

const bilingual = (text: string | { en: string; zh: string } | undefined): Bilingual =>
  typeof text === 'object' ? text : { en: text ?? '', zh: text ?? '' };

type FieldMeanings = Readonly<Record<string, FieldMeaning>>;

/** What the fields of a list may mean, and the places where problems are reported. */
interface Scope {
  readonly path: Path;
  readonly meanings: FieldMeanings;
  /** Names whose values `when` gives. */
  readonly selectors: ReadonlySet<string>;
  readonly inHeader: boolean;
}

class Resolver {
  readonly #raw: RawDescription;
  readonly #report: (path: Path, message: string) => void;
  readonly #little: boolean;
  readonly #enums = new Map<string, Enumeration>();
  readonly #lengthField: string | undefined;
  readonly #requestField: string | undefined;

  constructor(raw: RawDescription, report: (path: Path, message: string) => void) {
    this.#raw = raw;
    this.#report = report;
    this.#little = raw.byteOrder === 'little';
    this.#lengthField = raw.framing.by === 'length' ? raw.framing.field : undefined;
    this.#requestField = raw.correlate === 'order' ? undefined : raw.correlate;
    for (const [name, values] of Object.entries(raw.enums ?? {})) {
      const valueOf = new Map(Object.entries(values));
      const nameOf = new Map<number, string>();
      for (const [label, value] of valueOf) {
        const twin = nameOf.get(value);
        if (twin !== undefined) report(['enums', name, label], `${label} and ${twin} are both ${value}`);
        nameOf.set(value, label);
      }
      this.#enums.set(name, { name, valueOf, nameOf });
    }
  }

  resolve(): Description {
    const raw = this.#raw;
    const selectors = new Set(Object.values(raw.packets).flatMap((packet) => Object.keys(packet.when ?? {})));
    const header = this.#fields(raw.header ?? [], {
      path: ['header'],
      meanings: headerMeanings(),
      selectors,
      inHeader: true,
    });
    const framing = this.#framing(header);
    const packets = Object.entries(raw.packets).flatMap(
      ([key, packet]) => this.#packet(key, packet, header) ?? [],
    );
    this.#requireHeaderField(['correlate'], this.#requestField, header);
    this.#checkOverlaps(packets);
    this.#checkAnswers(packets);
    this.#checkFixedSize(packets);
    return {
      name: raw.protocol,
      title: bilingual(raw.title ?? raw.protocol),
      about: bilingual(raw.about),
      rules: (raw.rules ?? []).map(bilingual),
      port: raw.port,
      framing,
      correlate:
        this.#requestField === undefined ? { by: 'order' } : { by: 'field', field: this.#requestField },
      enums: this.#enums,
      header,
      packets: this.#withBeginnings(packets, header),
      examples: this.#examples(),
    };
  }

  #requireHeaderField(path: Path, name: string | undefined, header: readonly Field[]): void {
    if (name === undefined) return;
    const field = header.find((candidate) => candidate.name === name);
    if (field === undefined) this.#report(path, `the header has no field ${name}`);
    else if (field.kind !== 'int' && field.kind !== 'decimal') {
      this.#report(path, `${name} is ${field.kind}; a number is needed here`);
    }
  }

  #framing(header: readonly Field[]): Framing {
    const raw = this.#raw.framing;
    if (raw.by === 'size') return { by: 'size', bytes: raw.bytes, maxBytes: raw.bytes };
    if (raw.by === 'terminator') {
      return { by: 'terminator', terminator: Buffer.from(raw.bytes, 'utf8'), maxBytes: raw.max };
    }
    let headerBytes = 0;
    for (const field of header) {
      const bytes = fixedBytes(field);
      if (bytes === undefined) {
        this.#report(['header'], `${field.name} has no fixed size, so the length behind it cannot be found`);
      }
      headerBytes += bytes ?? 0;
    }
    this.#requireHeaderField(['framing', 'field'], raw.field, header);
    const plus = raw.plus ?? 0;
    const offset = (raw.counts === 'payload' ? headerBytes : 0) - plus;
    const field = header.find((candidate) => candidate.name === raw.field);
    if (field?.kind === 'int') {
      const largest = 2 ** (8 * field.layout.bytes - (field.layout.signed ? 1 : 0)) - 1;
      if (largest + offset < raw.max) {
        this.#report(
          ['framing', 'max'],
          `${raw.field} reaches ${largest}, so no packet is longer than ${largest + offset} bytes; max says ${raw.max}`,
        );
      }
    }
    if (raw.max < headerBytes) {
      this.#report(['framing', 'max'], `the header alone takes ${headerBytes} bytes; max says ${raw.max}`);
    }
    return { by: 'length', field: raw.field, offset, headerBytes, maxBytes: raw.max };
  }

  #packet(key: string, raw: RawDescription['packets'][string], header: readonly Field[]): Packet | undefined {
    const path: Path = ['packets', key];
    if (!isMessageType(key)) {
      this.#report(path, `${key} is no operation and kind; known are ${Object.keys(VOCABULARY).join(', ')}`);
      return undefined;
    }
    const { speakers: allowed, fields: meanings } = VOCABULARY[key];
    const speakers: readonly Speaker[] = raw.from === 'both' ? ['client', 'server'] : [raw.from];
    for (const speaker of speakers) {
      if (!allowed.includes(speaker))
        this.#report([...path, 'from'], `${key} is said by the ${allowed.join(' or ')} only`);
    }
    const conditions = Object.keys(raw.when ?? {});
    const fields = this.#fields(raw.fields ?? [], {
      path: [...path, 'fields'],
      meanings,
      selectors: new Set(conditions),
      inHeader: false,
    });
    this.#checkRest(fields, [...path, 'fields']);
    const when = new Map<string, Condition>();
    if (raw.opening !== undefined && (key !== 'hello.indication' || raw.when !== undefined)) {
      this.#report([...path, 'opening'], 'only hello.indication can be an opening, and it needs no when');
    }
    if (raw.opening?.ends === 'packet' && this.#raw.framing.by === 'length') {
      this.#report(
        [...path, 'opening', 'ends'],
        'packets end where their header says, and an opening has no header: say ends: next-packet',
      );
    }
    for (const [name, condition] of Object.entries(raw.when ?? {})) {
      if (name === AWAITED) {
        when.set(name, this.#awaited(condition, key, [...path, 'when', name]));
        continue;
      }
      const field = [...header, ...flatten(fields)].find((candidate) => candidate.name === name);
      if (field === undefined)
        this.#report([...path, 'when', name], `neither the header nor the packet has a field ${name}`);
      else when.set(name, this.#condition(condition, field, [...path, 'when', name]));
    }
    const carried = new Set([...carriedKeys([...header, ...fields])]);
    for (const [name, meaning] of Object.entries(meanings)) {
      if (!carried.has(name) && meaning.absent === undefined)
        this.#report(path, `${key} has no field that carries ${name}`);
    }
    return {
      type: key,
      speakers,
      about: bilingual(raw.about),
      rules: (raw.rules ?? []).map(bilingual),
      opening: this.#opening(raw.opening),
      when,
      fields,
    };
  }

  /** Answers that only the order of the requests tells apart. */
  #awaited(raw: RawCondition, key: string, path: Path): Condition {
    const values = Array.isArray(raw) ? raw : [raw];
    if (!key.endsWith('.response')) this.#report(path, `${key} is no response, so no request awaits it`);
    if (this.#requestField !== undefined)
      this.#report(path, 'answers carry request numbers here, so their order says nothing: correlate: order');
    for (const value of values) {
      if (typeof value !== 'string' || !(`${value}.request` in this.#raw.packets))
        this.#report(
          path,
          `there is no packet ${JSON.stringify(value)}.request that an answer could be awaited to`,
        );
    }
    return { is: 'in', values: values.map(String) };
  }

  #opening(raw: RawDescription['packets'][string]['opening']): Packet['opening'] {
    if (raw === undefined || raw.ends === 'packet') return raw && { ends: 'packet' };
    return { ends: 'next-packet', maxBytes: raw.max ?? 256, begins: [] };
  }

  /** The bytes with which a server's packets can begin end an opening that has no end of its own. */
  #withBeginnings(packets: readonly Packet[], header: readonly Field[]): Packet[] {
    return packets.map((packet) => {
      if (packet.opening?.ends !== 'next-packet') return packet;
      const begins = beginnings(header, packets);
      if (begins.length === 0) {
        this.#report(
          ['packets', packet.type, 'opening'],
          'the header begins with nothing that is known of every packet, so nobody can see where the opening ends',
        );
      }
      return { ...packet, opening: { ...packet.opening, begins } };
    });
  }

  /** What a packet of fixed size does not use is zeros, which must not be taken for a value. */
  #checkFixedSize(packets: readonly Packet[]): void {
    if (this.#raw.framing.by !== 'size') return;
    for (const { type, fields, opening } of packets) {
      const last = fields.at(-1);
      if (last === undefined || !takesRest(last) || opening?.ends === 'next-packet') continue;
      this.#report(
        ['packets', type, 'fields', fields.length - 1],
        `${last.name} takes the rest, and what is not used of a packet of fixed size is zeros: give a size and pad`,
      );
    }
  }

  #condition(raw: RawCondition, field: Field, path: Path): Condition {
    const negative = typeof raw === 'object' && !Array.isArray(raw);
    const listed = negative ? raw.not : raw;
    const values = (Array.isArray(listed) ? listed : [listed]).map((value) =>
      this.#constant(value, field, path),
    );
    return { is: negative ? 'not in' : 'in', values };
  }

  /** A value as the field holds it: an enumeration's name becomes its number. */
  #constant(value: number | string, field: Field, path: Path): number | string {
    const enumeration = 'enumeration' in field ? field.enumeration : undefined;
    if (typeof value === 'string' && enumeration !== undefined) {
      const number = enumeration.valueOf.get(value);
      if (number !== undefined) return number;
      this.#report(
        path,
        `${enumeration.name} has no ${value}; it has ${[...enumeration.valueOf.keys()].join(', ')}`,
      );
      return 0;
    }
    const wanted = field.kind === 'int' || field.kind === 'decimal' ? 'number' : 'string';
    if (typeof value !== wanted)
      this.#report(path, `${field.name} holds a ${wanted}, not ${JSON.stringify(value)}`);
    return value;
  }

  #fields(raws: readonly RawField[], scope: Scope): Field[] {
    const seen = new Set<string>();
    return raws.map((raw, index) => {
      const path = [...scope.path, index];
      const name = raw.name ?? `${raw.type}${index}`;
      if (seen.has(name)) this.#report(path, `there are two fields ${name}`);
      seen.add(name);
      return this.#field({ ...raw, name }, { ...scope, path });
    });
  }

  #field(raw: RawField & { name: string }, scope: Scope): Field {
    const enumeration = raw.enum === undefined ? undefined : this.#enums.get(raw.enum);
    if (raw.enum !== undefined && enumeration === undefined)
      this.#report([...scope.path, 'enum'], `there is no enum ${raw.enum}`);
    const base = { name: raw.name, about: bilingual(raw.about), role: this.#role(raw, scope) };
    const int = INT_TYPE.exec(raw.type);
    if (int) {
      return this.#withConstant(
        {
          ...base,
          kind: 'int',
          layout: this.#int(raw.type),
          enumeration,
          unit: raw.unit,
          swapped: raw.swapped ?? false,
        },
        raw,
        scope,
      );
    }
    const extent = (): Extent => this.#extent(raw, scope);
    const { framing } = this.#raw;
    const maxBytes = raw.max ?? (framing.by === 'size' ? framing.bytes : framing.max);
    switch (raw.type) {
      case 'decimal':
        return this.#withConstant(
          {
            ...base,
            kind: 'decimal',
            extent: extent(),
            unit: raw.unit,
            swapped: raw.swapped ?? false,
            enumeration,
          },
          raw,
          scope,
        );
      case 'text':
        return this.#withConstant(
          {
            ...base,
            kind: 'text',
            extent: extent(),
            encoding: raw.encoding ?? 'utf-8',
            maxBytes,
            enumeration,
          },
          raw,
          scope,
        );
      case 'bytes':
        return { ...base, kind: 'bytes', extent: extent(), maxBytes };
      case 'ip':
        return { ...base, kind: 'ip', extent: extent(), maxBytes: 64 };
      case 'ip4':
      case 'ip6':
        return { ...base, kind: raw.type };
      case 'padding':
        if (typeof raw.size !== 'number') this.#report(scope.path, 'padding needs size: a number of bytes');
        return { ...base, kind: 'padding', bytes: typeof raw.size === 'number' ? raw.size : 1 };
      case 'group': {
        if (raw.repeat === undefined)
          this.#report(scope.path, 'a group needs repeat: rest, or repeat: { count: u16 }');
        const repeat =
          typeof raw.repeat === 'object'
            ? ({ by: 'count', int: this.#int(raw.repeat.count) } as const)
            : ({ by: 'rest' } as const);
        return { ...base, kind: 'group', repeat, fields: this.#groupFields(raw, scope, base.role) };
      }
      case 'tlv':
        return this.#tlv(raw, scope, base);
      default: {
        if (raw.fields === undefined) this.#report(scope.path, 'a block needs fields');
        const fields = this.#fields(raw.fields ?? [], { ...scope, path: [...scope.path, 'fields'] });
        this.#checkRest(fields, [...scope.path, 'fields']);
        const around = extent();
        if (around.by === 'size' && around.pad === undefined)
          this.#report(scope.path, 'a block of fixed size needs pad: nul or space');
        if (around.by === 'size') {
          for (const field of flatten(fields)) {
            if (!['decimal', 'text', 'ip', 'group'].includes(field.kind))
              this.#report(
                [...scope.path, 'fields'],
                `${field.name} may hold the byte that fills up the block; only text can stand in it`,
              );
          }
        }
        return { ...base, kind: 'block', extent: around, fields };
      }
    }
  }

  #tlv(raw: RawField, scope: Scope, base: { name: string; about: Bilingual; role: Role }): Field {
    if (raw.tags === undefined || raw.lengths === undefined)
      this.#report(scope.path, 'a tlv needs tags and lengths: the integers that hold type and length');
    const inner = raw.fields ?? [];
    if (inner.length === 0) this.#report(scope.path, 'a tlv needs fields, each with its tag');
    const fields = this.#fields(inner, { ...scope, path: [...scope.path, 'fields'] });
    const tag = this.#int(raw.tags ?? 'u8');
    const length = this.#int(raw.lengths ?? 'u16');
    const seen = new Map<number, string>();
    const items = fields.map((field, index) => {
      const number = inner[index]?.tag;
      const path = [...scope.path, 'fields', index];
      if (number === undefined) this.#report(path, `${field.name} needs its tag`);
      const twin = seen.get(number ?? -1);
      if (twin !== undefined) this.#report([...path, 'tag'], `${field.name} and ${twin} have the same tag`);
      seen.set(number ?? -1, field.name);
      if ((number ?? 0) >= 2 ** (8 * tag.bytes))
        this.#report([...path, 'tag'], `${number} does not fit ${raw.tags ?? 'u8'}`);
      if (field.role.is !== 'meaning' && field.role.is !== 'extra')
        this.#report(path, `${field.name} cannot tell packets apart: an item may be missing`);
      return { tag: number ?? 0, field };
    });
    if (tag.bytes > 4 || tag.signed || length.signed)
      this.#report(scope.path, 'tags have at most 32 bits; tags and lengths have no sign');
    return {
      ...base,
      role: { is: 'extra' },
      kind: 'tlv',
      tag,
      length,
      plus: raw.plus ?? 0,
      strangers: raw.strangers ?? 'skip',
      items,
    };
  }

  #groupFields(raw: RawField, scope: Scope, role: Role): Field[] {
    const path = [...scope.path, 'fields'];
    const clients = role.is === 'meaning' && role.meaning.meaning === 'clients';
    const fields = this.#fields(raw.fields ?? [], {
      path,
      meanings: clients ? ENTRY_FIELDS : {},
      selectors: new Set(),
      inHeader: false,
    });
    if (fields.length === 0) this.#report(scope.path, 'a group needs fields');
    for (const field of flatten(fields)) {
      if (takesRest(field)) this.#report(path, `${field.name} takes the rest, so the group cannot repeat`);
    }
    if (fields.length > 0 && fields.reduce((sum, field) => sum + leastBytes(field), 0) === 0) {
      this.#report(path, 'an entry can take no bytes at all, so nobody knows how many there are');
    }
    const carried = new Set(
      flatten(fields).flatMap((field) => (field.role.is === 'meaning' ? [field.role.key] : [])),
    );
    if (clients) {
      for (const [name, meaning] of Object.entries(ENTRY_FIELDS)) {
        if (!carried.has(name) && meaning.absent === undefined)
          this.#report(path, `a client's entry has no field that carries ${name}`);
      }
    }
    return fields;
  }

  #withConstant<F extends Field>(field: F, raw: RawField, scope: Scope): F {
    if (raw.value === undefined) return field;
    const value = this.#constant(raw.value, field, [...scope.path, 'value']);
    return { ...field, role: { is: 'constant', value } };
  }

  #role(raw: RawField & { name: string }, scope: Scope): Role {
    if (scope.inHeader && raw.name === this.#lengthField) return { is: 'length' };
    if (scope.inHeader && raw.name === this.#requestField) return { is: 'request' };
    const key = raw.is ?? raw.name;
    const meaning = Object.hasOwn(scope.meanings, key) ? scope.meanings[key] : undefined;
    if (meaning === undefined) {
      if (raw.is !== undefined)
        this.#report(
          [...scope.path, 'is'],
          `nothing here is called ${raw.is}; known are ${Object.keys(scope.meanings).join(', ') || 'none'}`,
        );
      return scope.selectors.has(raw.name) ? { is: 'selector' } : { is: 'extra' };
    }
    const problem = misfit(raw, meaning, this.#enums);
    if (problem !== undefined) this.#report(scope.path, problem);
    return { is: 'meaning', key, meaning };
  }

  #int(type: string): IntLayout {
    const [, sign, bits, order] = INT_TYPE.exec(type) ?? [];
    return {
      bytes: Number(bits) / 8,
      signed: sign === 'i',
      little: order === undefined ? this.#little : order === 'le',
    };
  }

  #extent(raw: RawField, scope: Scope): Extent {
    const given = [raw.size, raw.prefix, raw.until].filter((part) => part !== undefined);
    if (given.length !== 1)
      this.#report(scope.path, `${raw.name ?? raw.type} needs exactly one of size, prefix, until`);
    if (raw.prefix !== undefined) return { by: 'prefix', int: this.#int(raw.prefix) };
    if (raw.until !== undefined) {
      return { by: 'until', delimiter: Buffer.from(raw.until, 'utf8'), orEnd: raw.orEnd ?? false };
    }
    if (typeof raw.size === 'number') {
      const pad = raw.pad === undefined ? undefined : raw.pad === 'nul' ? 0 : 0x20;
      return { by: 'size', bytes: raw.size, pad };
    }
    return { by: 'rest' };
  }

  /** Whatever takes the rest must be the last of its list. */
  #checkRest(fields: readonly Field[], path: Path): void {
    fields.forEach((field, index) => {
      const next = fields[index + 1];
      if (takesRest(field) && next !== undefined)
        this.#report([...path, index + 1], `${next.name} stands behind ${field.name}, which takes the rest`);
    });
  }

  /** Requests that have no other use than their answer, and answers to nothing. A send may go unanswered. */
  #checkAnswers(packets: readonly Packet[]): void {
    const types = new Set<string>(packets.map(({ type }) => type));
    for (const type of types) {
      const [operation = '', kind] = type.split('.');
      if (operation === 'error') continue;
      const asked = operation === 'deliver' ? 'deliver.indication' : `${operation}.request`;
      if (kind === 'response' && !types.has(asked))
        this.#report(['packets', type], `${type} answers no packet`);
      if (kind === 'request' && operation !== 'send' && !types.has(`${operation}.response`))
        this.#report(['packets', type], `${type} has no ${operation}.response`);
    }
  }

  #checkOverlaps(packets: readonly Packet[]): void {
    packets.forEach((packet, index) => {
      for (const earlier of packets.slice(0, index)) {
        const shared = packet.speakers.filter((speaker) => earlier.speakers.includes(speaker));
        if (shared.length > 0 && overlaps(packet, earlier)) {
          this.#report(
            ['packets', packet.type],
            `cannot be told from ${earlier.type}: some packet of the ${shared.join(' and ')} fits both`,
          );
        }
      }
    });
  }

  #examples(): Example[] {
    return (this.#raw.examples ?? []).flatMap((example, index) => {
      const path: Path = ['examples', index];
      if (!isMessageType(example.packet) || !(example.packet in this.#raw.packets)) {
        this.#report([...path, 'packet'], `there is no packet ${example.packet}`);
        return [];
      }
      const bytes = exampleBytes(example.bytes);
      if (bytes === undefined)
        this.#report([...path, 'bytes'], 'bytes are pairs of hexadecimal digits; 00*7 means seven times 00');
      return [
        {
          type: example.packet,
          about: bilingual(example.about),
          values: example.values,
          bytes: bytes ?? Buffer.alloc(0),
        },
      ];
    });
  }
}

/** Every way in which a packet of the server can begin, as far as its header's first fields are known numbers. */
function beginnings(header: readonly Field[], packets: readonly Packet[]): Uint8Array[] {
  const said = packets.filter(
    ({ speakers, opening }) => speakers.includes('server') && opening === undefined,
  );
  let begins: Uint8Array[] = [new Uint8Array(0)];
  for (const field of header) {
    if (field.kind !== 'int') break;
    const values = new Set<number>();
    for (const packet of said) {
      const condition = packet.when.get(field.name);
      if (field.role.is === 'constant') values.add(Number(field.role.value));
      else if (condition?.is === 'in') for (const value of condition.values) values.add(Number(value));
      else return begins.filter(({ length }) => length > 0);
    }
    if (values.size === 0 || begins.length * values.size > MOST_BEGINNINGS) break;
    begins = begins.flatMap((begin) =>
      [...values].map((value) => Buffer.concat([begin, bytesOf(value, field.layout)])),
    );
  }
  return begins.filter(({ length }) => length > 0);
}

/** `43 4c 00*7`, or undefined for what is not of that kind. */
function exampleBytes(text: string): Buffer | undefined {
  const parts = text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, hex, times = '1'] = /^((?:[0-9a-fA-F]{2})+)(?:\*([1-9][0-9]{0,4}))?$/.exec(part) ?? [];
      return hex === undefined
        ? undefined
        : Buffer.from(hex.repeat(hex.length === 2 ? Number(times) : 1), 'hex');
    });
  return parts.includes(undefined) ? undefined : Buffer.concat(parts.filter((part) => part !== undefined));
}

const MOST_BEGINNINGS = 64;

function bytesOf(value: number, { bytes, little }: IntLayout): Buffer {
  const whole = BigInt.asUintN(8 * bytes, BigInt(value));
  const result = Buffer.from(whole.toString(16).padStart(2 * bytes, '0'), 'hex');
  return little ? result.reverse() : result;
}

/** Header fields may carry what any packet may carry by that name. */
function headerMeanings(): FieldMeanings {
  return { status: { meaning: 'status', absent: 'ok' } };
}

const NUMERIC = (type: string): boolean => INT_TYPE.test(type) || type === 'decimal';

/** Why a field's layout cannot hold its meaning, or undefined when it can. */
function misfit(
  raw: RawField,
  meaning: FieldMeaning,
  enums: ReadonlyMap<string, Enumeration>,
): string | undefined {
  const { type } = raw;
  const name = raw.name ?? type;
  switch (meaning.meaning) {
    case 'number':
    case 'boolean':
      return NUMERIC(type) ? undefined : `${name} is a number and cannot be ${type}`;
    case 'time':
      if (!NUMERIC(type)) return `${name} is a time and cannot be ${type}`;
      return raw.unit === undefined ? `${name} is a time and needs unit: s, ms or us` : undefined;
    case 'text':
      return type === 'text' ? undefined : `${name} is text and cannot be ${type}`;
    case 'address':
      return ['ip', 'ip4', 'ip6'].includes(type) ? undefined : `${name} is an address and cannot be ${type}`;
    case 'clients':
      return type === 'group' ? undefined : `${name} is the list of clients and must be a group`;
    case 'status':
    case 'outcome': {
      const known: readonly string[] = meaning.meaning === 'status' ? STATUS : OUTCOMES;
      if (raw.enum === undefined) return `${name} needs an enum that names ${known.join(', ')}`;
      const stranger = [...(enums.get(raw.enum)?.valueOf.keys() ?? [])].find(
        (label) => !known.includes(label),
      );
      return stranger === undefined
        ? undefined
        : `${name}: ${stranger} is no ${meaning.meaning}; known are ${known.join(', ')}`;
    }
  }
}
