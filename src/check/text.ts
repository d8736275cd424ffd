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

export const inLanguage = (value: Text, language: Language): string => value[language];
