import {
  code,
  inLanguage,
  type Language,
  paragraphs,
  plain,
  type Result,
  table,
  text,
  type Text,
} from '../check/index.ts';

/** One lab of a batch, as the page over all of them shows it. */
export interface BatchRow {
  readonly lab: string;
  readonly title: Text;
  /** undefined: not run, or it left nothing to read. */
  readonly result: Result | undefined;
  /** Why it did not come to its end; undefined when it did. */
  readonly failure: string | undefined;
  readonly seconds: number | undefined;
}

/** index.md: all labs of a batch, each with its outcome and its report. Pure. */
export function batchPage(
  rows: readonly BatchRow[],
  student: string | null,
  command: readonly string[],
  language: Language,
): string {
  const say = (value: Text): string => inLanguage(value, language);
  const head =
    language === 'en'
      ? ['lab', 'outcome', 'checks passed', 'points', 'seconds', 'report']
      : ['实验', '结果', '通过的检查', '得分', '秒', '报告'];
  const lines = rows.map((row) => [
    say(row.title),
    plain(outcomeOf(row, language)),
    row.result === undefined ? '–' : `${passedOf(row.result)}/${row.result.verdicts.length}`,
    row.result === undefined ? '–' : `${row.result.points}/${row.result.of}`,
    row.seconds === undefined ? '–' : row.seconds.toFixed(1),
    row.result === undefined ? '–' : `[report.md](${row.lab}/report.md)`,
  ]);
  const bad = rows.flatMap(({ result, lab }) =>
    (result?.verdicts ?? [])
      .filter(({ verdict }) => verdict !== 'pass')
      .map((verdict) => [
        lab,
        say(verdict.title),
        say(VERDICT_WORDS[verdict.verdict]),
        plain(say(verdict.actual)),
      ]),
  );
  return [
    paragraphs(
      say(text('# Labs', '# 实验')),
      student === null ? '' : say(text(`Student ${plain(student)}`, `学号 ${plain(student)}`)),
      table(head, lines, [2, 3, 4]),
      bad.length === 0 ? '' : say(text('## What did not pass', '## 未通过的检查')),
      bad.length === 0
        ? ''
        : table(
            language === 'en' ? ['lab', 'check', 'verdict', 'seen'] : ['实验', '检查项', '结论', '实际'],
            bad,
          ),
      say(text(`Run them again with ${code(command.join(' '))}.`, `重新运行：${code(command.join(' '))}`)),
    ),
    '',
  ].join('\n');
}

export const VERDICT_WORDS = {
  pass: text('pass', '通过'),
  fail: text('fail', '未通过'),
  skipped: text('skipped', '跳过'),
  ungradable: text('ungradable', '无法评判'),
  error: text('error', '错误'),
} as const;

/** In a word what came of a lab: its gravest verdict, or why there is none. */
export function outcomeOf({ result, failure }: BatchRow, language: Language): string {
  if (failure !== undefined) return failure;
  if (result === undefined) return inLanguage(text('not run yet', '尚未运行'), language);
  const kinds = new Set(result.verdicts.map(({ verdict }) => verdict));
  const gravest = (['error', 'ungradable', 'fail', 'skipped', 'pass'] as const).find((kind) =>
    kinds.has(kind),
  );
  return inLanguage(VERDICT_WORDS[gravest ?? 'pass'], language);
}

export const passedOf = (result: Result): number =>
  result.verdicts.filter(({ verdict }) => verdict === 'pass').length;
