import { type Description, type Field, fixedBytes, type IntLayout, type Packet } from './description.ts';

/**
 * A C header for whoever writes a client or server by hand: every number by its name, the place of every field that has
 * one, and functions that read and write integers a byte at a time, so that neither byte order nor alignment nor the
 * compiler's padding matters. No packed structs: a pointer to a misaligned member is undefined behaviour (C11, 6.3.2.3).
 */
export function cHeader(description: Description): string {
  const { name, framing, header, packets } = description;
  const prefix = macro(name);
  const out: string[] = [];
  const line = (text = ''): number => out.push(text);
  line(`/* Made from the description of ${name} by chat-lab protocol header. Do not edit. */`);
  line(`#ifndef ${prefix}_PROTOCOL_H`);
  line(`#define ${prefix}_PROTOCOL_H`);
  line();
  line('#include <stdint.h>');
  line();
  if (description.port !== undefined) line(`#define ${prefix}_PORT ${description.port}`);
  line(
    `#define ${prefix}_MAX_PACKET ${framing.maxBytes} /* bytes of a whole packet; refuse longer ones unread */`,
  );
  switch (framing.by) {
    case 'length':
      line(`#define ${prefix}_HEADER_BYTES ${framing.headerBytes}`);
      line(
        `/* A packet has the value of its field ${framing.field} plus ${framing.offset} bytes, header included. */`,
      );
      line(`#define ${prefix}_LENGTH_PLUS (${framing.offset})`);
      break;
    case 'size':
      line(`#define ${prefix}_PACKET_BYTES ${framing.bytes} /* every packet; what is not used is zeros */`);
      break;
    case 'terminator':
      line(`/* Ends a packet and is no part of its fields. */`);
      line(
        `static const uint8_t ${low(name)}_terminator[${framing.terminator.length}] = {${[...framing.terminator].join(', ')}};`,
      );
      break;
  }
  for (const { name: enumName, valueOf } of description.enums.values()) {
    line();
    line('enum {');
    for (const [label, value] of valueOf)
      line(`    ${prefix}_${macro(enumName)}_${macro(label)} = ${value}${value > 0x7fffffff ? 'u' : ''},`);
    line('};');
  }
  line();
  line('/* Header: every packet begins with it. Places count from the first byte of the packet. */');
  const headerBytes = fieldLines(out, name, 'header', header, 0);
  for (const packet of packets)
    packetLines(out, description, packet, packet.opening === undefined ? headerBytes : 0);
  line();
  line('#endif');
  return `${out.join('\n')}\n`;
}

const macro = (text: string): string => low(text).toUpperCase();

/** snake_case of names like `fromAddress`, `time.response`, `bad-packet`. */
const low = (text: string): string =>
  text
    .replaceAll(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();

/** A sentence inside a comment, which it cannot end. */
const comment = (text: string): string => text.replaceAll('*/', '* /').replaceAll('\n', ' ');

function packetLines(
  out: string[],
  description: Description,
  packet: Packet,
  start: number | undefined,
): void {
  const { header, name } = description;
  out.push(
    '',
    `/* ${packet.type}, said by the ${packet.speakers.join(' and the ')}: ${comment(packet.about.en)} */`,
  );
  for (const [field, condition] of packet.when) {
    if (condition.is !== 'in' || condition.values.length !== 1 || !header.some((one) => one.name === field))
      continue;
    const [value] = condition.values;
    const written = typeof value === 'number' ? String(value) : JSON.stringify(value);
    out.push(`#define ${macro(name)}_${macro(packet.type)}_${macro(field)} ${written}`);
  }
  fieldLines(out, name, packet.type, packet.fields, start);
}

/** Places and accessors of a list of fields; answers where what follows begins, if that is fixed. */
function fieldLines(
  out: string[],
  protocol: string,
  owner: string,
  fields: readonly Field[],
  start: number | undefined,
): number | undefined {
  let at = start;
  for (const field of fields) {
    const place = `${macro(protocol)}_${macro(owner)}_${macro(field.name)}`;
    if (at !== undefined && field.kind !== 'padding') {
      out.push(
        `#define ${place}_AT ${at}${field.about.en === '' ? '' : ` /* ${comment(field.about.en)} */`}`,
      );
      if (field.kind === 'int')
        out.push(...accessors(`${low(protocol)}_${low(owner)}_${low(field.name)}`, field.layout, at));
      else sizeLines(out, place, field);
    } else if (field.kind !== 'padding') {
      out.push(`/* ${comment(field.name)} follows at no fixed place: ${comment(field.about.en)} */`);
    }
    if (field.kind === 'group') {
      out.push(`/* One entry of ${field.name}; places count from its first byte. */`);
      const bytes = fieldLines(out, protocol, `${owner}_${field.name}_entry`, field.fields, 0);
      if (bytes !== undefined) out.push(`#define ${place}_ENTRY_BYTES ${bytes}`);
    }
    if (field.kind === 'block') fieldLines(out, protocol, `${owner}_${field.name}`, field.fields, at);
    if (field.kind === 'tlv') {
      for (const { tag, field: inner } of field.items)
        out.push(`#define ${place}_${macro(inner.name)}_TAG ${tag}`);
    }
    const bytes = fixedBytes(field);
    at = at === undefined || bytes === undefined ? undefined : at + bytes;
  }
  return at;
}

function sizeLines(out: string[], place: string, field: Field): void {
  const bytes = fixedBytes(field);
  if (bytes !== undefined) out.push(`#define ${place}_BYTES ${bytes}`);
  if (field.kind === 'text' && bytes === undefined) out.push(`#define ${place}_MAX ${field.maxBytes}`);
}

/** Reads and writes one integer byte by byte. */
function accessors(name: string, { bytes, signed, little }: IntLayout, at: number): string[] {
  const width = bytes <= 1 ? 8 : bytes <= 2 ? 16 : bytes <= 4 ? 32 : 64;
  const type = `${signed ? '' : 'u'}int${width}_t`;
  const place = (index: number): number => at + (little ? index : bytes - 1 - index);
  const parts = Array.from({ length: bytes }, (_, index) => {
    const byte = `(uint64_t)p[${place(index)}]`;
    return index === 0 ? byte : `${byte} << ${8 * index}`;
  });
  const order = bytes === 1 ? '' : ` /* ${little ? 'little' : 'big'}-endian */`;
  const unsigned = parts.join(' | ');
  // A narrow signed number is extended through its sign bit, without shifting into it.
  const half = 2n ** BigInt(8 * bytes - 1);
  const value = signed && 8 * bytes < 64 ? `(int64_t)((${unsigned}) ^ ${half}u) - ${half}` : unsigned;
  const stores = Array.from(
    { length: bytes },
    (_, index) => `p[${place(index)}] = (uint8_t)((uint64_t)v >> ${8 * index});`,
  );
  return [
    `static inline ${type} ${name}(const uint8_t *p) { return (${type})(${value}); }${order}`,
    `static inline void ${name}_set(uint8_t *p, ${type} v) { ${stores.join(' ')} }`,
  ];
}
