import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, safeText } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { ownFolder, replaceOwnFile } from '../files/index.ts';
import {
  classCsv,
  classPage,
  interopCsv,
  gradeClass,
  overviewOf,
  studentFile,
  studentPage,
  whyChanged,
} from '../grade/index.ts';
import { version } from './main.ts';
import { Board } from './progress.ts';

interface Flags {
  readonly manifest?: string;
  readonly adjustments?: string;
  readonly out?: string;
  readonly jobs: number;
  readonly regrade: boolean;
  readonly interop: boolean;
  readonly lang: Language;
}

function count(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('Give a number from 1.');
  return Number(text);
}

/** A file that was named must be there; the one beside class.yaml may be. */
function adjustmentsFile(named: string | undefined, classFile: string): string | undefined {
  if (named !== undefined) return resolve(named);
  const beside = join(dirname(classFile), 'adjustments.yaml');
  return existsSync(beside) ? beside : undefined;
}

function adjustedWords({ made, submissions }: { made: number; submissions: number }): string {
  if (made === 0) return '';
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `, ${plural(made, 'adjustment')} to ${plural(submissions, 'submission')}`;
}

export function classCommand(): Command {
  return new Command('class')
    .description('Grades a folder of submissions by its class.yaml; what has a grade already keeps it.')
    .argument('<dir>', 'the folder: each submission a folder or an archive (.zip, .tar, .tar.gz)')
    .option('--manifest <file>', 'the class.yaml, when it is not in the folder')
    .option(
      '--adjustments <file>',
      'what you change of the grades, and why; adjustments.yaml beside class.yaml by default',
    )
    .option('--out <dir>', 'where class.sqlite, class.csv and class.html go; DIR/../DIR-grades by default')
    .option('--jobs <n>', 'how many at once', count, Math.max(1, availableParallelism()))
    .option('--regrade', 'grade again what has a grade', false)
    .option('--no-interop', 'do not match clients and servers of different students')
    .addOption(new Option('--lang <language>', 'language of the page').choices(['en', 'zh']).default('en'))
    .action(async (dir: string, flags: Flags) => {
      const directory = resolve(dir);
      const file = resolve(flags.manifest ?? join(directory, 'class.yaml'));
      const adjustments = adjustmentsFile(flags.adjustments, file);
      const out = resolve(flags.out ?? `${directory}-grades`);
      // Grades are the lecturer's alone.
      ownFolder(out);
      const board = new Board(1);
      board.begin('class');
      const interrupt = new AbortController();
      const onSignal = (): void => interrupt.abort();
      process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
      try {
        const outcome = await gradeClass({
          directory,
          file,
          ...(adjustments === undefined ? {} : { adjustments }),
          database: join(out, 'class.sqlite'),
          jobs: flags.jobs,
          regrade: flags.regrade,
          interop: flags.interop,
          evidence: join(out, 'interop'),
          kit: version(),
          progress: (what, done, total) => board.show('class', safeText(what), done, total),
          signal: interrupt.signal,
        });
        board.end();
        const overview = overviewOf(outcome);
        replaceOwnFile(join(out, 'class.csv'), classCsv(overview));
        replaceOwnFile(join(out, 'class.html'), classPage(overview, out, new Date(), flags.lang));
        const students = ownFolder(join(out, 'students'));
        for (const student of overview.students)
          replaceOwnFile(
            join(students, studentFile(student)),
            studentPage(student, overview.title, flags.lang),
          );
        if (outcome.interop.entrants.length > 0)
          replaceOwnFile(join(out, 'interop.csv'), interopCsv(overview));
        for (const change of outcome.changes) {
          const { submission, task, from, to, checks } = change;
          process.stdout.write(
            `${safeText(submission)} ${task}: ${from} → ${to}, because ${whyChanged(change)}\n`,
          );
          for (const { id, from: old, to: now } of checks) process.stdout.write(`  ${id}: ${old} → ${now}\n`);
        }
        const { interop, adjustments: made } = outcome;
        for (const remark of made.remarks) process.stderr.write(`${remark}\n`);
        if (interop.why !== undefined) process.stderr.write(`no matches: ${interop.why}\n`);
        const matches =
          interop.played + interop.kept === 0
            ? ''
            : `, ${interop.played} matches played, ${interop.kept} kept`;
        process.stdout.write(
          `${outcome.graded} graded, ${outcome.kept} kept${matches}${adjustedWords(made)}\n${join(out, 'class.html')}\n`,
        );
        const ours = [...outcome.rows, ...interop.matches].some(({ grade }) =>
          grade.checks.some(({ verdict }) => verdict === 'error'),
        );
        process.exitCode = ours ? EXIT.kit : EXIT.ok;
      } finally {
        board.end();
        process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      }
    });
}
