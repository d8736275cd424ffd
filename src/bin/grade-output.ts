import { type Command, Option } from 'commander';
import { EXIT } from '../bytes/index.ts';
import {
  type Grade,
  GRADE_FORMAT_NAMES,
  GRADE_FORMATS,
  type GradeFormat,
  type Language,
  standing,
} from '../check/index.ts';
import {
  adjustOne,
  type Adjustments,
  NO_ADJUSTMENTS,
  readAdjustments,
  readTextFile,
} from '../grade/index.ts';
import { writeOrdinaryFile } from '../files/index.ts';
import { languageOption } from './lab-run.ts';
import { version } from './main.ts';

/** The flags of every command that gives a grade. */
export interface GradeFlags {
  readonly format: GradeFormat;
  readonly out?: string;
  readonly lang: Language;
  readonly adjustments?: string;
}

export const withGradeFlags = (command: Command): Command =>
  command
    .addOption(
      new Option('--format <format>', 'how the grade is written').choices(GRADE_FORMAT_NAMES).default('text'),
    )
    .option('--adjustments <file>', 'what you change of the grade, and why (docs/GRADING.md)')
    .option('--out <file>', 'write it to this file and not to standard output')
    .addOption(languageOption());

/** What `--adjustments` names, read before the grading, which may take minutes. */
export const adjustmentsOf = ({ adjustments: file }: GradeFlags): Adjustments =>
  file === undefined ? NO_ADJUSTMENTS : readAdjustments(readTextFile(file), file, 'grade');

/** Writes the grade as it was asked for, and sets the exit code. */
export function emitGrade(graded: Grade, adjustments: Adjustments, { format, out, lang }: GradeFlags): void {
  const { grade, remarks } = adjustOne(graded, adjustments);
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  const written = GRADE_FORMATS[format](grade, { language: lang, at: new Date(), kit: version() });
  if (out === undefined) process.stdout.write(written);
  else writeOrdinaryFile(out, written);
  process.exitCode = gradeExitCode(grade);
}

/**
 * The gravest outcome decides: our fault, points lost, a machine that could not show it. What the protocol, the program
 * or its script has no such thing for takes nothing from a grade that is otherwise whole.
 */
export function gradeExitCode({ checks, score }: Grade): number {
  const machine = checks.some(
    ({ verdict, because = 'machine' }) =>
      because === 'machine' && (verdict === 'skipped' || verdict === 'error'),
  );
  if (checks.some(({ verdict, because }) => verdict === 'error' && because !== 'machine')) return EXIT.kit;
  if (score.points < score.of || checks.some((check) => standing(check) === 'ungradable')) return EXIT.failed;
  return machine ? EXIT.machine : EXIT.ok;
}
