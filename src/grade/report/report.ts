import {
  type Grade,
  type GradedInput,
  gradeOf,
  judge,
  judgeAnswer,
  readAnswers,
  readEvidence,
  text,
  type Text,
  type Verdict,
} from '../../check/index.ts';
import { loadLab, parametersOf, readFiles, reportAgain, reportText } from '../../lab/index.ts';
import { misfits, RESULT_FILE } from './misfits.ts';
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
  const unfit = misfits(read, files, file, {
    ...{ student, labPort: file.port },
    parameters: read.manifest.kit === kit ? (whose) => parametersOf(file, whose) : undefined,
  });
  const evidence = {
    ...read,
    problems: [...read.problems, ...unfit.map((what) => ({ code: 'unfit' as const, text: what }))],
  };
  const { manifest } = evidence;
  const verdicts = judge(evidence, file.checks, code.checks).map((verdict) =>
    (manifest.lacks ?? []).length === 0 || verdict.verdict !== 'skipped' ? verdict : shownNothing(verdict),
  );
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
    problems: [
      ...evidence.problems.map((problem) => problem.text),
      ...(files.has(RESULT_FILE) ? [] : [NO_RESULT]),
      ...(manifest.kit === kit ? [] : [otherKit(manifest.kit, kit)]),
    ],
    checks: [
      ...verdicts.map(({ points, ...verdict }) => ({ ...verdict, maxPoints: points, lab: manifest.lab })),
      spoilt ? notCompared() : sameKit(again(), manifest.kit, kit),
      ...answered,
    ],
  });
}

const NO_RESULT = text(
  `${RESULT_FILE} is missing: whether evidence.json was changed afterwards cannot be seen`,
  `缺少 ${RESULT_FILE}：无法看出 evidence.json 之后是否被修改`,
);

const otherKit = (made: string, kit: string): Text =>
  text(
    `evidence.json says that version ${made} of the kit made it, and this is ${kit}: the numbers of the variant were not compared`,
    `evidence.json 称由工具的 ${made} 版本生成，当前为 ${kit}：没有比对题目的参数`,
  );

/** Anybody can write that a program was missing, and a run that was not made shows nothing. */
const shownNothing = (verdict: Verdict): Verdict => ({
  ...verdict,
  verdict: 'ungradable',
  hint: text(
    'run the lab on a machine that has the program (scripts/setup --labs installs it)',
    '请在装有该程序的机器上运行（scripts/setup --labs 会安装）',
  ),
});

function notCompared(): GradedInput {
  return {
    ...reportFits(undefined, ''),
    actual: text('the evidence itself does not fit together', '证据本身互相矛盾'),
  };
}

/** Another version may word a report otherwise; that it was another one is only what evidence.json says. */
function sameKit(compared: GradedInput, made: string, kit: string): GradedInput {
  if (made === kit || compared.verdict !== 'ungradable') return compared;
  const { en, zh } = compared.actual;
  return {
    ...compared,
    actual: text(
      `${en}; evidence.json names version ${made} of the kit, and this is ${kit}: either the words are that version's, or the report was changed`,
      `${zh}；evidence.json 称工具版本为 ${made}，当前为 ${kit}：或是该版本措辞不同，或是报告被修改`,
    ),
    hint: text(`grade it with version ${made} to see which`, `用 ${made} 版本评分即可知道是哪一种`),
  };
}
