import type { Language } from '../bytes/index.ts';

/** What commander says of a command line that is wrong: it has no codes that tell all of it, so its sentences are the way. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown command '(.*)'/, '没有命令 $1'],
  [/^error: unknown option '(.*)'/, '没有选项 $1'],
  [/^error: missing required argument '(.*)'/, '缺少参数 $1'],
  [/^error: option '(.*)' argument missing/, '选项 $1 缺少值'],
  [/^error: required option '(.*)' not specified/, '必须给出选项 $1'],
  [
    /^error: too many arguments(?: for '.*')?\. Expected (\d+) arguments? but got (\d+).*/,
    '参数太多：应为 $1 个，给出了 $2 个',
  ],
  [
    /^error: option '(.*)' argument '(.*)' is invalid\. Allowed choices are (.*)\./,
    '选项 $1 不能是“$2”；可以是 $3',
  ],
  [/^error: option '(.*)' argument '(.*)' is invalid\. /, '选项 $1 的值“$2”无效：'],
  [/^error: command-argument value '(.*)' is invalid for argument '(.*)'\. /, '参数 $2 的值“$1”无效：'],
  [/^error: option '(.*)' cannot be used with option '(.*)'/, '选项 $1 不能与 $2 同用'],
  [/\(Did you mean one of (.*)\?\)/, '（是不是 $1 之一？）'],
  [/\(Did you mean (.*)\?\)/, '（是不是 $1？）'],
];

/** Commander's complaint in the reader's language; what is not known here stays as it is. */
export function usageText(said: string, language: Language): string {
  if (language === 'en') return said;
  return SENTENCES.reduce((words, [form, zh]) => words.replace(form, zh), said);
}
