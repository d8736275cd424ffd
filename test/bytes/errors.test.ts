import { expect, test } from 'vitest';
import { english, failureFrom, failureWords, KitError, localeLanguage, text } from '../../src/bytes/index.ts';

const taken = new KitError('port-taken', text('it is taken', '已被占用'), {
  fault: 'machine',
  hint: text('Choose another.', '请换一个。'),
});

test('logs and JSON see the English of an error, people both', () => {
  expect([taken.message, taken.hint]).toEqual(['it is taken', 'Choose another.']);
  expect(taken.words.message.zh).toBe('已被占用');
  expect(JSON.stringify(taken)).not.toMatch(/\p{Script=Han}/u);
});

test('an error that crosses to another process keeps both languages', () => {
  const arrived = failureFrom(
    JSON.parse(JSON.stringify(failureWords(taken))) as ReturnType<typeof failureWords>,
  );
  expect(arrived).toMatchObject({ code: 'port-taken', fault: 'machine', message: 'it is taken' });
  expect(arrived.words).toEqual(taken.words);
});

test('only a fault of our own may be told in English alone, as the type checker sees to', () => {
  // @ts-expect-error A user reads it: Chinese is missing.
  new KitError('x', 'English alone', { fault: 'usage' });
  // @ts-expect-error So with the hint.
  new KitError('x', text('both', '两者'), { fault: 'peer', hint: 'English alone' });
  expect(new KitError('x', 'for us').fault).toBe('kit');
  expect(new KitError('x', english('for operators'), { fault: 'machine' }).words.message.zh).toBe(
    'for operators',
  );
});

test.each([
  [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
  [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'C.UTF-8' }, 'en'],
  [{ LANG: 'zh_CN.UTF-8', LC_ALL: '', LC_MESSAGES: 'en_GB.UTF-8' }, 'en'],
  [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_TW.UTF-8' }, 'zh'],
  [{}, 'en'],
] as const)('the locale %j speaks %s: LC_ALL before LC_MESSAGES before LANG (locale(7))', (env, language) => {
  expect(localeLanguage(env)).toBe(language);
});
