import { Buffer } from 'node:buffer';
import fc, { type Arbitrary } from 'fast-check';
import {
  type Description,
  type Field,
  type Message,
  type Packet,
  type Speaker,
} from '../../src/wire/index.ts';
import { ENTRY_FIELDS, type FieldMeaning, VOCABULARY } from '../../src/wire/message.ts';
import { flatten } from '../../src/wire/fields.ts';

/**
 * Messages that a description can carry, so that what comes back must be what went in: texts that fit and hold none of
 * the marks, times in whole units, addresses in the one form that a decoder writes.
 */
export function messageOf(description: Description, packet: Packet): Arbitrary<Message> {
  const marks = framingMarks(description);
  const fields = packet.opening === undefined ? [...description.header, ...packet.fields] : packet.fields;
  const record: Record<string, Arbitrary<unknown>> = {
    type: fc.constant(packet.type),
    request: fc.constant(0),
  };
  const room = description.framing.maxBytes - 64;
  for (const [key, meaning] of Object.entries(VOCABULARY[packet.type].fields)) {
    record[key] = valueOf(key, meaning, fields, marks, room, packet);
  }
  if (description.correlate.by === 'field') {
    const { field: name } = description.correlate;
    const field = description.header.find((candidate) => candidate.name === name);
    if (field) record['request'] = numberIn(field);
  }
  return fc.record(record) as unknown as Arbitrary<Message>;
}

/** Any message that `speaker` may send. */
export function messagesOf(description: Description, speaker: Speaker): Arbitrary<Message> {
  const packets = description.packets.filter(
    (packet) => packet.speakers.includes(speaker) && packet.opening === undefined,
  );
  return fc.oneof(...packets.map((packet) => messageOf(description, packet)));
}

/** Fields, and those in their items. */
const items = (fields: readonly Field[]): Field[] =>
  fields.flatMap((field) => (field.kind === 'tlv' ? items(field.items.map((item) => item.field)) : [field]));

function framingMarks({ framing }: Description): Uint8Array[] {
  return framing.by === 'terminator' ? [framing.terminator] : [];
}

/** Every mark that ends or pads something: a text that holds one of them cannot be sent. */
function marksAround(fields: readonly Field[]): Uint8Array[] {
  return items(flatten(fields)).flatMap((field) => [
    ...('extent' in field && field.extent.by === 'until' ? [field.extent.delimiter] : []),
    ...('extent' in field && field.extent.by === 'size' && field.extent.pad === 0 ? [Uint8Array.of(0)] : []),
    ...('extent' in field && field.extent.by === 'size' && field.extent.pad === 0x20
      ? [Uint8Array.of(0x20)]
      : []),
    ...(field.kind === 'group' ? marksAround(field.fields) : []),
  ]);
}

function valueOf(
  key: string,
  meaning: FieldMeaning,
  fields: readonly Field[],
  marks: readonly Uint8Array[],
  room: number,
  packet: Packet,
): Arbitrary<unknown> {
  const field = items(flatten(fields)).find(
    (candidate) => candidate.role.is === 'meaning' && candidate.role.key === key,
  );
  if (field === undefined) return fc.constant(meaning.absent);
  const condition = packet.when.get(field.name);
  const enumeration = 'enumeration' in field ? field.enumeration : undefined;
  if (condition !== undefined) {
    if (condition.is === 'in') {
      return fc
        .constantFrom(...condition.values)
        .map((value) => enumeration?.nameOf.get(Number(value)) ?? value);
    }
    const named = [...(enumeration?.nameOf ?? [])].filter(([number]) => !condition.values.includes(number));
    if (named.length > 0) return fc.constantFrom(...named.map(([, name]) => name));
  }
  switch (meaning.meaning) {
    case 'number':
      return numberIn(field);
    case 'boolean':
      return fc.boolean();
    case 'time':
      return timeIn(field);
    case 'text':
      return textIn(field, [...marks, ...marksAround(fields)], room).filter(
        (text) => condition?.is !== 'not in' || !condition.values.includes(text),
      );
    case 'address':
      return addressIn(field);
    case 'status':
    case 'outcome':
      return fc.constantFrom(...(enumeration?.valueOf.keys() ?? []));
    case 'clients':
      return clientsIn(field, marks, room);
  }
}

function clientsIn(field: Field, marks: readonly Uint8Array[], room: number): Arbitrary<unknown> {
  if (field.kind !== 'group') throw new Error(`${field.name} is no group`);
  const inner = [...marks, ...marksAround(field.fields)];
  const entry = fc.record(
    Object.fromEntries(
      Object.entries(ENTRY_FIELDS).map(([key, meaning]) => [
        key,
        valueOf(key, meaning, field.fields, inner, 16, { when: new Map() } as unknown as Packet),
      ]),
    ),
  );
  return fc.array(entry, { maxLength: Math.max(0, Math.min(40, Math.floor(room / 100))) });
}

function limitsOf(field: Field): { min: number; max: number } {
  if (field.kind === 'int') {
    if ('swapped' in field && field.swapped) return { min: 0, max: 0xffff };
    const { bytes, signed } = field.layout;
    const top = Math.min(2 ** (8 * bytes - (signed ? 1 : 0)), Number.MAX_SAFE_INTEGER) - 1;
    return { min: signed ? -top : 0, max: top };
  }
  if (field.kind === 'decimal') {
    if (field.swapped) return { min: 0, max: 0xffff };
    const digits = field.extent.by === 'size' ? Math.min(15, field.extent.bytes) : 15;
    return { min: 0, max: 10 ** digits - 1 };
  }
  throw new Error(`${field.name} holds no number`);
}

const numberIn = (field: Field): Arbitrary<number> => {
  const { min, max } = limitsOf(field);
  return fc.oneof(
    fc.integer({ min, max: Math.min(max, 1000) }),
    fc.maxSafeInteger().map((n) => Math.abs(n) % (max + 1)),
  );
};

function timeIn(field: Field): Arbitrary<number> {
  const unit = 'unit' in field ? field.unit : undefined;
  const { max } = limitsOf(field);
  if (unit === 's')
    return fc.integer({ min: 0, max: Math.min(max, 8.64e12) }).map((seconds) => seconds * 1000);
  if (unit === 'us')
    return fc.integer({ min: 0, max: Math.min(max, 8.64e15) }).map((us) => Math.floor(us / 1000));
  return fc.integer({ min: 0, max: Math.min(max, 8.64e15) });
}

function textIn(field: Field, marks: readonly Uint8Array[], room: number): Arbitrary<string> {
  if (field.kind !== 'text') throw new Error(`${field.name} is no text`);
  const { encoding, extent } = field;
  const most = Math.min(
    field.maxBytes,
    room,
    extent.by === 'size' ? extent.bytes : Infinity,
    extent.by === 'prefix' ? 2 ** (8 * extent.int.bytes) - 1 : Infinity,
  );
  const unit =
    encoding === 'utf-8'
      ? 'binary'
      : fc
          .integer({ min: 0, max: encoding === 'ascii' ? 0x7f : 0xff })
          .map((code) => String.fromCharCode(code));
  return fc.string({ unit, maxLength: Math.min(most, 300) }).map((text) => {
    let kept = '';
    let bytes = 0;
    for (const character of text) {
      const coded = Buffer.from(character, encoding === 'utf-8' ? 'utf8' : 'latin1');
      if (marks.some((mark) => coded.includes(mark[0] ?? 0))) continue;
      if (bytes + coded.length > most) break;
      bytes += coded.length;
      kept += character;
    }
    return extent.by === 'size' && extent.pad === undefined ? kept.padEnd(extent.bytes, 'x') : kept;
  });
}

const ip4 = fc.ipV4();
const group = fc.integer({ min: 0, max: 0xffff }).map((word) => word.toString(16));

/** Text as RFC 5952 wants it, with the longest run of zeros shortened; here made so that it is the canonical one. */
const ip6 = fc
  .tuple(
    fc.array(
      group.filter((word) => word !== '0'),
      { minLength: 1, maxLength: 3 },
    ),
    fc.array(
      group.filter((word) => word !== '0'),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([front, back]) => `${front.join(':')}::${back.join(':')}`);

function addressIn(field: Field): Arbitrary<string> {
  return field.kind === 'ip4' ? ip4 : fc.oneof(ip4, ip6);
}
