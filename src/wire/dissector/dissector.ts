import {
  type Condition,
  type Description,
  type Extent,
  type Field,
  fixedBytes,
  type IntLayout,
  type Packet,
} from '../description.ts';
import { AWAITED } from '../description.ts';
import { lua, type LuaValue, raw } from './lua.ts';
import { DISSECTOR_RUNTIME } from './runtime.ts';

/**
 * A Wireshark dissector in Lua: every field with its name, numbers by name, reassembly over segments, malformed packets
 * marked. Load it with `-X lua_script:FILE`; on other ports use "Decode as".
 */
export function dissector(description: Description): string {
  const fields = new FieldTable(description.name);
  const table = protocolTable(description, fields);
  return [
    `-- Wireshark dissector of ${description.name}. Made from its description by chat-lab protocol dissector.`,
    '-- Load it with: tshark -X lua_script:FILE, or put it into the folder of personal Lua plugins.',
    `local proto = Proto(${lua(description.name)}, ${lua(description.title.en)})`,
    'local F = {}',
    ...fields.lines,
    'local all = {}',
    'for _, field in pairs(F) do all[#all + 1] = field end',
    'proto.fields = all',
    `local P = ${table}`,
    DISSECTOR_RUNTIME.trim(),
    '',
  ].join('\n');
}

/** Declarations of ProtoFields, each name once. */
class FieldTable {
  readonly lines: string[];
  readonly #protocol: string;
  readonly #seen = new Set<string>();

  constructor(protocol: string) {
    this.#protocol = protocol;
    this.lines = [`F["packet"] = ProtoField.string(${lua(`${protocol}.packet`)}, "packet")`];
    this.#seen.add('packet');
  }

  /** The key in F of a field; `path` makes its filter name. */
  add(field: Field, path: string): string {
    let key = path;
    while (this.#seen.has(key)) key += '_';
    this.#seen.add(key);
    const abbreviation = `${this.#protocol}.${key}`;
    this.lines.push(`F[${lua(key)}] = ${declaration(field, abbreviation)}`);
    return key;
  }
}

function declaration(field: Field, abbreviation: string): string {
  const head = `${lua(abbreviation)}, ${lua(field.name)}`;
  switch (field.kind) {
    case 'int': {
      const { bytes, signed } = field.layout;
      const type = `${signed ? 'int' : 'uint'}${bytes > 4 ? 64 : bytes * 8}`;
      const base = field.role.is === 'constant' && !signed ? 'base.HEX' : 'base.DEC';
      const names = field.enumeration === undefined ? '' : `, ${namesTable(field.enumeration.nameOf)}`;
      return `ProtoField.${type}(${head}, ${base}${names})`;
    }
    case 'decimal':
      return `ProtoField.int64(${head}, base.DEC${field.enumeration === undefined ? '' : `, ${namesTable(field.enumeration.nameOf)}`})`;
    case 'ip4':
      return `ProtoField.ipv4(${head})`;
    case 'ip6':
      return `ProtoField.ipv6(${head})`;
    case 'bytes':
      return `ProtoField.bytes(${head})`;
    case 'text':
    case 'ip':
    case 'padding':
    case 'block':
    case 'group':
    case 'tlv':
      return `ProtoField.string(${head})`;
  }
}

const namesTable = (names: ReadonlyMap<number, string>): string =>
  `{ ${[...names].map(([value, name]) => `[${value}] = ${lua(name)}`).join(', ')} }`;

function protocolTable(description: Description, fields: FieldTable): string {
  const { framing, header } = description;
  const headerNames = new Set([AWAITED, ...header.map(({ name }) => name)]);
  const opening = description.packets.find((packet) => packet.opening !== undefined);
  const table: Record<string, LuaValue> = {
    name: description.name,
    column: description.name.toUpperCase(),
    port: description.port,
    max: framing.maxBytes,
    header: header.map((field) => fieldTable(field, '', fields)),
    packets: description.packets
      .filter((packet) => packet.opening === undefined)
      .map((packet) => packetTable(packet, headerNames, fields)),
  };
  if (opening?.opening !== undefined) {
    table['opening'] = {
      ...(packetTable(opening, headerNames, fields) as Record<string, LuaValue>),
      ends: opening.opening.ends,
      ...(opening.opening.ends === 'next-packet'
        ? { max: opening.opening.maxBytes, begins: opening.opening.begins.map((begin) => raw(begin)) }
        : {}),
    };
  }
  switch (framing.by) {
    case 'size':
      table['size'] = framing.bytes;
      break;
    case 'terminator':
      table['terminator'] = raw(framing.terminator);
      break;
    case 'length': {
      let at = 0;
      for (const field of header) {
        if (field.name === framing.field && field.kind === 'int') {
          table['lengthAt'] = at;
          table['lengthInt'] = int(field.layout);
        }
        at += fixedBytes(field) ?? 0;
      }
      table['headerBytes'] = framing.headerBytes;
      table['lengthPlus'] = framing.offset;
      break;
    }
  }
  return lua(table);
}

function packetTable(packet: Packet, headerNames: ReadonlySet<string>, fields: FieldTable): LuaValue {
  const conditions = (inHeader: boolean): LuaValue =>
    Object.fromEntries(
      [...packet.when]
        .filter(([name]) => headerNames.has(name) === inHeader)
        .map(([name, condition]) => [name, conditionTable(condition)]),
    );
  return {
    type: packet.type,
    client: packet.speakers.includes('client'),
    server: packet.speakers.includes('server'),
    opening: packet.opening !== undefined,
    header: conditions(true),
    own: conditions(false),
    fields: packet.fields.map((field) => fieldTable(field, `${packet.type.replace('.', '_')}.`, fields)),
  };
}

const conditionTable = ({ is, values }: Condition): LuaValue => ({ is, values: [...values] });

const int = ({ bytes, signed, little }: IntLayout): LuaValue => ({ bytes, signed, little });

function fieldTable(field: Field, prefix: string, fields: FieldTable): LuaValue {
  const { name, role, kind } = field;
  const path = prefix + name;
  const base: Record<string, LuaValue> = { kind, name };
  if (!['padding', 'block', 'group', 'tlv'].includes(kind)) base['key'] = fields.add(field, path);
  if (role.is === 'constant') base['constant'] = role.value;
  if (
    role.is === 'request' ||
    (role.is === 'meaning' && ['number', 'status', 'outcome'].includes(role.meaning.meaning))
  )
    base['info'] = true;
  if ('enumeration' in field && field.enumeration !== undefined) {
    base['enum'] = new Map(field.enumeration.nameOf);
    base['named'] = role.is === 'meaning' && ['status', 'outcome'].includes(role.meaning.meaning);
  }
  if ('unit' in field && field.unit !== undefined)
    base['unit'] = { s: 1, ms: 1000, us: 1_000_000 }[field.unit];
  if ('swapped' in field && field.swapped) base['swapped'] = true;
  if ('extent' in field) base['extent'] = extentTable(field.extent);
  switch (field.kind) {
    case 'int':
      return { ...base, layout: int(field.layout) };
    case 'padding':
      return { ...base, bytes: field.bytes };
    case 'text':
      return {
        ...base,
        max: field.maxBytes,
        encoding: { 'utf-8': 'ENC_UTF_8', ascii: 'ENC_ASCII', 'latin-1': 'ENC_ISO_8859_1' }[field.encoding],
      };
    case 'ip':
      return { ...base, max: field.maxBytes, encoding: 'ENC_ASCII' };
    case 'block':
      return { ...base, fields: field.fields.map((inner) => fieldTable(inner, prefix, fields)) };
    case 'group':
      return {
        ...base,
        ...(field.repeat.by === 'count' ? { count: int(field.repeat.int) } : {}),
        fields: field.fields.map((inner) => fieldTable(inner, `${path}.`, fields)),
      };
    case 'tlv':
      return {
        ...base,
        tag: int(field.tag),
        length: int(field.length),
        plus: field.plus,
        refuse: field.strangers === 'refuse',
        known: new Map(field.items.map(({ tag }) => [tag, true])),
        items: field.items.map(({ tag, field: inner }) => ({
          tag,
          needed: inner.role.is === 'meaning' && inner.role.meaning.absent === undefined,
          field: fieldTable(inner, prefix, fields),
        })),
      };
    case 'decimal':
    case 'bytes':
    case 'ip4':
    case 'ip6':
      return base;
  }
}

function extentTable(extent: Extent): LuaValue {
  switch (extent.by) {
    case 'rest':
      return { by: 'rest' };
    case 'size':
      return { by: 'size', bytes: extent.bytes, pad: extent.pad };
    case 'prefix':
      return { by: 'prefix', int: int(extent.int) };
    case 'until':
      return { by: 'until', mark: raw(extent.delimiter), orEnd: extent.orEnd };
  }
}
