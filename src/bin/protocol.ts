import { Command, Option } from 'commander';
import { EXIT } from '../bytes/index.ts';
import {
  cHeader,
  dissector,
  findingsOf,
  findingsText,
  inLanguage,
  type Lang,
  loadProtocol,
  protocolPage,
} from '../wire/index.ts';

const NAME = 'a protocol of the kit, or the path of a description';
const language = (): Option =>
  new Option('--lang <language>', 'en or zh').choices(['en', 'zh']).default('en' satisfies Lang);

/** `chat-lab protocol doc|header|dissector|check NAME|FILE`: what can be made from a description. */
export function protocolCommand(): Command {
  const command = new Command('protocol');
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
  // The main program sees to its own commands; these are one level deeper.
  for (const inner of command.commands)
    inner.exitOverride().showHelpAfterError('(--help shows what there is)');
  return command;
}
