/**
 * Questions that the student answers in the report. The right answer is not in the lab: it is computed from the very
 * evidence that was handed in, so each student has another.
 *
 * In report.md a question is followed by a field, which stays visible as nothing when the page is rendered:
 *
 *     <!-- answer:client-port -->
 *     47852
 *     <!-- /answer -->
 */
import type { Evidence } from './evidence.ts';
import { type GradedInput } from './grade.ts';
import { type Language, same, type Text, text } from './text.ts';
import type { Where } from './verdict.ts';

/** A question, as lab.yaml has it. */
export interface QuestionText {
  readonly id: string;
  readonly points: number;
  readonly question: Text;
  readonly hint: Text;
}

/** What is right in this evidence, and where it can be seen. */
export type AnswerKey = { readonly where: readonly Where[] } & (
  | { readonly kind: 'number'; readonly value: number; readonly tolerance?: number }
  /** Which of these words; each choice has the words that mean it, in lower case. */
  | {
      readonly kind: 'choice';
      readonly value: string;
      readonly words: Readonly<Record<string, readonly string[]>>;
    }
);

/** undefined: this evidence does not show it. */
export type AnswerRule = (evidence: Evidence) => AnswerKey | undefined;

/** Longer is no answer to such a question, and not ours to read. */
const MAX_ANSWER = 4_000;
const FIELD = /<!--[ \t]*answer:([a-z0-9-]{1,60})[ \t]*-->([\s\S]*?)<!--[ \t]*\/answer[ \t]*-->/g;

/** What stands in the answer fields of a report, trimmed, by id. */
export function readAnswers(report: string): Map<string, string> {
  return new Map(
    [...report.matchAll(FIELD)].map(([, id = '', body = '']) => [id, body.trim().slice(0, MAX_ANSWER)]),
  );
}

/** The report with every field's content left out: what is left was not for the student to write. */
export const withoutAnswers = (report: string): string =>
  report.replaceAll(FIELD, '<!-- answer:$1 --><!-- /answer -->');

/** A field with what it holds. */
export const answerField = (id: string, content = ''): string =>
  `<!-- answer:${id} -->\n\n${content}${content === '' ? '' : '\n\n'}<!-- /answer -->`;

/** The questions with their fields, for section 7. */
export function answerSection(
  questions: readonly QuestionText[],
  answers: ReadonlyMap<string, string>,
  language: Language,
): string {
  return questions
    .map(
      ({ id, question }, index) =>
        `${index + 1}. ${question[language]}\n\n${answerField(id, answers.get(id))}`,
    )
    .join('\n\n');
}

/** One question, judged. `answers` is undefined when there is no report to read. */
export function judgeAnswer(
  { id, points, question, hint }: QuestionText,
  key: AnswerKey | undefined,
  answers: ReadonlyMap<string, string> | undefined,
): GradedInput {
  const base = { id: `answer-${id}`, title: question, maxPoints: points, hint };
  if (answers === undefined || key === undefined) {
    const actual =
      answers === undefined
        ? text('there is no report.md', '没有 report.md')
        : text('the evidence does not show it', '证据中没有显示');
    return {
      ...base,
      verdict: 'ungradable',
      expected: text('an answer in report.md', 'report.md 中的答案'),
      actual,
    };
  }
  const given = answers.get(id) ?? '';
  const seen = given === '' ? text('no answer', '没有作答') : same(given);
  const right = given !== '' && matches(key, given);
  // Whoever has not answered yet is not told: the report goes back to students.
  const expected = right
    ? rightAnswer(key)
    : text('what your own evidence shows', '你自己的证据所显示的内容');
  return { ...base, verdict: right ? 'pass' : 'fail', expected, actual: seen };
}

function rightAnswer(key: AnswerKey): Text {
  return same(key.kind === 'number' ? String(key.value) : key.value);
}

/** Exactly one number, or one choice: naming several would always hold the right one. */
function matches(key: AnswerKey, given: string): boolean {
  const plain = given.toLowerCase();
  if (key.kind === 'number') {
    const numbers = new Set(numbersIn(plain));
    const [only] = numbers;
    return numbers.size === 1 && only !== undefined && Math.abs(only - key.value) <= (key.tolerance ?? 0);
  }
  const named = Object.entries(key.words).filter(([, words]) => words.some((word) => plain.includes(word)));
  return named.length === 1 && named[0]?.[0] === key.value;
}

/** Numbers as people write them: `47,852`, `47852`, `40.5 ms`. */
function numbersIn(given: string): number[] {
  const joined = given.replaceAll(/(?<=\d)[, _](?=\d{3}(?!\d))/g, '');
  return [...joined.matchAll(/(?<![\w.])\d+(?:\.\d+)?(?![\w]*\d)/g)].map(([number]) => Number(number));
}
