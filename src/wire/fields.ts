import type { Field } from './description.ts';

/** The fields of a list and of the blocks in it, but not of its groups. */
export function flatten(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.kind === 'block' ? [field, ...flatten(field.fields)] : [field]));
}
