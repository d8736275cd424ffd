import { Command, Option } from 'commander';
import { EXIT } from '../bytes/index.ts';
import {
  cHeader,
  dissector,
  type Finding,
  findingsOf,
  type Lang,
  loadProtocol,
  protocolPage,
} from '../wire/index.ts';

const NAME = 'a protocol of the kit, or the path of a description';
const language = (): Option =>
  new Option('--lang <language>', 'en or zh').choices(['en', 'zh']).default('en' satisfies Lang);

/** `chat-lab protocol doc|header|dissector|check NAME|FILE`: what can be made from a description. */
export function protocolCommand(): Command {
  const command = new Command('protocol').description(
    'Explains, checks and translates a protocol description.',
  );
  command
    .command('doc')
    .description('writes the protocol as a page of markdown: packets drawn to scale, conduct, examples')
    .argument('<protocol>', NAME)
    .addOption(language())
    .action((name: string, options: { lang: Lang }) => {
      process.stdout.write(protocolPage(loadProtocol(name).description, options.lang));
    });
  command
    .command('header')
    .description(
      'writes a C header: numbers by name, places of fields, functions that read and write integers',
    )
    .argument('<protocol>', NAME)
    .action((name: string) => {
      process.stdout.write(cHeader(loadProtocol(name).description));
    });
  command
    .command('dissector')
    .description('writes a Wireshark dissector in Lua: wireshark -X lua_script:FILE')
    .argument('<protocol>', NAME)
    .action((name: string) => {
      process.stdout.write(dissector(loadProtocol(name).description));
    });
  command
    .command('check')
    .description('looks for contradictions (exit 2, with line and column) and weaknesses (told, exit 0)')
    .argument('<protocol>', NAME)
    .addOption(language())
    .option('--json', 'one JSON value on stdout')
    .action((name: string, options: { lang: Lang; json?: boolean }) => {
      const { description } = loadProtocol(name);
      const findings = findingsOf(description);
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify({ protocol: description.name, findings: findings.map((one) => inLanguage(one, options.lang)) })}\n`
          : findingsText(description.name, findings, options.lang),
      );
      process.exitCode = EXIT.ok;
    });
  return command;
}

const inLanguage = (
  { code, where, what, consequence, lab }: Finding,
  lang: Lang,
): Record<string, string> => ({
  code,
  where,
  what: what[lang],
  consequence: consequence[lang],
  lab: lab[lang],
});

/** Findings for reading, one paragraph each. */
export function findingsText(name: string, findings: readonly Finding[], lang: Lang): string {
  const zh = lang === 'zh';
  if (findings.length === 0) return zh ? `${name}：未发现弱点。\n` : `${name}: no weakness found.\n`;
  const head = zh ? `${name}：${findings.length} 个弱点。` : `${name}: ${findings.length} weaknesses.`;
  const parts = findings.map((finding, index) => {
    const { code, where, what, consequence, lab } = inLanguage(finding, lang);
    const [then, seen] = zh ? ['后果', '可见于'] : ['so', 'seen in'];
    return `${index + 1}. ${where} [${code}]\n   ${what}\n   ${then}: ${consequence}\n   ${seen}: ${lab}`;
  });
  return `${head}\n\n${parts.join('\n\n')}\n`;
}
