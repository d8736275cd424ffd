import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, KitError } from '../bytes/index.ts';
import { studentPort } from '../chat/index.ts';
import type { Language, Result } from '../check/index.ts';
import { labName, labNames, makeDirectory, type Review, review, runLab } from '../lab/index.ts';
import { loadProtocol } from '../wire/index.ts';
import { errorText, version } from './main.ts';
import { Progress } from './progress.ts';

interface Flags {
  readonly all: boolean;
  readonly out?: string;
  readonly lang: Language;
  readonly student?: string;
  readonly port?: number;
  readonly protocol: string;
  readonly hosts: 'auto' | 'namespaces' | 'loopback';
  readonly json: boolean;
}

interface Outcome {
  readonly lab: string;
  readonly directory: string;
  readonly review: Review;
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('Give a port from 1 to 65535.');
  return value;
}

export const languageOption = (): Option =>
  new Option('--lang <language>', 'language of the report').choices(['en', 'zh']).default('en');

export function runCommand(): Command {
  return new Command('run')
    .description('Runs labs for real and writes, for each, a directory with its evidence and its report.')
    .argument('[labs...]', `names or numbers: ${labNames().join(', ')}`)
    .option('--all', 'all labs', false)
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
Exit codes: 0 every check passed; 1 a check did not; 2 wrong usage; 3 this machine cannot; 70 a fault of the kit;
130 interrupted (what was seen is kept, marked incomplete).

Examples:
  chat-lab run 03-time-100x
  chat-lab run 3 --lang zh --student 3200102312
  chat-lab run 3 --hosts loopback --out /tmp/mine --json`,
    )
    .action(async (labs: string[], flags: Flags) => {
      if (labs.length === 0 && !flags.all) {
        throw new KitError('usage', 'which lab?', {
          fault: 'usage',
          hint: `Name one or more of ${labNames().join(', ')}, or give --all.`,
        });
      }
      const names = flags.all ? labNames() : labs.map(labName);
      const outcomes: Outcome[] = [];
      for (const lab of names) outcomes.push(await runOne(lab, names.length, flags));
      print(outcomes, flags);
      process.exitCode = exitCode(outcomes.map((outcome) => outcome.review.result));
    });
}

async function runOne(lab: string, howMany: number, flags: Flags): Promise<Outcome> {
  const protocol = loadProtocol(flags.protocol);
  const directory =
    flags.out === undefined
      ? freshDirectory(lab, flags.student)
      : howMany === 1
        ? resolve(flags.out)
        : resolve(flags.out, lab);
  makeDirectory(directory);
  const progress = new Progress();
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await runLab({
      lab,
      directory,
      protocol: flags.protocol,
      port:
        flags.port ??
        (flags.student === undefined ? (protocol.description.port ?? 5264) : studentPort(flags.student)),
      ...(flags.student === undefined ? {} : { student: flags.student }),
      hosts: flags.hosts,
      command: againWith(lab, flags),
      kit: version(),
      progress: (step, done, total) => progress.show(`${lab}: ${step[flags.lang]}`, done, total),
      signal: interrupt.signal,
    });
  } catch (error) {
    progress.end();
    if (existsSync(join(directory, 'evidence.json'))) {
      process.stderr.write(`What was seen until then is in ${shown(directory)}, marked incomplete.\n`);
      await reviewIncomplete(directory, flags.lang);
    }
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    progress.end();
  }
  return { lab, directory, review: await review(directory, flags.lang) };
}

/** A report on what is there. Its failure must not hide why the run failed. */
async function reviewIncomplete(directory: string, language: Language): Promise<void> {
  try {
    await review(directory, language);
  } catch (error) {
    process.stderr.write(`It has no report: ${errorText(error)}\n`);
  }
}

/** runs/03-time-100x-20261120-113800, with a number behind it when that exists. */
function freshDirectory(lab: string, student: string | undefined): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const stem = resolve('runs', [lab, ...(student === undefined ? [] : [student]), day, time].join('-'));
  for (let n = 1; ; n++) {
    const directory = n === 1 ? stem : `${stem}-${n}`;
    if (!existsSync(directory)) return directory;
  }
}

/** How to run it again, as the report prints it. */
function againWith(lab: string, flags: Flags): string[] {
  return [
    'labs/run',
    lab,
    ...(flags.lang === 'en' ? [] : ['--lang', flags.lang]),
    ...(flags.student === undefined ? [] : ['--student', flags.student]),
    ...(flags.port === undefined ? [] : ['--port', String(flags.port)]),
    ...(flags.protocol === 'clp' ? [] : ['--protocol', flags.protocol]),
    ...(flags.hosts === 'auto' ? [] : ['--hosts', flags.hosts]),
  ];
}

function shown(path: string): string {
  const near = relative('.', path);
  return near.startsWith('..') ? path : near;
}

function print(outcomes: readonly Outcome[], flags: Flags): void {
  if (flags.json) {
    const runs = outcomes.map(({ directory, review: { report, result } }) => ({ directory, report, result }));
    process.stdout.write(`${JSON.stringify({ runs }, null, 2)}\n`);
    return;
  }
  for (const {
    lab,
    review: { report, result },
  } of outcomes) {
    const passed = result.verdicts.filter(({ verdict }) => verdict === 'pass').length;
    process.stdout.write(
      `${lab}: ${passed} of ${result.verdicts.length} checks pass, ${result.points} of ${result.of} points\n`,
    );
    for (const problem of result.problems) process.stdout.write(`  note: ${problem.text[flags.lang]}\n`);
    for (const verdict of result.verdicts) {
      if (verdict.verdict === 'pass') continue;
      process.stdout.write(
        `  ${verdict.verdict}: ${verdict.title[flags.lang]}: ${verdict.actual[flags.lang]}\n`,
      );
    }
    process.stdout.write(`${shown(report)}\n`);
  }
}

/** The gravest outcome decides: our fault, a failed check, a machine that could not show it. */
export function exitCode(results: readonly Result[]): number {
  const verdicts = new Set(results.flatMap((result) => result.verdicts.map(({ verdict }) => verdict)));
  if (verdicts.has('error')) return EXIT.kit;
  if (verdicts.has('fail') || verdicts.has('ungradable')) return EXIT.failed;
  return verdicts.has('skipped') ? EXIT.machine : EXIT.ok;
}
