import { safeText } from '../bytes/index.ts';

/** Of a name that may not be, in the sentence that says so, which has to fit into a packet. */
const LONGEST_QUOTE = 200;

/** Why a client may not have this name; undefined when it may. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'a name has at least one character that can be seen';
  if (name !== name.trim()) return 'a name neither begins nor ends with a space';
  // Escapes, line ends, bidi controls, zero width: what would forge or hide a row of the list.
  const safe = safeText(name);
  if (safe !== name) return `a name has no control or invisible characters: ${safe.slice(0, LONGEST_QUOTE)}`;
  return undefined;
}

/** Two names with the same key look the same to a reader, or nearly so: only one client may have it. */
export const nameKey = (name: string): string =>
  // The selectors are all that safeText lets through and nobody sees. Up and down again folds what has two small forms:
  // ß and ss, σ and ς.
  name
    .replaceAll(/[\ufe0e\ufe0f]/g, '')
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC');
