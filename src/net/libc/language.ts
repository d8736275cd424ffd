/** The languages of what this room says to students. */
export type Language = 'en' | 'zh';

export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** That of the user's locale, in the order of locale(7). */
export function language(env: NodeJS.ProcessEnv = process.env): Language {
  const { LC_ALL, LC_MESSAGES, LANG } = env;
  return [LC_ALL, LC_MESSAGES, LANG].find((one) => one !== undefined && one !== '')?.startsWith('zh')
    ? 'zh'
    : 'en';
}
