/** All `names`, those that look most like `wanted` first: what a "did you mean" shows. */
export function nearest(wanted: string, names: readonly string[]): string[] {
  return names
    .map((name, index) => ({ name, index, distance: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .map(({ name }) => name);
}

/** The one of `names` that `wanted` was most likely meant to be; undefined when none is near enough to say so. */
export function alike(wanted: string, names: readonly string[]): string | undefined {
  const [name] = nearest(wanted, names);
  if (name === undefined) return undefined;
  return distance(wanted.toLowerCase(), name.toLowerCase()) <= Math.ceil(wanted.length / 3)
    ? name
    : undefined;
}

/** What a character costs that `name` has in front of what was typed, or behind it: people type a part. */
const AROUND = 0.01;

/** Edits from `wanted` to the part of `name` that it is most like, and a little for what is around that. */
function distance(wanted: string, name: string): number {
  let row = Array.from({ length: name.length + 1 }, (_, column) => column * AROUND);
  for (let i = 1; i <= wanted.length; i++) {
    const next = [i];
    for (let j = 1; j <= name.length; j++) {
      const change = (row[j - 1] ?? 0) + (wanted[i - 1] === name[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return Math.min(...row.map((edits, column) => edits + (name.length - column) * AROUND));
}
