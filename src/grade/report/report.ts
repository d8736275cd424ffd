import {
  type Grade,
  type GradedInput,
  gradeOf,
  judge,
  judgeAnswer,
  readAnswers,
  readEvidence,
  text,
} from '../../check/index.ts';
import { loadLab, parametersOf, readFiles, reportAgain, reportText } from '../../lab/index.ts';
import { misfits } from './misfits.ts';
import { reportFits, reportLanguage } from './report-fits.ts';

export interface ReportOptions {
  /** Whose it must be; without it whoever the evidence names. */
  readonly student?: string;
  /** This kit's version: another one may word a report otherwise. */
  readonly kit: string;
}

/**
 * The grade of a run's directory, from its captures, samples and calls alone: nothing that the report says is believed,
 * and only its answer fields are read. Evidence that contradicts itself is `ungradable` as a whole, and each
 * contradiction is named in `problems`.
 *
 * @throws KitError `no-evidence`, `bad-evidence` or `unknown-lab` (usage) when there is nothing to go by.
 */
export async function gradeReport(directory: string, { student, kit }: ReportOptions): Promise<Grade> {
  const files = readFiles(directory);
  const read = readEvidence(files, directory);
  const lab = await loadLab(read.manifest.lab);
  const { file, code } = lab;
  const unfit = misfits(read, files, {
    ...{ student, labPort: file.port },
    parameters: read.manifest.kit === kit ? (whose) => parametersOf(file, whose) : undefined,
  });
  const evidence = {
    ...read,
    problems: [...read.problems, ...unfit.map((what) => ({ code: 'unfit' as const, text: what }))],
  };
  const { manifest } = evidence;
  const verdicts = judge(evidence, file.checks, code.checks);
  const spoilt = unfit.length > 0 || verdicts.every(({ verdict }) => verdict === 'ungradable');
  const report = reportText(directory);
  const answers = report === undefined ? undefined : readAnswers(report);
  const answered = (file.answers ?? []).map((question): GradedInput => {
    // What does not fit together shows nothing, so no answer can be right.
    const key = spoilt ? undefined : code.answers?.[question.id]?.(evidence);
    return { ...judgeAnswer(question, key, answers), lab: manifest.lab };
  });
  const again = (): GradedInput =>
    reportFits(report, reportAgain(evidence, lab, reportLanguage(report ?? '')));
  return gradeOf({
    kind: 'report',
    subject: manifest.lab,
    student: student ?? manifest.student,
    protocol: manifest.protocol.name,
    problems: evidence.problems.map((problem) => problem.text),
    checks: [
      ...verdicts.map(({ points, ...verdict }) => ({ ...verdict, maxPoints: points, lab: manifest.lab })),
      spoilt || manifest.kit !== kit ? notCompared(spoilt, manifest.kit, kit) : again(),
      ...answered,
    ],
  });
}

function notCompared(spoilt: boolean, made: string, kit: string): GradedInput {
  const why = spoilt
    ? text('the evidence itself does not fit together', '证据本身互相矛盾')
    : text(
        `version ${made} of the kit wrote it, and this is ${kit}, which may word it otherwise`,
        `报告由 ${made} 版本生成，当前是 ${kit} 版本，措辞可能不同`,
      );
  return { ...reportFits(undefined, ''), actual: why };
}
