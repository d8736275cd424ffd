import type { Field } from '../description.ts';
import { js } from './emit.ts';
import { isExact, readInt } from './ints.ts';
import { type Found, nothingFound, type ParseContext, refuse } from './parse-context.ts';
import type { parseFields } from './parse-fields.ts';

/**
 * Items of type, length and value up to `end`, in any order: first all are found, then each is read within its own
 * bounds, in the order of the description.
 */
export function parseTlv(
  context: ParseContext,
  field: Extract<Field, { kind: 'tlv' }>,
  end: string,
  found: Found,
  parse: typeof parseFields,
): void {
  const { out } = context;
  const items = field.items.map((item) => ({ ...item, from: out.fresh('i'), to: out.fresh('j') }));
  out.line(`let ${items.map(({ from, to }) => `${from} = -1, ${to} = 0`).join(', ')};`);
  out.block(`while (p < ${end})`, () => {
    const front = field.tag.bytes + field.length.bytes;
    const sizes = js([
      `tag in ${field.name}`,
      field.tag.bytes,
      `length in ${field.name}`,
      field.length.bytes,
    ]);
    out.line(
      `if (p + ${front} > ${end}) ${refuse(context, `r.endsInside(${end} - s, ${end} - p, ${sizes})`)}`,
    );
    out.line(`const tag = ${readInt(field.tag, 'p').code};`);
    const length = readInt(field.length, `p + ${field.tag.bytes}`);
    out.line(`const count = ${length.code} - ${field.plus};`);
    if (length.mayFail) {
      const beyond = `r.beyondNumbers("value", p - s, ${js(`length in ${field.name}`)})`;
      out.line(`if (!(${isExact('count')})) ${refuse(context, beyond)}`);
    }
    const claims = `r.claimsMore(p - s, ${js(`an item of ${field.name}`)}, count, ${end} - p - ${front})`;
    out.line(`if (count < 0 || p + ${front} + count > ${end}) ${refuse(context, claims)}`);
    out.block('switch (tag)', () => {
      for (const { tag, from, to, field: inner } of items) {
        const twice = refuse(context, `r.itemTwice(p - s, ${js(inner.name)})`);
        out.line(`case ${tag}:`);
        out.line(`  if (${from} >= 0) ${twice}`);
        out.line(`  ${from} = p + ${front}; ${to} = p + ${front} + count;`);
        out.line('  break;');
      }
      if (field.strangers === 'refuse') {
        out.line(`default: ${refuse(context, `r.strangeItem(p - s, ${js(field.name)}, tag)`)}`);
      }
    });
    out.line(`p += ${front} + count;`);
  });
  for (const { field: inner, from, to } of items) {
    const { role } = inner;
    const missing = `r.itemMissing(${end} - s, ${js(inner.name)})`;
    const value = out.fresh('o');
    const absent = role.is === 'meaning' ? role.meaning.absent : 0;
    out.line(`let ${value} = ${absent === undefined ? 'undefined' : js(absent)};`);
    out.block(`if (${from} >= 0)`, () => {
      out.line(`p = ${from};`);
      const own = nothingFound();
      parse(context, [inner], to, own);
      out.line(`if (p !== ${to}) ${refuse(context, `r.bytesLeft(p - s, ${to} - p, ${js(inner.name)})`)}`);
      if (role.is === 'meaning') out.line(`${value} = ${own.byKey.get(role.key)?.() ?? 'undefined'};`);
    });
    if (role.is !== 'meaning') continue;
    if (absent === undefined) out.line(`else ${refuse(context, missing)}`);
    found.byKey.set(role.key, () => value);
  }
  out.line(`p = ${end};`);
}
