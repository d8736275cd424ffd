/**
 * JUnit XML as Ant writes it and CI servers read it, in the order and with the attributes that the schema of
 * github.com/windyroad/JUnit-Schema asks for. Points and visibility stand in the suite's properties, which every reader
 * takes; the format has no place for them at a test.
 */
import { standing } from './adjust.ts';
import { adjustedText } from './adjusted-text.ts';
import { checkOutput, type GradeContext, wholeLines } from './grade-context.ts';
import type { Grade, GradedCheck } from './grade.ts';
import type { Language } from './text.ts';

export function junit(grade: Grade, { language, at }: GradeContext): string {
  const count = (...verdicts: readonly string[]): number =>
    grade.checks.filter((check) => verdicts.includes(standing(check))).length;
  const properties = [
    ['points', grade.score.points],
    ['of', grade.score.of],
    ...(grade.score.grader === undefined
      ? []
      : [
          ['grader.points', grade.score.grader.points],
          ['grader.of', grade.score.grader.of],
        ]),
    ['student', grade.student ?? ''],
    ['protocol', grade.protocol ?? ''],
    ...grade.checks.flatMap((check) => [
      [`${check.id}.points`, check.points],
      [`${check.id}.maxPoints`, check.maxPoints],
      [`${check.id}.visibility`, check.visibility],
      ...(check.adjusted === undefined
        ? []
        : [
            [`${check.id}.grader.points`, check.adjusted.grader.points],
            [`${check.id}.adjusted`, adjustedText(check.adjusted)[language]],
          ]),
    ]),
  ].map(([name, value]) => `      <property name="${xml(String(name))}" value="${xml(String(value))}"/>`);
  const name = `${grade.kind}.${grade.subject}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite id="0" package="socket-lab-kit" name="${xml(name)}" timestamp="${at.toISOString().slice(0, 19)}" hostname="localhost" tests="${grade.checks.length}" failures="${count('fail', 'ungradable')}" errors="${count('error')}" skipped="${count('skipped')}" time="0">`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...grade.checks.map((check) => testcase(check, name, language)),
    `    <system-out>${xml(wholeLines(grade, language).join('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testcase(check: GradedCheck, suite: string, language: Language): string {
  const head = `    <testcase name="${xml(check.title[language])}" classname="${xml(`${suite}.${check.id}`)}" time="0"`;
  const stands = standing(check);
  if (stands === 'pass') return `${head}/>`;
  if (stands === 'skipped') return `${head}><skipped/></testcase>`;
  const element = stands === 'error' ? 'error' : 'failure';
  const message = xml(check.actual[language]);
  return `${head}><${element} type="${check.verdict}" message="${message}">${xml(checkOutput(check, language))}</${element}></testcase>`;
}

/** XML 1.0 has no way to write most control characters at all (section 2.2). */
export function xml(value: string): string {
  return value
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(UNSEEN, (character) => `&#x${(character.codePointAt(0) ?? 0).toString(16)};`);
}

/** What XML may hold and a terminal or an editor takes for more than a letter (safe-text.ts): as references, the same value. */
const UNSEEN = /(?![\ufe0e\ufe0f])[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
