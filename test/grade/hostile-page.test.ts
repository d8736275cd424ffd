/** The page of a class in which every text that a submission can choose is a hostile one. */
import { expect, test } from 'vitest';
import { adjustGrade, type Adjustment, type Grade, gradeOf, text } from '../../src/check/index.ts';
import type { Overview } from '../../src/grade/class/overview.ts';
import { classPage } from '../../src/grade/class/page.ts';
import { studentPage } from '../../src/grade/class/student-page.ts';
import { html, htmlLines } from '../../src/grade/class/page-text.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';

const AT = new Date('2026-11-26T04:00:00Z');

function gradeWith(chosen: string): Grade {
  const say = (): ReturnType<typeof text> => text(chosen, chosen);
  const base = { expected: say(), actual: say(), maxPoints: 10, title: text('it runs', '它运行') };
  const adjust = (check?: string): Adjustment => ({
    ...{ change: { kind: 'add', points: 1 }, bonus: true, reason: say(), by: chosen, at: chosen, upon: 7 },
    ...(check === undefined ? {} : { check }),
  });
  const grade = gradeOf({
    kind: 'server',
    subject: chosen,
    student: chosen,
    protocol: chosen,
    problems: [say()],
    checks: [
      { ...base, id: 'runs', verdict: 'fail', output: `${chosen}\n${chosen}`, cause: say(), hint: say() },
      {
        ...{ ...base, id: 'answers', verdict: 'ungradable', steps: [say()], ladder: chosen, bytes: chosen },
        where: [{ witness: 'wire', file: chosen, frames: [1] }],
      },
    ],
  });
  return adjustGrade(grade, [adjust('runs'), adjust()]).grade;
}

function pageWith(chosen: string): string {
  const grade = gradeWith(chosen);
  const overview: Overview = {
    title: chosen,
    students: ['a', 'b'].map((name) => ({
      name: `${name}${chosen}`,
      student: chosen,
      source: `/class/${name}${chosen}`,
      grades: new Map([['server', grade]]),
    })),
    columns: grade.checks.map(({ id, title }) => ({ task: 'server', id, title })),
    folders: new Map([['server', chosen]]),
    copies: [
      {
        task: 'server',
        names: [`a${chosen}`, `b${chosen}`],
        shared: [{ kind: 'bytes', count: 1, where: chosen }],
      },
    ],
    interop: { entrants: [], matches: [], played: 0, kept: 0, why: chosen },
  };
  return classPage(overview, '/class', AT, 'en');
}

/** Elements with the names of their attributes, in order: what a text may not change. */
const shapeOf = (page: string): string[] =>
  [...page.matchAll(/<(\/?[a-z][a-z0-9]*|!)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/gi)].map(
    ([, name = '', attributes = '']) =>
      `${name} ${[...attributes.matchAll(/([\w-]+)="/g)].map(([, attribute]) => attribute).join(' ')}`,
  );

function studentPageWith(chosen: string): string {
  const grades = new Map([['server', gradeWith(chosen)]]);
  return studentPage({ name: chosen, student: chosen, source: `/class/${chosen}`, grades }, chosen, 'zh');
}

const honest = pageWith('ann');

test.each(HOSTILE)('%s: the page has the form of an honest one, and shows it', (_what, chosen, visible) => {
  const page = pageWith(chosen);
  expect(shapeOf(page)).toEqual(shapeOf(honest));
  expect(page.match(/</g)?.length).toBe(honest.match(/</g)?.length);
  expect(harmfulIn(page)).toEqual([]);
  expect(page).toContain(visible);
  for (const [, address = ''] of page.matchAll(/(?:href|src)="([^"]*)"/g))
    expect(address).not.toMatch(/^\s*(javascript|data|https?|\/\/)/i);
});

test.each(HOSTILE)('%s: what a student is handed back, too', (_what, chosen, visible) => {
  const page = studentPageWith(chosen);
  expect(shapeOf(page)).toEqual(shapeOf(studentPageWith('ann')));
  expect(harmfulIn(page)).toEqual([]);
  expect(page).toContain(visible);
});

test.each(HOSTILE)('%s: in a line and in lines', (_what, chosen, visible) => {
  for (const shown of [html(chosen), htmlLines(chosen)]) {
    expect(harmfulIn(shown)).toEqual([]);
    expect(shown).not.toMatch(/[<>"']/);
    expect(shown).toContain(visible);
  }
});
