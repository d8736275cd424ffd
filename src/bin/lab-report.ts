import { Command } from 'commander';
import type { Language } from '../check/index.ts';
import { review } from '../lab/index.ts';
import { languageOption } from './lab-run.ts';
import { exitCode } from './run-outcome.ts';

export function reportCommand(): Command {
  return new Command('report')
    .argument('<dir>', 'the directory of the run')
    .addOption(languageOption())
    .action(async (directory: string, flags: { lang: Language }) => {
      const { report, result } = await review(directory, flags.lang);
      process.stdout.write(`${report}\n`);
      process.exitCode = exitCode([result]);
    });
}
