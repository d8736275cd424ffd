import { type Grade, gradeOf, judge, readEvidence } from '../../check/index.ts';
import { loadLab, readFiles } from '../../lab/index.ts';
import { misfits } from './misfits.ts';

export interface ReportOptions {
  /** Whose it must be; without it whoever the evidence names. */
  readonly student?: string;
}

/**
 * The grade of a run's directory, from its captures, samples and calls alone: nothing that the report says is believed.
 * Evidence that contradicts itself is `ungradable` as a whole, and each contradiction is named in `problems`.
 *
 * @throws KitError `no-evidence`, `bad-evidence` or `unknown-lab` (usage) when there is nothing to go by.
 */
export async function gradeReport(directory: string, { student }: ReportOptions = {}): Promise<Grade> {
  const files = readFiles(directory);
  const read = readEvidence(files, directory);
  const { file, code } = await loadLab(read.manifest.lab);
  const unfit = misfits(read, files, student).map((what) => ({ code: 'unfit' as const, text: what }));
  const evidence = { ...read, problems: [...read.problems, ...unfit] };
  const { lab } = evidence.manifest;
  return gradeOf({
    kind: 'report',
    subject: lab,
    student: student ?? evidence.manifest.student,
    protocol: evidence.manifest.protocol.name,
    problems: evidence.problems.map((problem) => problem.text),
    checks: judge(evidence, file.checks, code.checks).map(({ points, ...verdict }) => ({
      ...verdict,
      maxPoints: points,
      lab,
    })),
  });
}
