import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError, text } from '../bytes/index.ts';
import { labFolder, labName, labNames } from '../lab/index.ts';
import { askPredictions } from './ask.ts';
import { errorText } from './main.ts';
import { Board } from './progress.ts';
import { runBatch } from './run-batch.ts';
import { type Flags, type Outcome, portOf, runOne, shown } from './run-one.ts';
import { exitCodeOfAll, jsonOf, resultText, summaryText } from './run-outcome.ts';
import { variantOf } from '../check/index.ts';

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('Give a port from 1 to 65535.');
  return value;
}

function jobs(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 64)
    throw new InvalidArgumentError('Give a number from 1 to 64.');
  return value;
}

export const languageOption = (): Option =>
  new Option('--lang <language>', 'language of the report').choices(['en', 'zh']).default('en');

export function runCommand(): Command {
  return new Command('run')
    .argument('[labs...]', `names or numbers: ${labNames().join(', ')}`)
    .option('--all', 'all labs', false)
    .option('--jobs <n>', 'how many labs may run at the same time, each in a world of its own', jobs, 8)
    .option(
      '--ask',
      'ask for your predictions first; the report sets them beside what happened (needs a terminal)',
      false,
    )
    .option('--out <dir>', 'where the run is written; by default a new directory under ./runs')
    .addOption(languageOption())
    .option(
      '--student <id>',
      'a student number: fixes port, subnet and names, so that each report has its own answers',
    )
    .option('--port <port>', 'port of the server, when it should not be the protocol’s own', port)
    .option('--protocol <name|file>', 'protocol, or the path of its description', 'clp')
    .addOption(
      new Option(
        '--hosts <kind>',
        'namespaces: a network stack for each host; loopback: all on this machine’s own',
      )
        .choices(['auto', 'namespaces', 'loopback'])
        .default('auto'),
    )
    .option('--json', 'print the results as one JSON value', false)
    .addHelpText(
      'after',
      `
Several labs go into one directory, with a page over all of them (index.md). When such a run is interrupted, the same
command goes on where it was: what is complete is kept, the rest is run.

Exit codes, the gravest of all labs: 0 every check passed; 1 a check did not; 2 wrong usage; 3 this machine cannot;
70 a fault of the kit; 130 interrupted (what was seen is kept, marked incomplete).

Examples:
  chat-lab run 03-time-100x
  chat-lab run 3 --lang zh --student 3200102312
  chat-lab run --all --jobs 8
  chat-lab run 3 --hosts loopback --out /tmp/mine --json`,
    )
    .action(run);
}

async function run(labs: readonly string[], flags: Flags): Promise<void> {
  if (labs.length === 0 && !flags.all) {
    throw new KitError('usage', text('which lab?', '运行哪个实验？'), {
      fault: 'usage',
      hint: text(
        `Name one or more of ${labNames().join(', ')}, or give --all.`,
        `请给出一个或多个：${labNames().join('、')}，或用 --all。`,
      ),
    });
  }
  const names = flags.all ? labNames() : [...new Set(labs.map(labName))];
  // What is wrong with the command is said before anything begins.
  variantOf(flags.student, portOf(flags));
  // A student's evidence and answers are nobody else's on a shared machine: this, and all that it starts (tcpdump among
  // them), makes directories 0700 and files 0600.
  process.umask(0o077);
  const predictions = flags.ask ? await askPredictions(names, flags.lang) : new Map<string, never>();
  const board = new Board(names.length);
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const [only = ''] = names;
    if (names.length > 1) {
      const { batch, outcomes } = await runBatch(names, flags, board, interrupt.signal, predictions);
      board.end();
      tellAll(outcomes, flags, interrupt.signal.aborted, batch.directory);
    } else {
      const folder =
        flags.out === undefined ? labFolder(resolve('runs'), only, flags.student) : resolve(flags.out);
      const outcome = await runOne(only, folder, flags, board, interrupt.signal, predictions.get(only));
      board.end();
      tellAll([outcome], flags, interrupt.signal.aborted, undefined);
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    board.end();
  }
}

function tellAll(
  outcomes: readonly Outcome[],
  flags: Flags,
  interrupted: boolean,
  batch: string | undefined,
): void {
  for (const { lab, error } of outcomes) {
    if (error === undefined) continue;
    process.stderr.write(`chat-lab: ${batch === undefined ? '' : `${lab}: `}${errorText(error)}\n`);
  }
  const code = exitCodeOfAll(outcomes, interrupted);
  if (flags.json) process.stdout.write(jsonOf(outcomes, batch, code));
  else if (batch === undefined) {
    for (const outcome of outcomes) process.stdout.write(resultText(outcome, flags.lang));
  } else {
    process.stdout.write(`${summaryText(outcomes, flags.lang)}${shown(join(batch, 'index.md'))}\n`);
    if (interrupted) process.stderr.write('Interrupted. The same command goes on where it was.\n');
  }
  process.exitCode = code;
}
