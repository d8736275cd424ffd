import type { Evidence } from './evidence.ts';
import { list, plain, table } from './markdown.ts';
import { paragraphs } from './sections.ts';
import { type Language, type Text, text } from './text.ts';
import { merged, type Where, whereText } from './verdict.ts';

/** A question that is asked before the run (`--ask`), as lab.yaml has it. */
export interface PredictionText {
  readonly id: string;
  readonly question: Text;
  readonly options: readonly { readonly id: string; readonly text: Text }[];
}

/** Which option came true, and what shows it. */
export interface PredictionOutcome {
  /** undefined: the run does not show it. */
  readonly option: string | undefined;
  readonly seen: Text;
  readonly where: readonly Where[];
}

/** The run does not show it. */
export const NOT_SHOWN: PredictionOutcome = { option: undefined, seen: text('', ''), where: [] };

export type OutcomeOf = (evidence: Evidence) => PredictionOutcome;

/** What the student expected beside what happened; empty when nothing was asked. */
export function predictionsSection(
  evidence: Evidence,
  texts: readonly PredictionText[],
  outcomes: Readonly<Record<string, OutcomeOf>>,
  language: Language,
): string {
  const { predictions, status, lacks } = evidence.manifest;
  if (predictions === undefined) return '';
  const tell = status === 'complete' && lacks === undefined;
  const rows = texts.flatMap(({ id, question, options }) => {
    const chosen = options.find((option) => option.id === predictions[id]);
    if (chosen === undefined) return [];
    const outcome = tell ? outcomes[id]?.(evidence) : undefined;
    const came = options.find((option) => option.id === outcome?.option);
    return [
      {
        agrees: came === undefined ? undefined : came.id === chosen.id,
        question,
        cells: [
          question[language],
          chosen.text[language],
          came === undefined
            ? text('not shown by this run', '本次运行未能显示')[language]
            : came.text[language],
          outcome === undefined ? '' : plain(outcome.seen[language]),
          merged(outcome?.where ?? [])
            .map((where) => plain(whereText(where)[language]))
            .join('<br>'),
        ],
      },
    ];
  });
  if (rows.length === 0) return '';
  const other = rows.filter(({ agrees }) => agrees === false).map(({ question }) => question[language]);
  const head =
    language === 'en'
      ? ['question', 'your prediction', 'what happened', 'seen', 'where to look']
      : ['问题', '你的预测', '实际结果', '所见', '证据位置'];
  return paragraphs(
    language === 'en' ? '### Predictions' : '### 预测与结果',
    table(
      head,
      rows.map(({ cells }) => cells),
    ),
    other.length === 0
      ? ''
      : text('It went otherwise than you expected with these:', '以下问题的结果与你的预测不同：')[language],
    other.length === 0 ? '' : list(other),
  );
}
