import { Command, InvalidArgumentError } from 'commander';
import { gradeNotebook, gradeReport, isNotebook } from '../grade/index.ts';
import { version } from './main.ts';
import { adjustCommand } from './grade-adjust.ts';
import { classCommand } from './grade-class.ts';
import { clientCommand, serverCommand } from './grade-peers.ts';
import { adjustmentsOf, emitGrade, type GradeFlags, withGradeFlags } from './grade-output.ts';

export function gradeCommand(): Command {
  return new Command('grade')
    .addCommand(reportCommand())
    .addCommand(serverCommand())
    .addCommand(clientCommand())
    .addCommand(classCommand())
    .addCommand(adjustCommand());
}

function reportCommand(): Command {
  return withGradeFlags(new Command('report'))
    .description(
      'Verdicts made afresh from the evidence of a run; nothing is read from its report but the answers. Or a notebook, run again.',
    )
    .argument('<path>', 'the directory of the run, as the student handed it in; or the notebook (.ipynb)')
    .option('--student <id>', 'whose it must be; another student’s evidence is then ungradable')
    .option('--cell-seconds <n>', 'of a notebook: a cell that takes longer is ended', seconds, 60)
    .action(async (path: string, flags: ReportFlags) => {
      const adjustments = adjustmentsOf(flags);
      const kit = version();
      const whose = flags.student === undefined ? {} : { student: flags.student };
      const grade = isNotebook(path)
        ? await gradeNotebook(path, { ...whose, cellSeconds: flags.cellSeconds })
        : await gradeReport(path, { kit, ...whose });
      emitGrade(grade, adjustments, flags);
    });
}

interface ReportFlags extends GradeFlags {
  readonly student?: string;
  readonly cellSeconds: number;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('Give seconds, up to 3600.');
  return value;
}
