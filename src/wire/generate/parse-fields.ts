import { assertNever } from '../../bytes/index.ts';
import { type Condition, type Field, fixedBytes } from '../description.ts';
import { ENTRY_FIELDS } from '../message.ts';
import { js, plus } from './emit.ts';
import { isExact, readInt } from './ints.ts';
import {
  type Found,
  namesAndSizes,
  nothingFound,
  offset,
  type ParseContext,
  refuse,
  testOf,
} from './parse-context.ts';
import { parseExtent } from './parse-extent.ts';
import { keep, parseFixed, parseTextual } from './parse-values.ts';
import { parseTlv } from './parse-tlv.ts';

/** Fields that the caller knows to be there, or conditions that are tested as soon as their field was read. */
export interface ParseOptions {
  readonly present?: boolean;
  /** Nothing stands in front of these fields. */
  readonly first?: boolean;
  readonly conditions?: Map<string, Condition>;
}

/** Reads a list of fields from `p` on; afterwards `p` is behind them. */
export function parseFields(
  context: ParseContext,
  fields: readonly Field[],
  end: string,
  found: Found,
  options: ParseOptions = {},
): void {
  let index = 0;
  while (index < fields.length) {
    const run = fixedRun(fields, index);
    if (run.length > 0)
      parseRun(context, run, end, found, { ...options, first: options.first === true && index === 0 });
    index += run.length;
    const field = fields[index];
    if (field === undefined) continue;
    parseVariable(context, field, end, found, options);
    testConditions(context, field, found, options);
    index++;
  }
}

/** Fields of fixed size that stand together are checked once and read at constant distances. */
function fixedRun(fields: readonly Field[], from: number): Field[] {
  const run: Field[] = [];
  for (const field of fields.slice(from)) {
    if (field.kind === 'block' || fixedBytes(field) === undefined) break;
    run.push(field);
  }
  return run;
}

const sizeOf = (field: Field): number => fixedBytes(field) ?? 0;

function parseRun(
  context: ParseContext,
  run: readonly Field[],
  end: string,
  found: Found,
  options: ParseOptions,
): void {
  const { out } = context;
  const bytes = run.reduce((sum, field) => sum + sizeOf(field), 0);
  if (options.present !== true) {
    const missing = `r.endsInside(${end} - s, ${end} - p, ${namesAndSizes(run, sizeOf)})`;
    out.line(`if (p + ${bytes} > ${end}) ${refuse(context, missing)}`);
  }
  // The header's first fields stand at fixed places; `p` moves on before their meaning is asked for.
  let base = options.first === true ? 's' : 'p';
  if (context.inHeader && base === 'p') {
    base = out.fresh('h');
    out.line(`const ${base} = p;`);
  }
  let at = 0;
  for (const field of run) {
    // A header that is known to be there was checked for its constant numbers, too.
    if (options.present !== true || field.role.is !== 'constant' || field.kind !== 'int') {
      parseFixed(context, field, plus(base, at), found);
    }
    testConditions(context, field, found, options);
    at += sizeOf(field);
  }
  out.line(`p += ${bytes};`);
}

function testConditions(context: ParseContext, field: Field, found: Found, options: ParseOptions): void {
  const condition = options.conditions?.get(field.name);
  const variable = found.byName.get(field.name);
  if (condition === undefined || variable === undefined || context.attempt === undefined) return;
  context.out.line(`if (!(${testOf(variable, condition)})) break ${context.attempt};`);
  options.conditions?.delete(field.name);
  // All conditions hold: it is this packet, and what does not fit from here on is an error.
  if (options.conditions?.size === 0) context.attempt = undefined;
}

function parseVariable(
  context: ParseContext,
  field: Field,
  end: string,
  found: Found,
  options: ParseOptions,
): void {
  const { out } = context;
  switch (field.kind) {
    case 'group':
      parseGroup(context, field, end, found);
      return;
    case 'tlv':
      parseTlv(context, field, end, found, parseFields);
      return;
    case 'block': {
      const { from, to, after } = parseExtent(context, field.extent, field.name, end);
      out.line(`p = ${from};`);
      parseFields(context, field.fields, to, found, { ...options, present: false, first: false });
      out.line(`if (p !== ${to}) ${refuse(context, `r.bytesLeft(p - s, ${to} - p, ${js(field.name)})`)}`);
      out.line(`p = ${after};`);
      return;
    }
    case 'decimal':
    case 'text':
    case 'bytes':
    case 'ip': {
      const { from, to, after } = parseExtent(context, field.extent, field.name, end);
      parseTextual(context, field, from, to, found);
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

function parseGroup(
  context: ParseContext,
  field: Extract<Field, { kind: 'group' }>,
  end: string,
  found: Found,
): void {
  const { out } = context;
  const collects = field.role.is === 'meaning';
  const list = out.fresh('list');
  if (collects) out.line(`const ${list} = [];`);
  const start = out.fresh('g');
  out.line(`const ${start} = p;`);
  const body = (): void => {
    const entry = nothingFound();
    parseFields(context, field.fields, end, entry);
    if (collects) out.line(`${list}.push(${entryOf(entry)});`);
  };
  if (field.repeat.by === 'count') {
    const { int } = field.repeat;
    const missing = `r.endsInside(${end} - s, ${end} - p, ${js([`count of ${field.name}`, int.bytes])})`;
    out.line(`if (p + ${int.bytes} > ${end}) ${refuse(context, missing)}`);
    const count = out.fresh('n');
    const { code, mayFail } = readInt(int, 'p');
    out.line(`const ${count} = ${code};`);
    if (mayFail) {
      const beyond = `r.beyondNumbers("value", p - s, ${js(`count of ${field.name}`)})`;
      out.line(`if (!(${isExact(count)})) ${refuse(context, beyond)}`);
    }
    out.line(`p += ${int.bytes};`);
    // Every entry takes a byte at least (resolve.ts), so that a large count ends where the packet does.
    const index = out.fresh('i');
    out.block(`for (let ${index} = 0; ${index} < ${count}; ${index}++)`, body);
  } else {
    out.block(`while (p < ${end})`, body);
  }
  if (collects) keep(context, field, list, offset(start), found);
}

/** A client's entry as an object literal. */
export function entryOf(entry: Found): string {
  const parts = Object.entries(ENTRY_FIELDS).map(
    ([key, meaning]) => `${key}: ${entry.byKey.get(key)?.() ?? js(meaning.absent ?? 0)}`,
  );
  return `{ ${parts.join(', ')} }`;
}
