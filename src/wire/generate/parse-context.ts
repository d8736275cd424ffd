import type { Condition, Field } from '../description.ts';
import type { Constants, Emitter } from './emit.ts';
import { js } from './emit.ts';

/**
 * What the generators of one parse function share. In the generated code `b` is the buffer, `s` the packet's start,
 * `e` the end of its last field, `p` the place of the next byte, `r` the runtime, `k` the constants.
 */
export interface ParseContext {
  readonly out: Emitter;
  readonly constants: Constants;
  /**
   * The label of the packet that is being tried: bytes that do not fit mean that it is another one. Undefined where it
   * is certain which packet this is, and bytes that do not fit are Invalid.
   */
  attempt: string | undefined;
  /** In the header: what a field means is looked up only in the packets that say it. */
  inHeader: boolean;
}

/** What was read: the variables that hold it. */
export interface Found {
  /** For conditions, by field name. */
  readonly byName: Map<string, string>;
  /** For the message, by key: emits the conversion from what the field holds, and answers its expression. */
  readonly byKey: Map<string, () => string>;
  request: string | undefined;
}

export const nothingFound = (): Found => ({ byName: new Map(), byKey: new Map(), request: undefined });

/** `invalid` is an expression of generated code; every refusal is made in `sentences.ts`. */
export const refuse = ({ attempt }: ParseContext, invalid: string): string =>
  attempt === undefined ? `return ${invalid};` : `{ x ??= ${invalid}; break ${attempt}; }`;

/** The offset that an Invalid carries, from the packet's start. */
export const offset = (expression: string): string => {
  const [, base = '', , add = '0'] = /^(\w+)( \+ (\d+))?$/.exec(expression) ?? [];
  if (base === 's') return add;
  return add === '0' ? `${base} - s` : `${base} - s + ${add}`;
};

/** A condition on a variable as an expression. */
export function testOf(variable: string, condition: Condition): string {
  const operator = condition.is === 'in' ? '===' : '!==';
  const tests = condition.values.map((value) => `${variable} ${operator} ${js(value)}`);
  return tests.length === 1
    ? (tests[0] ?? 'true')
    : `(${tests.join(condition.is === 'in' ? ' || ' : ' && ')})`;
}

/** Names and sizes of fields in turn, for `endsInside`. */
export const namesAndSizes = (fields: readonly Field[], sizeOf: (field: Field) => number): string =>
  js(fields.flatMap((field) => [field.name, sizeOf(field)]));
