import { assertNever } from '../../bytes/index.ts';
import { type Encoding, type Extent, type Field, fixedBytes } from '../description.ts';
import { ENTRY_FIELDS } from '../message.ts';
import { js, plus } from './emit.ts';
import { type EncodeContext, heldBy, room, textHeldBy } from './encode-context.ts';
import { withinExtent } from './encode-extent.ts';
import { checkInt, writeConstant, writeInt } from './ints.ts';

/** Whether a list of fields ends its packet (or a part with an end of its own), or stands in a repeated group. */
type Place = 'packet' | 'inside';

/** Digits of 2^53 and a sign. */
const DECIMAL_BYTES = 17;

/** Writes a list of fields from `p` on; afterwards `p` is behind them. */
export function encodeFields(context: EncodeContext, fields: readonly Field[], place: Place): void {
  const { out } = context;
  let index = 0;
  while (index < fields.length) {
    const run = fixedRun(fields, index);
    if (run.length > 0) {
      const bytes = run.reduce((sum, field) => sum + (fixedBytes(field) ?? 0), 0);
      room(context, `${bytes}`);
      let at = 0;
      for (const field of run) {
        encodeFixed(context, field, plus('p', at));
        at += fixedBytes(field) ?? 0;
      }
      out.line(`p += ${bytes};`);
    }
    index += run.length;
    const field = fields[index];
    if (field === undefined) continue;
    encodeVariable(context, field, place === 'packet' && index === fields.length - 1);
    index++;
  }
}

/** Fields that stand together at constant distances: one check for room does for all. */
function fixedRun(fields: readonly Field[], from: number): Field[] {
  const end = fields.findIndex(
    ({ kind }, index) => index >= from && !['int', 'ip4', 'ip6', 'padding'].includes(kind),
  );
  return fields.slice(from, end < 0 ? fields.length : end);
}

function encodeFixed(context: EncodeContext, field: Field, at: string): void {
  const { out } = context;
  switch (field.kind) {
    case 'int': {
      // The length is written when the packet is.
      if (field.role.is === 'length') return;
      const held = heldBy(context, field);
      if (held.known) {
        writeConstant(out, field.layout, Number(held.value), at);
        return;
      }
      const variable = out.fresh('v');
      out.line(`const ${variable} = ${field.swapped ? `r.swap16(${held.code})` : held.code};`);
      checkInt(out, field.layout, variable, field.name);
      writeInt(out, field.layout, variable, at);
      return;
    }
    case 'ip4':
    case 'ip6': {
      const write = field.kind === 'ip4' ? 'r.writeIp4' : 'r.writeIp6';
      out.line(`${write}(b, ${at}, ${textHeldBy(context, field, '0.0.0.0')}, ${js(field.name)});`);
      return;
    }
    case 'padding':
      out.line(`b.fill(0, ${at}, ${plus(at, field.bytes)});`);
      return;
    case 'decimal':
    case 'text':
    case 'bytes':
    case 'ip':
    case 'block':
    case 'group':
    case 'tlv':
      return;
    default:
      assertNever(field);
  }
}

function encodeVariable(context: EncodeContext, field: Field, last: boolean): void {
  const { out } = context;
  switch (field.kind) {
    case 'group':
      encodeGroup(context, field);
      return;
    case 'tlv':
      encodeTlv(context, field);
      return;
    case 'block':
      withinExtent(context, field.extent, field.name, last, () => {
        encodeFields(context, field.fields, 'packet');
      });
      return;
    case 'decimal': {
      const held = heldBy(context, field);
      const text = out.fresh('d');
      if (held.known) {
        out.line(`const ${text} = ${js(String(held.value))};`);
      } else {
        const number = out.fresh('v');
        out.line(`const ${number} = ${field.swapped ? `r.swap16(${held.code})` : held.code};`);
        out.line(`r.checkInt(${number}, 8, true, ${js(field.name)});`);
        out.line(`const ${text} = String(${number});`);
      }
      encodeText(context, field, text, 'ascii', DECIMAL_BYTES, last);
      return;
    }
    case 'text': {
      const text = out.fresh('d');
      out.line(`const ${text} = ${textHeldBy(context, field, '')};`);
      encodeText(context, field, text, field.encoding, field.maxBytes, last);
      return;
    }
    case 'ip': {
      const text = out.fresh('d');
      out.line(`const ${text} = r.checkIp(${textHeldBy(context, field, '0.0.0.0')}, ${js(field.name)});`);
      encodeText(context, field, text, 'ascii', field.maxBytes, last);
      return;
    }
    case 'bytes':
      // Nothing in the vocabulary is raw bytes: an extra field, written empty or as zeros.
      withinExtent(context, zeroFilled(field.extent), field.name, last, () => undefined);
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

const zeroFilled = (extent: Extent): Extent =>
  extent.by === 'size' ? { ...extent, pad: extent.pad ?? 0 } : extent;

function encodeText(
  context: EncodeContext,
  field: Extract<Field, { extent: Extent }>,
  variable: string,
  encoding: Encoding,
  maxBytes: number,
  last: boolean,
): void {
  const { out } = context;
  const count = out.fresh('n');
  const limit = field.extent.by === 'size' ? Math.min(maxBytes, field.extent.bytes) : maxBytes;
  const measure = { 'utf-8': 'measureUtf8', ascii: 'measureAscii', 'latin-1': 'measureLatin1' }[encoding];
  out.line(`const ${count} = r.${measure}(${variable}, ${limit}, ${js(field.name)});`);
  withinExtent(context, field.extent, field.name, last, () => {
    room(context, count);
    out.line(
      encoding === 'utf-8'
        ? `r.writeUtf8(b, p, ${variable}, ${count});`
        : `b.write(${variable}, p, "latin1");`,
    );
    out.line(`p += ${count};`);
  });
}

function encodeGroup(context: EncodeContext, field: Extract<Field, { kind: 'group' }>): void {
  const { out } = context;
  const list = field.role.is === 'meaning' ? `${context.of}.${field.role.key}` : '[]';
  if (field.repeat.by === 'count') {
    const { int } = field.repeat;
    const count = out.fresh('n');
    out.line(`const ${count} = ${list}.length;`);
    checkInt(out, int, count, `count of ${field.name}`);
    room(context, `${int.bytes}`);
    writeInt(out, int, count, 'p');
    out.line(`p += ${int.bytes};`);
  }
  const entry = out.fresh('c');
  out.block(`for (const ${entry} of ${list})`, () => {
    encodeFields({ ...context, of: entry, keys: ENTRY_FIELDS, fixed: new Map() }, field.fields, 'inside');
  });
}

/** All items, each with its type and length, in the order of the description. */
function encodeTlv(context: EncodeContext, field: Extract<Field, { kind: 'tlv' }>): void {
  const { out } = context;
  for (const { tag, field: inner } of field.items) {
    const front = field.tag.bytes + field.length.bytes;
    const start = out.fresh('f');
    room(context, `${front}`);
    out.line(`const ${start} = p - s;`);
    writeConstant(out, field.tag, tag, 'p');
    out.line(`p += ${front};`);
    encodeFields(context, [inner], 'packet');
    const count = out.fresh('n');
    out.line(`const ${count} = p - s - ${start} - ${front} + ${field.plus};`);
    checkInt(out, field.length, count, `length of ${inner.name}`);
    writeInt(out, field.length, count, `s + ${plus(start, field.tag.bytes)}`);
  }
}
