/** A grade for people: what passed in a line each, and of what did not the whole story. */
import { safeLines, safeText } from '../bytes/index.ts';
import { adjustedText, graderText, scoreText } from './adjusted-text.ts';
import type { Grade, GradedCheck } from './grade.ts';
import { inLanguage, type Language, text } from './text.ts';
import { merged, whereText, type VerdictKind } from './verdict.ts';

const MARKS: Readonly<Record<VerdictKind, string>> = {
  pass: '✔',
  fail: '✘',
  skipped: '–',
  ungradable: '?',
  error: '!',
};

const WORDS: Readonly<Record<VerdictKind, ReturnType<typeof text>>> = {
  pass: text('pass', '通过'),
  fail: text('fail', '未通过'),
  skipped: text('skipped', '跳过'),
  ungradable: text('ungradable', '无法评判'),
  error: text('error of the kit or the machine; costs no points', '工具或机器的错误，不扣分'),
};

/** The text of a grade; `hidden` shows what the student may not see yet. */
export function gradeText(grade: Grade, language: Language, { hidden = true } = {}): string {
  const who = grade.student === null ? '' : ` · ${grade.student}`;
  const shown = grade.checks.filter(({ visibility }) => hidden || visibility === 'visible');
  const lines = [
    `${safeText(grade.subject)}${who}: ${scoreText(grade)[language]}`,
    ...(grade.adjusted === undefined ? [] : [`✎ ${adjustedText(grade.adjusted)[language]}`]),
    ...grade.problems.map((problem) => `! ${inLanguage(problem, language)}`),
    ...checksText(shown, language),
    '',
  ];
  // Whatever of it a student's program, names or file may have had a say in.
  return safeLines(lines.join('\n'));
}

/** From so many on they are told together: a server that does not start would have thirty of them. */
const MANY_UNTRIED = 4;

/** All checks, each as `checkText` has it; many that were not tried, for want of one before, as one line at the end. */
export function checksText(checks: readonly GradedCheck[], language: Language): string[] {
  const untried = checks.filter(
    ({ verdict, because, adjusted }) =>
      verdict === 'skipped' && because === 'depends' && adjusted === undefined,
  );
  if (untried.length < MANY_UNTRIED) return checks.map((check) => checkText(check, language));
  const points = untried.reduce((sum, check) => sum + check.maxPoints, 0);
  const ids = untried.map(({ id }) => id).join(', ');
  const together = text(
    `not tried, because what they need did not pass: ${untried.length} checks, 0/${points}\n    ${ids}`,
    `未尝试（所依赖的检查没有通过）：${untried.length} 项，0/${points}\n    ${ids}`,
  );
  return [
    ...checks.filter((check) => !untried.includes(check)).map((check) => checkText(check, language)),
    `${MARKS.skipped} ${together[language]}`,
  ];
}

/** One check: a line, and behind it, when it did not pass, why. */
function checkText(check: GradedCheck, language: Language): string {
  const word = WORDS[check.verdict][language];
  const unstable =
    check.unstable === true ? text(' (unstable: costs no points)', '（不稳定，不扣分）')[language] : '';
  const head = `${MARKS[check.verdict]} ${check.title[language]} [${check.id}] ${pointsText(check, language)}${word}${unstable}`;
  return check.verdict === 'pass' && check.adjusted === undefined
    ? head
    : [head, ...story(check, language).map((line) => `    ${line}`)].join('\n');
}

/** What counts, and what the grader gave where that is another. */
function pointsText(check: GradedCheck, language: Language): string {
  const points = `${check.points}/${check.maxPoints}`;
  if (check.adjusted === undefined) return `${points} `;
  const counts = check.adjusted.change.kind === 'excused' ? text('excused', '免计')[language] : points;
  const grader = graderText(check.adjusted)[language];
  return text(`${counts} ✎ adjusted; the grader: ${grader} `, `${counts} ✎ 已调整；自动评分：${grader} `)[
    language
  ];
}

/** Why a check did not pass, or has other points than the grader gave, line by line. */
export function story(check: GradedCheck, language: Language): string[] {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const block = (title: string, body: string | undefined): string[] =>
    body === undefined || body === ''
      ? []
      : [
          title,
          ...body
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
        ];
  const where = merged(check.where).map((place) => whereText(place)[language]);
  const adjusted = check.adjusted === undefined ? [] : [adjustedText(check.adjusted)[language]];
  if (check.verdict === 'pass') return adjusted;
  return [
    ...adjusted,
    ...check.steps.map((step, index) => `${index + 1}. ${step[language]}`),
    // What was not tried has nothing to expect but what its title says.
    ...(check.expected.en === check.title.en
      ? []
      : [`${say('expected', '预期')}: ${safeText(check.expected[language])}`]),
    `${say('came', '实际')}: ${safeText(check.actual[language])}`,
    ...(check.witnesses ?? []).map((line) => safeText(line[language])),
    ...(where.length === 0 ? [] : [`${say('look at', '证据位置')}: ${where.join('; ')}`]),
    ...block(say('bytes:', '字节：'), check.bytes),
    ...block(say('packets around it:', '前后的分组：'), check.ladder),
    ...(check.cause === undefined ? [] : [`${say('likely cause', '可能的原因')}: ${check.cause[language]}`]),
    ...(check.hint === undefined ? [] : [`${say('hint', '提示')}: ${check.hint[language]}`]),
    ...(check.lab === undefined ? [] : [`${say('see it in', '可在此实验中看到')}: labs/run ${check.lab}`]),
    ...block(say('your program printed:', '你的程序输出：'), check.output),
  ];
}
