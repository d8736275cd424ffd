/**
 * Numbers for a protocol that has none: there only the order says what answers what, so the n-th answer of an operation
 * is taken for the answer to its n-th request, and both get the number n. `typeOf` reads an item's packet type, `with`
 * gives the item with its number. Indications, which nobody asked for, stay as they are.
 */
export function numberedByOrder<T>(
  items: readonly T[],
  typeOf: (item: T) => string,
  withNumber: (item: T, request: number) => T,
): T[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const type = typeOf(item);
    if (type.endsWith('.indication')) return item;
    const number = (counts.get(type) ?? 0) + 1;
    counts.set(type, number);
    return withNumber(item, number);
  });
}
