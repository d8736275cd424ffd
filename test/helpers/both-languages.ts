import { expect } from 'vitest';
import { KitError, type Text } from '../../src/bytes/index.ts';

/** What a student reads of an error is there in both languages, and says the same of the facts. */
export function expectBothLanguages(error: unknown): asserts error is KitError {
  if (!(error instanceof KitError)) throw error;
  const { message, hint } = error.words;
  expect(error.message).toBe(message.en);
  expect(error.hint).toBe(hint?.en);
  for (const words of [message, ...(hint === undefined ? [] : [hint])]) {
    const [en, zh] = [words.en.split('\n'), words.zh.split('\n')];
    expect(zh.length).toBe(en.length);
    en.forEach((line, at) => expectSameFacts({ en: line, zh: zh[at] ?? '' }));
  }
}

/** Chinese where the other is English, and every number and everything quoted of the one in the other, too. */
function expectSameFacts({ en, zh }: Text): void {
  expect(en).not.toMatch(/\p{Script=Han}.*[，。：；]/u);
  expect(zh).toMatch(/\p{Script=Han}/u);
  const facts = (line: string): string[] => [...new Set(line.match(/\d+|"[^"]*"/g) ?? [])].sort();
  expect(facts(zh)).toEqual(facts(en));
}
