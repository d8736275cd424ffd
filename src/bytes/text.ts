/** The languages of what students read. */
export type Language = 'en' | 'zh';

/** A text in both languages: whatever a student reads is one of these until somebody shows it. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export const text = (en: string, zh: string): Text => ({ en, zh });

/** For what is the same in every language: numbers, names, code, and what another program said. */
export const same = (both: string): Text => ({ en: both, zh: both });

/** For what only operators and lecturers read (set-up, grading, logs), which stays English: a choice, not an omission. */
export const english = same;

export const inLanguage = (value: Text, language: Language): string => value[language];

/** Texts in a row, as one. */
export const joined = (texts: readonly Text[], separator: string): Text =>
  text(texts.map(({ en }) => en).join(separator), texts.map(({ zh }) => zh).join(separator));

/** That of the user's locale, in the order of locale(7). */
export function localeLanguage(env: NodeJS.ProcessEnv): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = env;
  return [LC_ALL, LC_MESSAGES, LANG].find((one) => one !== undefined && one !== '')?.startsWith('zh')
    ? 'zh'
    : 'en';
}
