import { readFileSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import {
  EXIT,
  exitCodeOf,
  inLanguage,
  KitError,
  type Language,
  localeLanguage,
  safeText,
  text,
} from '../bytes/index.ts';
import { usageText } from './usage-words.ts';

/** The kit's version, from its package.json, which lies at the same place beside the sources and the compiled code. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What a person needs of an error: the sentence and the next step; of our own bugs the stack, too. */
export function errorText(error: unknown, language: Language = languageOf(process.argv)): string {
  if (error instanceof KitError && error.fault !== 'kit') {
    const { message, hint } = error.words;
    return [message, ...(hint === undefined ? [] : [hint])]
      .map((words) => inLanguage(words, language))
      .join('\n  ');
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a fault of the kit, not yours. Please report it with these lines:\n${safeText(stack).replaceAll('\\n', '\n')}`;
}

const HELP = text('(--help shows what there is)', '（用法见 --help）');

/**
 * What a command is told to speak goes for its errors, too; else they speak as the user's locale does. Told from the words
 * themselves, since what is wrong may be the command line.
 */
function languageOf(argv: readonly string[]): Language {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const told = words.flatMap((word, at) =>
    word === '--lang' ? (words[at + 1] ?? []) : word.startsWith('--lang=') ? word.slice(7) : [],
  );
  const last = told.at(-1);
  return last === 'en' || last === 'zh' ? last : localeLanguage(process.env);
}

/**
 * Parses the command line, runs the command, and leaves with the exit code that DESIGN of the commands promises: 0 all
 * well, 1 a check failed or the peer refused, 2 wrong usage, 3 this machine cannot, 70 our fault.
 */
export async function main(program: Command): Promise<void> {
  const language = languageOf(process.argv);
  const withBelow = (command: Command): Command[] => [command, ...command.commands.flatMap(withBelow)];
  for (const command of withBelow(program)) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .showHelpAfterError(inLanguage(HELP, language))
      .configureOutput({ outputError: (said, write) => write(usageText(said, language)) });
  }
  // Whoever reads us has seen enough (`| head`): nothing is wrong, and there is nobody left to print for.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said it already; --help and --version are no errors.
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    process.stderr.write(`${program.name()}: ${errorText(error, language)}\n`);
    process.exitCode = error instanceof KitError && error.code === 'interrupted' ? 130 : exitCodeOf(error);
  }
}
