import { assertNever } from '../../bytes/index.ts';
import type { Extent, Field } from '../description.ts';
import type { FieldMeaning } from '../message.ts';
import { js } from './emit.ts';
import { isExact, readInt } from './ints.ts';
import { type Found, offset, type ParseContext, refuse } from './parse-context.ts';

/** The latest time that a JavaScript date can hold, in milliseconds (ECMA-262, section 21.4.1.1). */
const MAX_DATE_MS = 8.64e15;

/** Reads a field of fixed size at the place `at`. */
export function parseFixed(context: ParseContext, field: Field, at: string, found: Found): void {
  const { out } = context;
  switch (field.kind) {
    case 'int': {
      if (field.role.is === 'extra' || field.role.is === 'length') return;
      const { code, mayFail } = readInt(field.layout, at);
      const variable = out.fresh('v');
      out.line(`const ${variable} = ${field.swapped ? `r.swap16(${code})` : code};`);
      if (mayFail) {
        const beyond = `r.beyondNumbers("value", ${offset(at)}, ${js(field.name)})`;
        out.line(`if (!(${isExact(variable)})) ${refuse(context, beyond)}`);
      }
      keep(context, field, variable, offset(at), found);
      return;
    }
    case 'ip4':
    case 'ip6': {
      if (field.role.is === 'extra') return;
      const variable = out.fresh('v');
      out.line(`const ${variable} = r.read${field.kind === 'ip4' ? 'Ip4' : 'Ip6'}(b, ${at});`);
      keep(context, field, variable, offset(at), found);
      return;
    }
    case 'padding':
      return;
    case 'decimal':
    case 'text':
    case 'bytes':
    case 'ip': {
      if (field.extent.by !== 'size' || field.role.is === 'extra') return;
      const from = out.fresh('f');
      const to = out.fresh('t');
      const { bytes, pad } = field.extent;
      out.line(
        `const ${from} = ${at}, ${to} = ${pad === undefined ? `${from} + ${bytes}` : `r.padStart(b, ${from}, ${from} + ${bytes}, ${pad})`};`,
      );
      parseTextual(context, field, from, to, found);
      return;
    }
    case 'block':
    case 'group':
    case 'tlv':
      return;
    default:
      assertNever(field);
  }
}

/** Reads b[from..to) as what the field holds. */
export function parseTextual(
  context: ParseContext,
  field: Extract<Field, { extent: Extent }>,
  from: string,
  to: string,
  found: Found,
): void {
  const { out } = context;
  if (field.kind === 'bytes' || field.kind === 'block' || field.role.is === 'extra') return;
  const variable = out.fresh('v');
  const name = js(field.name);
  const where = offset(from);
  const notA = (kind: string): string =>
    refuse(context, `r.notA(${where}, ${name}, ${js(kind)}, b.subarray(${from}, ${to}))`);
  if (field.kind === 'decimal') {
    const raw = out.fresh('d');
    out.line(`const ${raw} = r.readDecimal(b, ${from}, ${to});`);
    out.line(`if (${raw} === undefined) ${notA('a decimal number')}`);
    out.line(`const ${variable} = ${field.swapped ? `r.swap16(${raw})` : raw};`);
    keep(context, field, variable, where, found);
    return;
  }
  const tooLong = `r.tooLong(${where}, ${name}, ${to} - ${from}, ${field.maxBytes})`;
  out.line(`if (${to} - ${from} > ${field.maxBytes}) ${refuse(context, tooLong)}`);
  if (field.kind === 'ip') {
    out.line(`const ${variable} = r.readIpText(b, ${from}, ${to});`);
    out.line(`if (${variable} === undefined) ${notA('an address')}`);
  } else if (field.encoding === 'latin-1') {
    out.line(`const ${variable} = b.toString('latin1', ${from}, ${to});`);
  } else {
    out.line(
      `const ${variable} = r.read${field.encoding === 'ascii' ? 'Ascii' : 'Utf8'}(b, ${from}, ${to});`,
    );
    out.line(`if (${variable} === undefined) ${notA(field.encoding === 'ascii' ? 'ASCII' : 'UTF-8')}`);
  }
  keep(context, field, variable, where, found);
}

/** Remembers the variable for conditions and for the message, or checks it against its constant. */
export function keep(
  context: ParseContext,
  field: Field,
  variable: string,
  where: string,
  found: Found,
): void {
  const { role } = field;
  switch (role.is) {
    case 'request':
      found.request = variable;
      return;
    case 'constant': {
      const differs = `r.constantDiffers(${where}, ${js(field.name)}, ${variable}, ${js(role.value)})`;
      context.out.line(`if (${variable} !== ${js(role.value)}) ${refuse(context, differs)}`);
      return;
    }
    case 'selector':
      found.byName.set(field.name, variable);
      return;
    case 'meaning': {
      found.byName.set(field.name, variable);
      const { meaning } = role;
      const now = context.inHeader ? undefined : convert(context, field, meaning, variable, where);
      found.byKey.set(role.key, () => now ?? convert(context, field, meaning, variable, where));
      return;
    }
    case 'length':
    case 'extra':
      return;
    default:
      assertNever(role);
  }
}

/** From what the field holds to what the message says. */
function convert(
  context: ParseContext,
  field: Field,
  meaning: FieldMeaning,
  variable: string,
  where: string,
): string {
  const { out, constants } = context;
  switch (meaning.meaning) {
    case 'boolean':
      return `${variable} !== 0`;
    case 'time': {
      const unit = 'unit' in field ? field.unit : undefined;
      const ms = out.fresh('ms');
      out.line(
        `const ${ms} = ${unit === 's' ? `${variable} * 1000` : unit === 'us' ? `Math.floor(${variable} / 1000)` : variable};`,
      );
      const beyond = refuse(context, `r.noDate(${where}, ${js(field.name)})`);
      out.line(`if (${ms} > ${MAX_DATE_MS} || ${ms} < ${-MAX_DATE_MS}) ${beyond}`);
      return ms;
    }
    case 'status':
    case 'outcome': {
      const enumeration = 'enumeration' in field ? field.enumeration : undefined;
      if (enumeration === undefined) return variable;
      const named = out.fresh('name');
      out.line(`const ${named} = ${constants.add(enumeration.nameOf)}.get(${variable});`);
      const unknown = refuse(context, `r.notNamed(${where}, ${js(field.name)}, ${variable})`);
      out.line(`if (${named} === undefined) ${unknown}`);
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
