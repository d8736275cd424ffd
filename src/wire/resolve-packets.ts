import { nearest, text } from '../bytes/index.ts';
import { AWAITED, type Condition, type Field, type Packet } from './description.ts';
import { carriedKeys, flatten } from './fields.ts';
import { isMessageType, type Speaker, SPEAKERS, VOCABULARY } from './message.ts';
import { bilingual, constantOf, type Context } from './resolve-context.ts';
import { checkRest, fieldsOf } from './resolve-fields.ts';
import type { RawCondition, RawDescription } from './schema.ts';
import type { Path } from './source.ts';

/** One packet with all its names looked up; undefined for what is no operation and kind. */
export function packetOf(
  context: Context,
  key: string,
  raw: RawDescription['packets'][string],
  header: readonly Field[],
): Packet | undefined {
  const path: Path = ['packets', key];
  if (!isMessageType(key)) {
    const known = nearest(key, Object.keys(VOCABULARY)).slice(0, 3);
    context.report(
      path,
      text(
        `${key} is no operation and kind: is it ${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}? The others are in docs/DESCRIBE-YOUR-PROTOCOL.md, section 3`,
        `${key} 不是“操作.种类”：是不是 ${known.slice(0, -1).join('、')} 或 ${known.at(-1) ?? ''}？其余的见 docs/DESCRIBE-YOUR-PROTOCOL.md 第 3 节`,
      ),
    );
    return undefined;
  }
  const { speakers: allowed, fields: meanings } = VOCABULARY[key];
  const speakers: readonly Speaker[] = raw.from === 'both' ? ['client', 'server'] : [raw.from];
  for (const speaker of speakers) {
    if (!allowed.includes(speaker))
      context.report(
        [...path, 'from'],
        text(
          `${key} is said by the ${allowed.join(' or ')} only`,
          `${key} 只能由${allowed.map((one) => SPEAKERS[one].zh).join('或')}发送`,
        ),
      );
  }
  const conditions = Object.keys(raw.when ?? {});
  const fields = fieldsOf(context, raw.fields ?? [], {
    path: [...path, 'fields'],
    meanings,
    selectors: new Set(conditions),
    inHeader: false,
  });
  checkRest(context, fields, [...path, 'fields']);
  const when = new Map<string, Condition>();
  if (raw.opening !== undefined && (key !== 'hello.indication' || raw.when !== undefined)) {
    context.report(
      [...path, 'opening'],
      text(
        'only hello.indication can be an opening, and it needs no when',
        '只有 hello.indication 可以是 opening（问候语），而且它不需要 when',
      ),
    );
  }
  if (raw.opening?.ends === 'packet' && context.raw.framing.by === 'length') {
    context.report(
      [...path, 'opening', 'ends'],
      text(
        'packets end where their header says, and an opening has no header: say ends: next-packet',
        '分组在哪里结束由首部说明，而 opening 没有首部：请写 ends: next-packet',
      ),
    );
  }
  for (const [name, condition] of Object.entries(raw.when ?? {})) {
    if (name === AWAITED) {
      when.set(name, awaited(context, condition, key, [...path, 'when', name]));
      continue;
    }
    const field = [...header, ...flatten(fields)].find((candidate) => candidate.name === name);
    if (field === undefined)
      context.report(
        [...path, 'when', name],
        text(`neither the header nor the packet has a field ${name}`, `首部和分组中都没有字段 ${name}`),
      );
    else when.set(name, conditionOf(context, condition, field, [...path, 'when', name]));
  }
  const carried = new Set([...carriedKeys([...header, ...fields])]);
  for (const [name, meaning] of Object.entries(meanings)) {
    if (!carried.has(name) && meaning.absent === undefined)
      context.report(
        path,
        text(`${key} has no field that carries ${name}`, `${key} 中没有携带 ${name} 的字段`),
      );
  }
  return {
    type: key,
    speakers,
    about: bilingual(raw.about),
    rules: (raw.rules ?? []).map(bilingual),
    opening: openingOf(raw.opening),
    when,
    fields,
  };
}

/** Answers that only the order of the requests tells apart. */
function awaited(context: Context, raw: RawCondition, key: string, path: Path): Condition {
  const values = Array.isArray(raw) ? raw : [raw];
  if (!key.endsWith('.response'))
    context.report(
      path,
      text(`${key} is no response, so no request awaits it`, `${key} 不是响应，没有请求在等待它`),
    );
  if (context.requestField !== undefined)
    context.report(
      path,
      text(
        'answers carry request numbers here, so their order says nothing: correlate: order',
        '这里的回答带有请求号，次序不说明任何问题：请写 correlate: order',
      ),
    );
  for (const value of values) {
    if (typeof value !== 'string' || !(`${value}.request` in context.raw.packets))
      context.report(
        path,
        text(
          `there is no packet ${JSON.stringify(value)}.request that an answer could be awaited to`,
          `没有分组 ${JSON.stringify(value)}.request，因此没有可以等待的回答`,
        ),
      );
  }
  return { is: 'in', values: values.map(String) };
}

function openingOf(raw: RawDescription['packets'][string]['opening']): Packet['opening'] {
  if (raw === undefined || raw.ends === 'packet') return raw && { ends: 'packet' };
  return { ends: 'next-packet', maxBytes: raw.max ?? 256, begins: [] };
}

function conditionOf(context: Context, raw: RawCondition, field: Field, path: Path): Condition {
  const negative = typeof raw === 'object' && !Array.isArray(raw);
  const listed = negative ? raw.not : raw;
  const values = (Array.isArray(listed) ? listed : [listed]).map((value) =>
    constantOf(context, value, field, path),
  );
  return { is: negative ? 'not in' : 'in', values };
}
