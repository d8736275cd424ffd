/** Values that know how they read: data for code and JSON, a sentence for people. */

export const SHOW = Symbol.for('chat-repl.show');

/** Writes a value as text; `safe` is for whatever came from a peer. */
export type Show = (safe: (text: string) => string) => string;

/** The same object, with a hidden way to be shown; copies of it are shown as any other object. */
export function shownAs<T extends object>(value: T, show: Show): T {
  return Object.defineProperty(value, SHOW, { value: show, enumerable: false });
}

export function showOf(value: unknown): Show | undefined {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  // An own data property only: looking must not run code of the user's.
  const found: unknown = Object.getOwnPropertyDescriptor(value, SHOW)?.value;
  return typeof found === 'function' ? (found as Show) : undefined;
}
