/** `chat-lab grade adjust`: writes an entry of adjustments.yaml. */
import { dirname, join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { english, KitError, safeText } from '../bytes/index.ts';
import { scoreText } from '../check/index.ts';
import { LONGEST_REASON, writeAdjustment } from '../grade/index.ts';

interface Flags {
  readonly points?: number;
  readonly add?: number;
  readonly excused?: true;
  readonly bonus?: true;
  readonly reason: string;
  readonly by?: string;
  readonly manifest?: string;
  readonly adjustments?: string;
  readonly out?: string;
}

function reason(words: string): string {
  const length = words.trim().length;
  if (length === 0 || length > LONGEST_REASON)
    throw new InvalidArgumentError(`Say it in 1 to ${LONGEST_REASON} characters.`);
  return words;
}

function number(words: string): number {
  if (!/^[+-]?\d+(\.\d+)?$/.test(words)) throw new InvalidArgumentError('Give a number.');
  return Number(words);
}

export function adjustCommand(): Command {
  return new Command('adjust')
    .description(
      'Changes what the grader gave, with a reason: writes it into adjustments.yaml of a graded class.',
    )
    .argument('<dir>', 'the folder of the submissions')
    .argument('<submission>', 'its name, or the student’s number')
    .argument('<task>', 'the task, as class.yaml calls it')
    .argument('[check]', 'the check; without it the task as a whole')
    .addOption(new Option('--points <n>', 'what counts').argParser(number).conflicts(['add', 'excused']))
    .addOption(new Option('--add <n>', 'what is added; −N takes away').argParser(number).conflicts('excused'))
    .option('--excused', 'it counts in neither sum')
    .option('--bonus', 'points may go above the maximum')
    .requiredOption('--reason <text>', 'why; the student reads it', reason)
    .option('--by <name>', 'who decided it')
    .option('--manifest <file>', 'the class.yaml, when it is not in the folder')
    .option('--adjustments <file>', 'the file; adjustments.yaml beside class.yaml by default')
    .option('--out <dir>', 'where class.sqlite is; DIR/../DIR-grades by default')
    .action(
      async (dir: string, submission: string, task: string, check: string | undefined, flags: Flags) => {
        const directory = resolve(dir);
        const { manifest, adjustments, out, ...given } = flags;
        if (given.points === undefined && given.add === undefined && given.excused === undefined)
          throw new KitError('no-change', english('what is to be changed?'), {
            fault: 'usage',
            hint: english('Give --points N, --add N or --excused.'),
          });
        const file = resolve(manifest ?? join(directory, 'class.yaml'));
        const into = resolve(adjustments ?? join(dirname(file), 'adjustments.yaml'));
        const database = join(resolve(out ?? `${directory}-grades`), 'class.sqlite');
        const written = await writeAdjustment(
          { directory, file, adjustments: into, database },
          {
            ...{ submission, task, ...(check === undefined ? {} : { check }), ...given },
            at: new Date().toISOString().slice(0, 10),
          },
        );
        for (const remark of written.remarks) process.stderr.write(`${remark}\n`);
        process.stdout.write(
          [
            `${safeText(written.submission)} ${task}: ${scoreText(written.grade).en}`,
            `${into}:${written.line} has it; grade class makes page and tables with it`,
            '',
          ].join('\n'),
        );
      },
    );
}
