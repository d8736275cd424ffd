import type { Condition, Field, Packet } from './description.ts';

/**
 * Can one sequence of bytes satisfy the conditions of both packets? They are apart when some field excludes it: both
 * name the field and no value fits both conditions. A field of fixed width has finitely many values, but the few that
 * conditions name are enough: two negations always leave a value, unless the field is a single constant.
 */
export function overlaps(a: Packet, b: Packet, header: readonly Field[]): boolean {
  for (const [name, condition] of conditionsOf(a, header)) {
    const other = conditionsOf(b, header).get(name);
    if (other !== undefined && disjoint(condition, other)) return false;
  }
  return true;
}

/** The packet's own conditions, and its constants, which exclude just as well. */
function conditionsOf(packet: Packet, header: readonly Field[]): Map<string, Condition> {
  const conditions = new Map<string, Condition>();
  for (const field of [...header, ...packet.fields]) {
    if (field.role.is === 'constant') conditions.set(field.name, { is: 'in', values: [field.role.value] });
  }
  for (const [name, condition] of packet.when) conditions.set(name, condition);
  return conditions;
}

function disjoint(a: Condition, b: Condition): boolean {
  if (a.is === 'in' && b.is === 'in') return !a.values.some((value) => b.values.includes(value));
  if (a.is === 'in') return a.values.every((value) => b.values.includes(value));
  if (b.is === 'in') return disjoint(b, a);
  return false;
}
