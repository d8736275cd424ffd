import { type KitError, same, text } from '../bytes/index.ts';
import type { Bilingual, Enumeration, Field, IntLayout } from './description.ts';
import { type Problem, problemsError, type Report } from './problems.ts';
import { INT_TYPE, type RawDescription } from './schema.ts';
import type { Path } from './source.ts';

/** What every part of a description is resolved against. */
export interface Context {
  readonly raw: RawDescription;
  readonly report: Report;
  readonly enums: ReadonlyMap<string, Enumeration>;
  /** The header's field that holds the length, and the one that holds the request's number. */
  readonly lengthField: string | undefined;
  readonly requestField: string | undefined;
}

export function contextOf(raw: RawDescription, report: Report): Context {
  return {
    raw,
    report,
    enums: enumerations(raw, report),
    lengthField: raw.framing.by === 'length' ? raw.framing.field : undefined,
    requestField: raw.correlate === 'order' ? undefined : raw.correlate,
  };
}

function enumerations(raw: RawDescription, report: Report): Map<string, Enumeration> {
  const enums = new Map<string, Enumeration>();
  for (const [name, values] of Object.entries(raw.enums ?? {})) {
    const valueOf = new Map(Object.entries(values));
    const nameOf = new Map<number, string>();
    for (const [label, value] of valueOf) {
      const twin = nameOf.get(value);
      if (twin !== undefined)
        report(
          ['enums', name, label],
          text(`${label} and ${twin} are both ${value}`, `${label} 与 ${twin} 的值都是 ${value}`),
        );
      nameOf.set(value, label);
    }
    enums.set(name, { name, valueOf, nameOf });
  }
  return enums;
}

/** The first problems at once, in the order of the file. */
export const badDescription = (file: string, problems: readonly Problem[]): KitError =>
  problemsError(
    'bad-description',
    file,
    problems,
    text(
      'docs/DESCRIBE-YOUR-PROTOCOL.md explains each part of a description.',
      '描述的各个部分见 docs/DESCRIBE-YOUR-PROTOCOL.md。',
    ),
  );

export const bilingual = (given: string | Bilingual | undefined): Bilingual =>
  typeof given === 'object' ? given : same(given ?? '');

export function intLayout({ raw }: Context, type: string): IntLayout {
  const [, sign, bits, order] = INT_TYPE.exec(type) ?? [];
  return {
    bytes: Number(bits) / 8,
    signed: sign === 'i',
    little: order === undefined ? raw.byteOrder === 'little' : order === 'le',
  };
}

/** In the place of an enum that is not there, which has been said once. */
export const NO_ENUM: Enumeration = { name: '', valueOf: new Map(), nameOf: new Map() };

/** The least and the greatest number that an integer holds; undefined where `value` is between them. */
function beyond({ bytes, signed }: IntLayout, value: number): { least: bigint; most: bigint } | undefined {
  const bits = BigInt(8 * bytes);
  const least = signed ? -(1n << (bits - 1n)) : 0n;
  const most = (signed ? 1n << (bits - 1n) : 1n << bits) - 1n;
  return BigInt(value) < least || BigInt(value) > most ? { least, most } : undefined;
}

/** A value as the field holds it: an enumeration's name becomes its number. */
export function constantOf(
  { report }: Context,
  value: number | string,
  field: Field,
  path: Path,
): number | string {
  const enumeration = 'enumeration' in field ? field.enumeration : undefined;
  if (enumeration === NO_ENUM) return value;
  if (typeof value === 'string' && enumeration !== undefined) {
    const number = enumeration.valueOf.get(value);
    if (number !== undefined) return fitting(report, number, field, path);
    const names = [...enumeration.valueOf.keys()];
    report(
      path,
      text(
        `${enumeration.name} has no ${value}; it has ${names.join(', ')}`,
        `枚举 ${enumeration.name} 中没有 ${value}；有 ${names.join('、')}`,
      ),
    );
    return 0;
  }
  const wanted = field.kind === 'int' || field.kind === 'decimal' ? 'number' : 'string';
  if (typeof value !== wanted) {
    const seen = JSON.stringify(value);
    report(
      path,
      text(
        `${field.name} holds a ${wanted}, not ${seen}`,
        `${field.name} 存放的是${wanted === 'number' ? '数' : '文字'}，不能是 ${seen}`,
      ),
    );
  }
  return fitting(report, value, field, path);
}

/** Says so where a number is wider than its field: it would arrive as another one. */
function fitting<V extends number | string>(report: Report, value: V, field: Field, path: Path): V {
  const room =
    field.kind === 'int' && typeof value === 'number' && Number.isInteger(value)
      ? beyond(field.layout, value)
      : undefined;
  if (room !== undefined)
    report(
      path,
      text(
        `${field.name} holds ${room.least} to ${room.most}, not ${value}`,
        `${field.name} 只能存放 ${room.least} 到 ${room.most}，放不下 ${value}`,
      ),
    );
  return value;
}
