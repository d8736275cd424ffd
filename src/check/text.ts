import { text, type Text } from '../bytes/index.ts';

export { inLanguage, type Language, same, text, type Text } from '../bytes/index.ts';

/** `which: what`, as lists of results have it. */
export const labelled = (which: Text, what: Text): Text =>
  text(`${which.en}: ${what.en}`, `${which.zh}：${what.zh}`);

/** A name at the beginning of a paragraph. */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);
