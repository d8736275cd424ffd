import type { Condition, Field, Packet } from './description.ts';
import { couldBeginAlike } from './known-bytes.ts';

/**
 * Can one sequence of bytes satisfy the conditions of both packets? They are apart when some field that stands at the
 * same place in both excludes it: no value fits both conditions. The few values that conditions name are enough to see
 * that: two negations always leave a value. Or they are apart by their first bytes, as `TIME` to the end of the line and
 * `SEND ` with something behind it.
 */
export function overlaps(a: Packet, b: Packet): boolean {
  // An opening is told from all others by its place in the stream.
  if (a.opening !== undefined || b.opening !== undefined) return false;
  for (const [name, condition] of a.when) {
    const other = b.when.get(name);
    if (other !== undefined && disjoint(condition, other) && samePlace(name, a.fields, b.fields))
      return false;
  }
  return couldBeginAlike(a, b);
}

/** Fields of the header are at one place; fields of packets are when all in front of them are alike. */
function samePlace(name: string, a: readonly Field[], b: readonly Field[]): boolean {
  const front = (fields: readonly Field[]): string[] | undefined => {
    const plain = unfold(fields);
    const index = plain.findIndex((field) => field.name === name);
    return index < 0 ? undefined : plain.slice(0, index + 1).map(layout);
  };
  const [one, other] = [front(a), front(b)];
  return one === undefined || other === undefined || one.join() === other.join();
}

/** Fields in the order of their bytes; of a block its own extent first. */
const unfold = (fields: readonly Field[]): Field[] =>
  fields.flatMap((field) =>
    field.kind === 'block' ? [{ ...field, fields: [] }, ...unfold(field.fields)] : [field],
  );

/** What decides where the next field is, and how the bytes are read. */
const layout = (field: Field): string =>
  JSON.stringify({ ...field, name: '', about: '', role: '', enumeration: '', unit: '', maxBytes: 0 });

function disjoint(a: Condition, b: Condition): boolean {
  if (a.is === 'in' && b.is === 'in') return !a.values.some((value) => b.values.includes(value));
  if (a.is === 'in') return a.values.every((value) => b.values.includes(value));
  if (b.is === 'in') return disjoint(b, a);
  return false;
}
