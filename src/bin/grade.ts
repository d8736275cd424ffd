import { Command } from 'commander';
import { gradeReport } from '../grade/index.ts';
import { version } from './main.ts';
import { emitGrade, type GradeFlags, withGradeFlags } from './grade-output.ts';

export function gradeCommand(): Command {
  return new Command('grade')
    .description('Grades what a student hands in: evidence of a run, a server, a client, or a whole class.')
    .addCommand(reportCommand());
}

function reportCommand(): Command {
  return withGradeFlags(new Command('report'))
    .description(
      'Verdicts made afresh from the evidence of a run; nothing is read from its report but the answers.',
    )
    .argument('<dir>', 'the directory of the run, as the student handed it in')
    .option('--student <id>', 'whose it must be; another student’s evidence is then ungradable')
    .action(async (directory: string, flags: GradeFlags & { readonly student?: string }) => {
      const { student } = flags;
      const kit = version();
      emitGrade(await gradeReport(directory, student === undefined ? { kit } : { kit, student }), flags);
    });
}
