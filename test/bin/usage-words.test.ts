import { Command, CommanderError, Option } from 'commander';
import { expect, test } from 'vitest';
import { usageText } from '../../src/bin/usage-words.ts';

/** What commander itself says: of another version it may be something else. */
function complaint(...words: string[]): string {
  let said = '';
  const program = new Command('kit').exitOverride().configureOutput({ writeErr: (text) => (said += text) });
  const run = program
    .command('run')
    .argument('<lab>')
    .option('--port <number>')
    .addOption(new Option('--lang <language>').choices(['en', 'zh']))
    .exitOverride()
    .action(() => undefined);
  run.copyInheritedSettings(program);
  expect(() => program.parse(words, { from: 'user' })).toThrow(CommanderError);
  return said;
}

test.each([
  [['rum'], '没有命令 rum\n（是不是 run？）\n'],
  [['run', '1', '--prot', '5'], '没有选项 --prot\n（是不是 --port？）\n'],
  [['run'], '缺少参数 lab\n'],
  [['run', '1', '--port'], '选项 --port <number> 缺少值\n'],
  [['run', '1', '2'], '参数太多：应为 1 个，给出了 2 个\n'],
  [['run', '1', '--lang', 'fr'], '选项 --lang <language> 不能是“fr”；可以是 en, zh\n'],
])('%j is told in Chinese', (words, zh) => {
  const said = complaint(...words);
  expect(said).toMatch(/^error: /);
  expect(usageText(said, 'zh')).toBe(zh);
  expect(usageText(said, 'en')).toBe(said);
});
