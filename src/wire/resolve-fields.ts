import { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import { type Extent, type Field, leastBytes, type Role, takesRest, type Bilingual } from './description.ts';
import { flatten } from './fields.ts';
import { ENTRY_FIELDS, type FieldMeaning } from './message.ts';
import { misfit } from './misfit.ts';
import { bilingual, constantOf, type Context, intLayout, NO_ENUM } from './resolve-context.ts';
import { INT_TYPE, type RawField } from './schema.ts';
import type { Path } from './source.ts';

/** What the fields of a list may mean, and the places where problems are reported. */
export interface Scope {
  readonly path: Path;
  readonly meanings: Readonly<Record<string, FieldMeaning>>;
  /** Names whose values `when` gives. */
  readonly selectors: ReadonlySet<string>;
  readonly inHeader: boolean;
}

/** A list of fields with all its names looked up; what is wrong is reported, and something stands in its place. */
export function fieldsOf(context: Context, raws: readonly RawField[], scope: Scope): Field[] {
  const seen = new Set<string>();
  return raws.map((raw, index) => {
    const path = [...scope.path, index];
    const name = raw.name ?? `${raw.type}${index}`;
    if (seen.has(name)) context.report(path, text(`there are two fields ${name}`, `有两个字段都叫 ${name}`));
    seen.add(name);
    return fieldOf(context, { ...raw, name }, { ...scope, path });
  });
}

function fieldOf(context: Context, raw: RawField & { name: string }, scope: Scope): Field {
  const enumeration = raw.enum === undefined ? undefined : (context.enums.get(raw.enum) ?? NO_ENUM);
  if (enumeration === NO_ENUM) {
    const known = [...context.enums.keys()];
    context.report(
      [...scope.path, 'enum'],
      text(
        `there is no enum ${raw.enum ?? ''}${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`,
        `没有枚举 ${raw.enum ?? ''}${known.length === 0 ? '' : `；有 ${known.join('、')}`}`,
      ),
    );
  }
  const base = { name: raw.name, about: bilingual(raw.about), role: roleOf(context, raw, scope) };
  const int = INT_TYPE.exec(raw.type);
  if (int) {
    return withConstant(
      context,
      {
        ...base,
        kind: 'int',
        layout: intLayout(context, raw.type),
        enumeration,
        unit: raw.unit,
        swapped: raw.swapped ?? false,
      },
      raw,
      scope,
    );
  }
  const extent = (): Extent => extentOf(context, raw, scope);
  const { framing } = context.raw;
  const maxBytes = raw.max ?? (framing.by === 'size' ? framing.bytes : framing.max);
  switch (raw.type) {
    case 'decimal':
      return withConstant(
        context,
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
      return withConstant(
        context,
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
      if (typeof raw.size !== 'number')
        context.report(
          scope.path,
          text('padding needs size: a number of bytes', 'padding 需要 size：字节数'),
        );
      return { ...base, kind: 'padding', bytes: typeof raw.size === 'number' ? raw.size : 1 };
    case 'group': {
      if (raw.repeat === undefined)
        context.report(
          scope.path,
          text(
            'a group needs repeat: rest, or repeat: { count: u16 }',
            'group 需要 repeat：写 repeat: rest 或 repeat: { count: u16 }',
          ),
        );
      const repeat =
        typeof raw.repeat === 'object'
          ? ({ by: 'count', int: intLayout(context, raw.repeat.count) } as const)
          : ({ by: 'rest' } as const);
      return { ...base, kind: 'group', repeat, fields: groupFields(context, raw, scope, base.role) };
    }
    case 'tlv':
      return tlvOf(context, raw, scope, base);
    default: {
      if (raw.fields === undefined)
        context.report(scope.path, text('a block needs fields', 'block 需要 fields'));
      const fields = fieldsOf(context, raw.fields ?? [], { ...scope, path: [...scope.path, 'fields'] });
      checkRest(context, fields, [...scope.path, 'fields']);
      const around = extent();
      if (around.by === 'size' && around.pad === undefined)
        context.report(
          scope.path,
          text('a block of fixed size needs pad: nul or space', '定长的 block 需要 pad: nul 或 pad: space'),
        );
      if (around.by === 'size') {
        for (const field of flatten(fields)) {
          if (!['decimal', 'text', 'ip', 'group'].includes(field.kind))
            context.report(
              [...scope.path, 'fields'],
              text(
                `${field.name} may hold the byte that fills up the block; only text can stand in it`,
                `${field.name} 可能含有用来填充的字节；这种 block 里只能放文字`,
              ),
            );
        }
      }
      return { ...base, kind: 'block', extent: around, fields };
    }
  }
}

function tlvOf(
  context: Context,
  raw: RawField,
  scope: Scope,
  base: { name: string; about: Bilingual; role: Role },
): Field {
  if (raw.tags === undefined || raw.lengths === undefined)
    context.report(
      scope.path,
      text(
        'a tlv needs tags and lengths: the integers that hold type and length',
        'tlv 需要 tags 和 lengths：存放类型和长度的整数类型',
      ),
    );
  const inner = raw.fields ?? [];
  if (inner.length === 0)
    context.report(
      scope.path,
      text('a tlv needs fields, each with its tag', 'tlv 需要 fields，每个字段都有自己的 tag'),
    );
  const fields = fieldsOf(context, inner, { ...scope, path: [...scope.path, 'fields'] });
  const tag = intLayout(context, raw.tags ?? 'u8');
  const length = intLayout(context, raw.lengths ?? 'u16');
  const seen = new Map<number, string>();
  const items = fields.map((field, index) => {
    const number = inner[index]?.tag;
    const path = [...scope.path, 'fields', index];
    if (number === undefined)
      context.report(path, text(`${field.name} needs its tag`, `${field.name} 需要 tag`));
    const twin = seen.get(number ?? -1);
    if (twin !== undefined)
      context.report(
        [...path, 'tag'],
        text(`${field.name} and ${twin} have the same tag`, `${field.name} 与 ${twin} 的 tag 相同`),
      );
    seen.set(number ?? -1, field.name);
    if ((number ?? 0) >= 2 ** (8 * tag.bytes))
      context.report(
        [...path, 'tag'],
        text(`${number} does not fit ${raw.tags ?? 'u8'}`, `${raw.tags ?? 'u8'} 放不下 ${number}`),
      );
    if (field.role.is !== 'meaning' && field.role.is !== 'extra')
      context.report(
        path,
        text(
          `${field.name} cannot tell packets apart: an item may be missing`,
          `${field.name} 不能用来区分分组：TLV 项可能不出现`,
        ),
      );
    return { tag: number ?? 0, field };
  });
  if (tag.bytes > 4 || tag.signed || length.signed)
    context.report(
      scope.path,
      text(
        'tags have at most 32 bits; tags and lengths have no sign',
        'tags 最多 32 位；tags 和 lengths 都是无符号整数',
      ),
    );
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

function groupFields(context: Context, raw: RawField, scope: Scope, role: Role): Field[] {
  const path = [...scope.path, 'fields'];
  const clients = role.is === 'meaning' && role.meaning.meaning === 'clients';
  const fields = fieldsOf(context, raw.fields ?? [], {
    path,
    meanings: clients ? ENTRY_FIELDS : {},
    selectors: new Set(),
    inHeader: false,
  });
  if (fields.length === 0) context.report(scope.path, text('a group needs fields', 'group 需要 fields'));
  for (const field of flatten(fields)) {
    if (takesRest(field))
      context.report(
        path,
        text(
          `${field.name} takes the rest, so the group cannot repeat`,
          `${field.name} 占用其余全部字节，因此 group 无法重复`,
        ),
      );
  }
  if (fields.length > 0 && fields.reduce((sum, field) => sum + leastBytes(field), 0) === 0) {
    context.report(
      path,
      text(
        'an entry can take no bytes at all, so nobody knows how many there are',
        '一项可能不占任何字节，因此无法知道有多少项',
      ),
    );
  }
  const carried = new Set(
    flatten(fields).flatMap((field) => (field.role.is === 'meaning' ? [field.role.key] : [])),
  );
  if (clients) {
    for (const [name, meaning] of Object.entries(ENTRY_FIELDS)) {
      if (!carried.has(name) && meaning.absent === undefined)
        context.report(
          path,
          text(
            `a client's entry has no field that carries ${name}`,
            `客户端列表的一项中没有携带 ${name} 的字段`,
          ),
        );
    }
  }
  return fields;
}

function withConstant<F extends Field>(context: Context, field: F, raw: RawField, scope: Scope): F {
  if (raw.value === undefined) return field;
  const value = constantOf(context, raw.value, field, [...scope.path, 'value']);
  return { ...field, role: { is: 'constant', value } };
}

function roleOf(context: Context, raw: RawField & { name: string }, scope: Scope): Role {
  if (scope.inHeader && raw.name === context.lengthField) return { is: 'length' };
  if (scope.inHeader && raw.name === context.requestField) return { is: 'request' };
  const key = raw.is ?? raw.name;
  const meaning = Object.hasOwn(scope.meanings, key) ? scope.meanings[key] : undefined;
  if (meaning === undefined) {
    const known = Object.keys(scope.meanings);
    if (raw.is !== undefined)
      context.report(
        [...scope.path, 'is'],
        text(
          `nothing here is called ${raw.is}; known are ${known.join(', ') || 'none'}`,
          `这里没有叫 ${raw.is} 的含义；${known.length === 0 ? '这里没有任何含义' : `有 ${known.join('、')}`}`,
        ),
      );
    return scope.selectors.has(raw.name) ? { is: 'selector' } : { is: 'extra' };
  }
  const problem = misfit(raw, meaning, context.enums);
  if (problem !== undefined) context.report(scope.path, problem);
  return { is: 'meaning', key, meaning };
}

function extentOf(context: Context, raw: RawField, scope: Scope): Extent {
  const given = [raw.size, raw.prefix, raw.until].filter((part) => part !== undefined);
  if (given.length !== 1)
    context.report(
      scope.path,
      text(
        `${raw.name ?? raw.type} needs one of size, prefix and until, which say where it ends (size: rest is all that is left)`,
        `${raw.name ?? raw.type} 需要 size、prefix、until 三者之一，说明它在哪里结束（size: rest 表示其余全部）`,
      ),
    );
  if (raw.prefix !== undefined) return { by: 'prefix', int: intLayout(context, raw.prefix) };
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
export function checkRest(context: Context, fields: readonly Field[], path: Path): void {
  fields.forEach((field, index) => {
    const next = fields[index + 1];
    if (takesRest(field) && next !== undefined)
      context.report(
        [...path, index + 1],
        text(
          `${next.name} stands behind ${field.name}, which takes the rest`,
          `${next.name} 在 ${field.name} 之后，而后者占用其余全部字节`,
        ),
      );
  });
}
