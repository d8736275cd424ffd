import { z } from 'zod';
import { text, type Text } from '../bytes/index.ts';

/**
 * The shape of a protocol description as it stands in YAML. `protocols/schema.json` is made from this, so that an
 * editor completes and checks while one types. What a shape cannot say (does every packet have a way to be told
 * apart?) is checked by `resolve.ts`.
 */

/** The sentences of this schema, by the English one, which is what zod hands on. */
export const SENTENCES = new Map<string, Text>();

function say(en: string, zh: string): string {
  SENTENCES.set(en, text(en, zh));
  return en;
}

const name = z
  .string()
  .regex(
    /^[a-z][a-zA-Z0-9]{0,31}$/,
    say(
      'a name is a letter and up to 31 letters or digits, the first one small',
      '名字由小写字母开头，后面最多 31 个字母或数字',
    ),
  );

const bilingual = z.union([
  z.string().max(2000),
  z.strictObject({ en: z.string().max(2000), zh: z.string().max(2000) }),
]);

/** u8 … u64, i8 … i64 in whole bytes; `le` or `be` overrides the byte order of the whole. */
export const INT_TYPE = /^([ui])(8|16|24|32|40|48|56|64)(le|be)?$/;
const intType = z
  .string()
  .regex(
    INT_TYPE,
    say(
      'an integer type is u or i, 8 to 64 bits, and le or be where it needs them: u8, u16, i32, u32le',
      '整数类型写作 u 或 i、8 到 64 位，必要时加 le 或 be：u8、u16、i32、u32le',
    ),
  );

const size = z.union([z.int().min(1).max(65535), z.literal('rest')], {
  error: say('a number of bytes, 1 to 65535, or rest', '字节数（1 到 65535）或 rest'),
});

const extent = {
  size: size.optional().describe('bytes, always the same number; or rest: all that is left'),
  pad: z.enum(['nul', 'space']).optional().describe('what fills a fixed size behind a shorter value'),
  prefix: intType.optional().describe('an integer in front says how many bytes follow'),
  until: z
    .string()
    .min(1)
    .max(8)
    .optional()
    .describe('goes on until these characters, which are not part of it'),
  orEnd: z.boolean().optional().describe('with until: the end of the packet will do instead'),
};

const common = {
  name: name.optional(),
  is: name.optional().describe('the meaning, where it differs from the name'),
  about: bilingual.optional(),
};

const scalar = z.union([z.int(), z.string().max(256)]);

export type RawField = {
  name?: string | undefined;
  is?: string | undefined;
  about?: string | { en: string; zh: string } | undefined;
  type: string;
  value?: number | string | undefined;
  enum?: string | undefined;
  unit?: 's' | 'ms' | 'us' | undefined;
  swapped?: boolean | undefined;
  size?: number | 'rest' | undefined;
  pad?: 'nul' | 'space' | undefined;
  prefix?: string | undefined;
  until?: string | undefined;
  orEnd?: boolean | undefined;
  max?: number | undefined;
  encoding?: 'utf-8' | 'ascii' | 'latin-1' | undefined;
  repeat?: 'rest' | { count: string } | undefined;
  fields?: RawField[] | undefined;
  tag?: number | undefined;
  tags?: string | undefined;
  lengths?: string | undefined;
  plus?: number | undefined;
  strangers?: 'skip' | 'refuse' | undefined;
};

const FIELD_TYPES = [
  'decimal',
  'text',
  'bytes',
  'ip4',
  'ip6',
  'ip',
  'padding',
  'group',
  'block',
  'tlv',
] as const;

const field: z.ZodType<RawField> = z.lazy(() =>
  z.strictObject({
    ...common,
    type: z.union([intType, z.enum(FIELD_TYPES)], {
      error: say(
        `an integer (u8, u16, i32, u32le: u or i, 8 to 64 bits, and le or be where it needs them) or ${FIELD_TYPES.join(', ')}`,
        `整数（u8、u16、i32、u32le：u 或 i、8 到 64 位，必要时加 le 或 be）或 ${FIELD_TYPES.join('、')}`,
      ),
    }),
    value: scalar.optional().describe('always this value; checked when it is received'),
    enum: name.optional(),
    unit: z.enum(['s', 'ms', 'us']).optional().describe('of a time'),
    swapped: z
      .boolean()
      .optional()
      .describe('a 16-bit number printed with its two bytes the wrong way round'),
    ...extent,
    max: z.int().min(0).max(1_048_576).optional().describe('the most bytes that the value may take'),
    encoding: z.enum(['utf-8', 'ascii', 'latin-1']).optional(),
    repeat: z
      .union([z.literal('rest'), z.strictObject({ count: intType })], {
        error: say('rest, or { count: u16 }', 'rest 或 { count: u16 }'),
      })
      .optional(),
    fields: z.array(field).min(1).max(64).optional(),
    tag: z.int().min(0).max(0xffffffff).optional().describe('of an item in a tlv: its type'),
    tags: intType.optional().describe('of a tlv: the integer that holds an item’s type'),
    lengths: intType.optional().describe('of a tlv: the integer that holds an item’s length'),
    plus: z
      .int()
      .min(-64)
      .max(64)
      .optional()
      .describe('of a tlv: what the length has on top of the value’s bytes'),
    strangers: z
      .enum(['skip', 'refuse'])
      .optional()
      .describe('of a tlv: what becomes of items with other types; skip unless told otherwise'),
  }),
);

const condition = z.union(
  [scalar, z.array(scalar).min(1).max(64), z.strictObject({ not: z.union([scalar, z.array(scalar)]) })],
  { error: say('a value, a list of values, or { not: a value }', '一个值、一组值，或 { not: 值 }') },
);
export type RawCondition = z.infer<typeof condition>;

const framing = z.discriminatedUnion(
  'by',
  [
    z.strictObject({
      by: z.literal('length'),
      field: name.describe('the header field that holds the length'),
      counts: z.enum(['payload', 'packet']).describe('what it counts: the bytes behind the header, or all'),
      plus: z
        .int()
        .min(-1024)
        .max(1024)
        .optional()
        .describe('a constant that the field has on top of that count'),
      max: z.int().min(1).max(1_048_576).describe('the longest packet, in bytes'),
    }),
    z.strictObject({ by: z.literal('size'), bytes: z.int().min(1).max(65535) }),
    z.strictObject({
      by: z.literal('terminator'),
      bytes: z.string().min(1).max(8).describe('the characters that end a packet'),
      max: z.int().min(1).max(1_048_576).describe('the longest packet, its terminator included'),
    }),
  ],
  {
    error: say(
      'say by: length, by: size or by: terminator, each with what it needs (section 1 of the guide)',
      '请写 by: length、by: size 或 by: terminator，并给出各自需要的内容（见指南第 1 节）',
    ),
  },
);

const packet = z.strictObject({
  from: z.enum(['client', 'server', 'both']),
  when: z
    .record(name, condition, {
      error: say('fields with their values, such as { type: time }', '字段及其值，例如 { type: time }'),
    })
    .optional()
    .describe('how the packet is told from the others; awaited: the operation whose answer is due'),
  opening: z
    .strictObject({
      ends: z.enum(['packet', 'next-packet']).describe('like any packet, or where the first packet begins'),
      max: z.int().min(1).max(65536).optional().describe('the most bytes, with ends: next-packet'),
    })
    .optional()
    .describe('what the server says first, without the header that all others have'),
  about: bilingual.optional(),
  rules: z.array(bilingual).max(20).optional().describe('conduct that only this protocol has, for its page'),
  fields: z.array(field).max(64).optional(),
});

export const DESCRIPTION = z.strictObject({
  protocol: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,31}$/, say('small letters, digits and dashes', '小写字母、数字和连字符')),
  title: bilingual.optional(),
  about: bilingual.optional(),
  rules: z.array(bilingual).max(40).optional().describe('conduct that only this protocol has, for its page'),
  port: z.int().min(1).max(65535).optional(),
  byteOrder: z.enum(['big', 'little']).optional(),
  framing,
  correlate: z
    .union([name, z.literal('order')], {
      error: say('the header field with the request number, or order', '首部中存放请求号的字段，或 order'),
    })
    .describe('the header field with the request number, or order'),
  enums: z.record(name, z.record(z.string().max(64), z.int().min(0).max(0xffffffff))).optional(),
  header: z.array(field).max(32).optional(),
  packets: z.record(z.string().max(64), packet),
  examples: z
    .array(
      z.strictObject({
        packet: z.string(),
        about: bilingual.optional(),
        values: z.record(z.string(), z.unknown()),
        bytes: z.string().max(100_000),
      }),
    )
    .max(200)
    .optional(),
});

export type RawDescription = z.infer<typeof DESCRIPTION>;

/** The shape as a JSON Schema, for editors. */
export function descriptionSchema(): object {
  return {
    title: 'A protocol description of the socket lab kit',
    ...z.toJSONSchema(DESCRIPTION, { io: 'input', unrepresentable: 'any' }),
  };
}

/** Every key that a description can have anywhere. */
export const KEYS: readonly string[] = [...new Set(keysOf(z.toJSONSchema(DESCRIPTION, { io: 'input' })))];

function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(keysOf)];
}
