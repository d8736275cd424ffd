import { EXIT, exitCodeOf, KitError, stringWidth } from '../bytes/index.ts';
import { inLanguage, type Language, type Result, text } from '../check/index.ts';
import { outcomeOf, passedOf, VERDICT_WORDS } from '../lab/index.ts';
import { errorText } from './main.ts';
import { type Outcome, shown } from './run-one.ts';

const INTERRUPTED = 130;

/** Why a lab did not come to its end, in one line. */
export const failureOf = ({ error }: Outcome): string | undefined =>
  error === undefined
    ? undefined
    : (error instanceof KitError ? error.message : errorText(error)).split('\n')[0];

/** How long the run took, by its own record, which also an earlier call has left. */
export function secondsOf({ review }: Outcome): number | undefined {
  const manifest = review?.evidence.manifest;
  if (manifest === undefined || manifest.endedAtUs === null) return undefined;
  return (manifest.endedAtUs - manifest.startedAtUs) / 1e6;
}

/** `6/6 checks, 100/100 points, 5.1 s`, or why there is nothing of the kind. */
export function wordsOf(outcome: Outcome, language: Language): string {
  const failure = failureOf(outcome);
  const result = outcome.review?.result;
  if (failure !== undefined || result === undefined) return failure ?? 'no result';
  const seconds = secondsOf(outcome);
  const time = seconds === undefined ? '' : `, ${seconds.toFixed(1)} s`;
  const row = { lab: outcome.lab, title: { en: '', zh: '' }, result, failure, seconds };
  return `${outcomeOf(row, language)}, ${passedOf(result)}/${result.verdicts.length}, ${result.points}/${result.of}${time}`;
}

/** The gravest outcome decides: our fault, wrong usage, a failed check, a machine that could not show it. */
export function exitCode(results: readonly Result[]): number {
  const verdicts = new Set(results.flatMap((result) => result.verdicts.map(({ verdict }) => verdict)));
  if (verdicts.has('error')) return EXIT.kit;
  if (verdicts.has('fail') || verdicts.has('ungradable')) return EXIT.failed;
  return verdicts.has('skipped') ? EXIT.machine : EXIT.ok;
}

const GRAVEST: readonly number[] = [INTERRUPTED, EXIT.kit, EXIT.usage, EXIT.failed, EXIT.machine, EXIT.ok];

/** One exit code for all. A lab that was stopped counts by what stopped it. */
export function exitCodeOfAll(outcomes: readonly Outcome[], interrupted: boolean): number {
  const codes = outcomes.map(({ error, review }) => {
    if (error === undefined) return review === undefined ? EXIT.kit : exitCode([review.result]);
    return error instanceof KitError && error.code === 'interrupted' ? INTERRUPTED : exitCodeOf(error);
  });
  if (interrupted) codes.push(INTERRUPTED);
  return GRAVEST.find((code) => codes.includes(code)) ?? EXIT.ok;
}

/** Everything as one JSON value. */
export function jsonOf(outcomes: readonly Outcome[], batch: string | undefined, code: number): string {
  const runs = outcomes.map((outcome) => ({
    lab: outcome.lab,
    directory: outcome.directory,
    kept: outcome.kept,
    seconds: secondsOf(outcome) ?? null,
    report: outcome.review?.report ?? null,
    result: outcome.review?.result ?? null,
    error: outcome.error === undefined ? null : errorJson(outcome.error),
  }));
  return `${JSON.stringify({ directory: batch ?? null, exitCode: code, runs }, null, 2)}\n`;
}

function errorJson(error: unknown): { code: string; message: string; hint: string | null } {
  if (error instanceof KitError)
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), hint: null };
}

/** A lab in a few lines: the score, what did not pass, the report. */
export function resultText(outcome: Outcome, language: Language): string {
  if (outcome.review === undefined || outcome.error !== undefined) return '';
  const { report, result } = outcome.review;
  const { verdicts, points, of } = result;
  return [
    inLanguage(
      text(
        `${outcome.lab}: ${passedOf(result)} of ${verdicts.length} checks pass, ${points} of ${of} points`,
        `${outcome.lab}：${verdicts.length} 项检查通过 ${passedOf(result)} 项，得分 ${points}/${of}`,
      ),
      language,
    ),
    ...result.problems.map(
      (problem) => `  ${inLanguage(text('note: ', '注意：'), language)}${problem.text[language]}`,
    ),
    ...verdicts
      .filter(({ verdict }) => verdict !== 'pass')
      .map(
        ({ verdict, title, actual }) =>
          `  ${VERDICT_WORDS[verdict][language]}: ${title[language]}: ${actual[language]}`,
      ),
    shown(report),
    '',
  ].join('\n');
}

const SUMMARY_HEAD = {
  en: ['lab', 'checks', 'points', 'time', 'outcome'],
  zh: ['实验', '检查项', '得分', '用时', '结果'],
} as const;

/** To so many columns of a terminal, of which a Chinese character takes two. */
const padEnd = (text: string, columns: number): string => text + ' '.repeat(gap(text, columns));
const padStart = (text: string, columns: number): string => ' '.repeat(gap(text, columns)) + text;
const gap = (text: string, columns: number): number => Math.max(0, columns - stringWidth(text));

/** A line for each lab, and below what did not pass. */
export function summaryText(outcomes: readonly Outcome[], language: Language): string {
  const head = SUMMARY_HEAD[language];
  const width = Math.max(...outcomes.map(({ lab }) => lab.length));
  const lines = outcomes.map((outcome) => {
    const result = outcome.review?.result;
    const seconds = secondsOf(outcome);
    const row = { lab: outcome.lab, title: { en: '', zh: '' }, result, failure: failureOf(outcome), seconds };
    return [
      outcome.lab,
      result === undefined ? '–' : `${passedOf(result)}/${result.verdicts.length}`,
      result === undefined ? '–' : `${result.points}/${result.of}`,
      seconds === undefined ? '–' : `${seconds.toFixed(1)} s`,
      outcomeOf(row, language),
    ] as const;
  });
  const lineOf = ([lab, checks, points, time, outcome]: readonly [string, string, string, string, string]) =>
    [padEnd(lab, width), padStart(checks, 7), padStart(points, 9), padStart(time, 9), ` ${outcome}`].join('');
  const bad = outcomes.flatMap((outcome) =>
    outcome.error !== undefined
      ? []
      : (outcome.review?.result.verdicts ?? [])
          .filter(({ verdict }) => verdict !== 'pass')
          .map(
            ({ verdict, title, actual }) =>
              `  ${outcome.lab}: ${VERDICT_WORDS[verdict][language]}: ${title[language]}: ${actual[language]}`,
          ),
  );
  return [lineOf(head), ...lines.map(lineOf), ...bad, ''].join('\n');
}
