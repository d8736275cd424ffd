import { type Grade, gradeOf, judge, readEvidence } from '../../check/index.ts';
import { loadLab, readFiles } from '../../lab/index.ts';

/**
 * The grade of a run's directory, from its captures, samples and calls alone: nothing that the report says is believed.
 *
 * @throws KitError `no-evidence`, `bad-evidence` or `unknown-lab` (usage) when there is nothing to go by.
 */
export async function gradeReport(directory: string): Promise<Grade> {
  const evidence = readEvidence(readFiles(directory), directory);
  const { file, code } = await loadLab(evidence.manifest.lab);
  const verdicts = judge(evidence, file.checks, code.checks);
  return gradeOf({
    kind: 'report',
    subject: evidence.manifest.lab,
    student: evidence.manifest.student,
    protocol: evidence.manifest.protocol.name,
    problems: evidence.problems.map((problem) => problem.text),
    checks: verdicts.map(({ points, ...verdict }) => ({
      ...verdict,
      maxPoints: points,
      lab: evidence.manifest.lab,
    })),
  });
}
