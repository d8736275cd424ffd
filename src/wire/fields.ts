import type { Field } from './description.ts';

/** The fields of a list and of the blocks in it, but not of its groups. */
export function flatten(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.kind === 'block' ? [field, ...flatten(field.fields)] : [field]));
}

/** Every field that stands for itself: of the list, its blocks and its items, but not of its groups. */
function plainFields(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => {
    if (field.kind === 'block') return plainFields(field.fields);
    if (field.kind === 'tlv') return plainFields(field.items.map((item) => item.field));
    return [field];
  });
}

/** The keys of a message that the fields carry. */
export const carriedKeys = (fields: readonly Field[]): Set<string> =>
  new Set(plainFields(fields).flatMap(({ role }) => (role.is === 'meaning' ? [role.key] : [])));
