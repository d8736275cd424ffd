import { assertNever } from '../../bytes/index.ts';
import type { Field } from '../description.ts';
import type { FieldMeaning } from '../message.ts';
import { type Constants, type Emitter, js } from './emit.ts';

/**
 * What the generators of one packet's encoder share. In the generated code `m` is the message, `w` the writer, `b` its
 * buffer, `s` the packet's start, `p` the place of the next byte, `r` the runtime, `k` the constants.
 */
export interface EncodeContext {
  readonly out: Emitter;
  readonly constants: Constants;
  /** The expression of the message, or of the client's entry. */
  readonly of: string;
  readonly keys: Readonly<Record<string, FieldMeaning>>;
  /** Values that the packet's conditions fix, by field name. */
  readonly fixed: ReadonlyMap<string, number | string>;
}

/** Makes room for `count` more bytes behind `p`. */
export function room({ out }: EncodeContext, count: string): void {
  out.line(`if (p + ${count} > b.length) b = r.grow(w, p, ${count});`);
}

/** What a field is to hold: a value known now, or an expression. */
export type Held =
  | { readonly known: true; readonly value: number | string }
  | { readonly known: false; readonly code: string };

export function heldBy(context: EncodeContext, field: Field): Held {
  const { role } = field;
  const fixed = context.fixed.get(field.name);
  if (fixed !== undefined) return { known: true, value: fixed };
  switch (role.is) {
    case 'constant':
      return { known: true, value: role.value };
    case 'request':
      return { known: false, code: 'm.request' };
    case 'meaning':
      if (!Object.hasOwn(context.keys, role.key))
        return { known: true, value: absentValue(field, role.meaning) };
      return { known: false, code: convert(context, field, role.meaning, `${context.of}.${role.key}`) };
    case 'selector':
    case 'extra':
    case 'length':
      return { known: true, value: 0 };
    default:
      return assertNever(role);
  }
}

/** The same for a field of text: nothing known is empty text. */
export function textHeldBy(context: EncodeContext, field: Field, empty: string): string {
  const held = heldBy(context, field);
  if (!held.known) return held.code;
  return js(typeof held.value === 'string' ? held.value : empty);
}

/** What a header field with a meaning holds in packets that do not have that meaning. */
function absentValue(field: Field, meaning: FieldMeaning): number | string {
  if ('enumeration' in field && field.enumeration !== undefined && typeof meaning.absent === 'string') {
    return field.enumeration.valueOf.get(meaning.absent) ?? 0;
  }
  return typeof meaning.absent === 'string' ? meaning.absent : Number(meaning.absent ?? 0);
}

/** From what the message says to what the field holds. */
function convert({ constants }: EncodeContext, field: Field, meaning: FieldMeaning, code: string): string {
  switch (meaning.meaning) {
    case 'boolean':
      return `(${code} ? 1 : 0)`;
    case 'time': {
      const unit = 'unit' in field ? field.unit : undefined;
      if (unit === 's') return `Math.floor(${code} / 1000)`;
      return unit === 'us' ? `Math.round(${code} * 1000)` : `Math.floor(${code})`;
    }
    case 'status':
    case 'outcome': {
      const enumeration = 'enumeration' in field ? field.enumeration : undefined;
      if (enumeration === undefined) return code;
      return `r.valueOf(${constants.add(enumeration.valueOf)}, ${code}, ${js(field.name)})`;
    }
    case 'number':
    case 'text':
    case 'address':
    case 'clients':
      return code;
    default:
      return assertNever(meaning.meaning);
  }
}
