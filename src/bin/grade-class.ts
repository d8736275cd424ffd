import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, safeText } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { ownFolder, replaceOwnFile } from '../files/index.ts';
import { classCsv, classPage, interopCsv, gradeClass, overviewOf, whyChanged } from '../grade/index.ts';
import { version } from './main.ts';
import { Board } from './progress.ts';

interface Flags {
  readonly manifest?: string;
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

export function classCommand(): Command {
  return new Command('class')
    .description('Grades a folder of submissions by its class.yaml; what has a grade already keeps it.')
    .argument('<dir>', 'the folder: each submission a folder or an archive (.zip, .tar, .tar.gz)')
    .option('--manifest <file>', 'the class.yaml, when it is not in the folder')
    .option('--out <dir>', 'where class.sqlite, class.csv and class.html go; DIR/../DIR-grades by default')
    .option('--jobs <n>', 'how many at once', count, Math.max(1, availableParallelism()))
    .option('--regrade', 'grade again what has a grade', false)
    .option('--no-interop', 'do not match clients and servers of different students')
    .addOption(new Option('--lang <language>', 'language of the page').choices(['en', 'zh']).default('en'))
    .action(async (dir: string, flags: Flags) => {
      const directory = resolve(dir);
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
          file: resolve(flags.manifest ?? join(directory, 'class.yaml')),
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
        if (outcome.interop.entrants.length > 0)
          replaceOwnFile(join(out, 'interop.csv'), interopCsv(overview));
        for (const change of outcome.changes) {
          const { submission, task, from, to, checks } = change;
          process.stdout.write(
            `${safeText(submission)} ${task}: ${from} → ${to}, because ${whyChanged(change)}\n`,
          );
          for (const { id, from: old, to: now } of checks) process.stdout.write(`  ${id}: ${old} → ${now}\n`);
        }
        const { interop } = outcome;
        if (interop.why !== undefined) process.stderr.write(`no matches: ${interop.why}\n`);
        const matches =
          interop.played + interop.kept === 0
            ? ''
            : `, ${interop.played} matches played, ${interop.kept} kept`;
        process.stdout.write(
          `${outcome.graded} graded, ${outcome.kept} kept${matches}\n${join(out, 'class.html')}\n`,
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
