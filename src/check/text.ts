/** The languages of a report. */
export type Language = 'en' | 'zh';

/** A text in both languages: whatever a student reads is one of these until the report is written. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export const text = (en: string, zh: string): Text => ({ en, zh });

/** For what is the same in every language: numbers, names, code. */
export const same = (both: string): Text => ({ en: both, zh: both });

/** `which: what`, as lists of results have it. */
export const labelled = (which: Text, what: Text): Text =>
  text(`${which.en}: ${what.en}`, `${which.zh}：${what.zh}`);

/** A name at the beginning of a paragraph. */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

export const inLanguage = (value: Text, language: Language): string => value[language];
