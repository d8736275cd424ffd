/** The sentences of a trace, in the languages that it speaks. States, flags and Wireshark's notes stay as they are. */
import { EN } from './words-en.ts';
import { ZH } from './words-zh.ts';

export type Language = 'en' | 'zh';
export type Words = typeof EN;

const LANGUAGES: Readonly<Record<Language, Words>> = { en: EN, zh: ZH };

export function wordsOf(language: Language = 'en'): Words {
  return LANGUAGES[language];
}
