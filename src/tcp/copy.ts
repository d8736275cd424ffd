/**
 * A range of bytes in memory of its own. `slice` will not do: a Buffer's gives a view, which holds the chunk of the file
 * that it was cut from, and changes with it.
 */
export function copyOf(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}
