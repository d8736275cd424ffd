import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  adjustGrade,
  type Adjustment,
  GRADE,
  type Grade,
  gradeOf,
  GRADE_FORMATS,
  text,
} from '../../src/check/index.ts';
import { CHECK50, GRADESCOPE, PRAIRIELEARN } from './schemas/published.ts';

const say = (words: string) => text(words, `中文 ${words}`);
const base = { expected: say('this'), actual: say('that'), maxPoints: 10 };

/** One of each kind, with what is hard to write: markup, control characters, quotes, a formula. */
const GRADE_OF_ALL: Grade = gradeOf({
  kind: 'server',
  subject: './server <&> "x"',
  student: '3200102312',
  protocol: 'clp',
  problems: [say('a <problem> & more')],
  checks: [
    { ...base, id: 'starts', title: say('it starts'), verdict: 'pass' },
    {
      ...base,
      id: 'answers',
      title: say('it "answers", & more'),
      verdict: 'fail',
      dependsOn: ['starts'],
      steps: [say('connect'), say('ask')],
      where: [{ witness: 'wire', file: 'client.pcap', frames: [1, 2, 3] }],
      ladder: 'A ──▶ B',
      bytes: '0000  01 02',
      cause: say('one recv is one packet'),
      lab: '03-time-100x',
      hint: say('read on'),
      output: '\u0000\u001b[31m]]> <b>\u{1F600}',
    },
    { ...base, id: 'load', title: say('under load'), verdict: 'skipped', dependsOn: ['answers'] },
    { ...base, id: 'kit', title: say('our fault'), verdict: 'error' },
    { ...base, id: 'shaky', title: say('shaky'), verdict: 'fail', unstable: true },
    {
      ...base,
      id: 'secret',
      title: say('the secret one'),
      verdict: 'fail',
      visibility: 'hidden',
      actual: say('=HYPERLINK("x")'),
    },
    { ...base, id: 'later', title: say('later'), verdict: 'pass', visibility: 'after_due_date' },
    { ...base, id: 'torn', title: say('torn'), verdict: 'ungradable' },
    // This machine could not show it: it counts nowhere, as our own fault does not.
    { ...base, id: 'elsewhere', title: say('elsewhere'), verdict: 'skipped' },
  ],
});

const context = { language: 'en', at: new Date('2026-11-25T12:00:00Z'), kit: '0.1.0' } as const;
const json = (format: 'json' | 'gradescope' | 'prairielearn' | 'check50', grade = GRADE_OF_ALL): unknown =>
  JSON.parse(GRADE_FORMATS[format](grade, context));

test('points: what failed, and what hung on it, is lost; our own fault and what is unstable is not', () => {
  // starts 10, shaky 10 (unstable), later 10; of all but `kit` and `elsewhere`.
  expect(GRADE_OF_ALL.score).toEqual({ points: 30, of: 70 });
});

test('a server that does not start has no full score', () => {
  const { score } = gradeOf({
    kind: 'server',
    subject: 's',
    checks: [
      { ...base, id: 'a', title: say('a'), verdict: 'fail' },
      { ...base, id: 'b', title: say('b'), verdict: 'skipped', dependsOn: ['a'] },
      { ...base, id: 'c', title: say('c'), verdict: 'skipped', dependsOn: ['b'] },
      { ...base, id: 'd', title: say('d'), verdict: 'skipped' },
    ],
  });
  expect(score).toEqual({ points: 0, of: 30 });
});

test('what was not tried for want of one before is told in one line, where it is much', () => {
  const untried = (count: number): string => {
    const waiting = Array.from({ length: count }, (_, index) => ({
      ...{ ...base, id: `later-${index}`, title: say('later'), dependsOn: ['starts'] },
      ...({ verdict: 'skipped', because: 'depends', actual: say('not tried: it needs starts') } as const),
    }));
    const starts = { ...base, id: 'starts', title: say('it starts'), verdict: 'fail' } as const;
    return GRADE_FORMATS.text(
      gradeOf({ kind: 'server', subject: 's', checks: [starts, ...waiting] }),
      context,
    );
  };
  expect(untried(2).match(/not tried: it needs starts/g)).toHaveLength(2);
  const many = untried(30);
  expect(many).not.toContain('it needs starts');
  expect(many).toContain('✘ it starts [starts] 0/10 fail');
  expect(many).toMatch(
    /– not tried, because what they need did not pass: 30 checks, 0\/300\n {4}later-0, .*later-29/,
  );
});

test.each([
  ['gradescope', GRADESCOPE],
  ['prairielearn', PRAIRIELEARN],
  ['check50', CHECK50],
] as const)('%s has the published fields and no others', (format, schema) => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
  validate(json(format));
  expect(validate.errors).toBeNull();
  // The schema is not one that takes everything.
  expect(validate({ nonsense: 1 })).toBe(false);
});

test('json is what docs/grade.schema.json says', () => {
  const path = fileURLToPath(new URL('../../docs/grade.schema.json', import.meta.url));
  const validate = new Ajv2020().compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  validate(json('json'));
  expect(validate.errors).toBeNull();
  expect(GRADE.parse(json('json'))).toEqual(GRADE_OF_ALL);
});

test('junit is valid by its schema, as another program reads it', async () => {
  const xsd = fileURLToPath(new URL('schemas/junit.xsd', import.meta.url));
  const input = GRADE_FORMATS.junit(GRADE_OF_ALL, context);
  const { exitCode, stderr } = await execa('xmllint', ['--noout', '--schema', xsd, '-'], {
    input,
    reject: false,
  });
  expect(stderr).toContain('validates');
  expect(exitCode).toBe(0);
  const wrong = input.replace(' hostname="localhost"', '');
  expect(
    (await execa('xmllint', ['--noout', '--schema', xsd, '-'], { input: wrong, reject: false })).exitCode,
  ).not.toBe(0);
  const count = await execa(
    'xmllint',
    ['--xpath', 'concat(count(//failure), " ", count(//error), " ", count(//skipped))', '-'],
    { input },
  );
  expect(count.stdout).toBe('4 1 2');
});

const GRADESCOPE_TESTS = z.object({
  score: z.number(),
  tests: z.array(
    z.object({
      name: z.string(),
      score: z.number().optional(),
      max_score: z.number().optional(),
      visibility: z.string(),
    }),
  ),
});

test('gradescope: the score is the share of what could be tried, and hidden checks stay hidden', () => {
  const { score, tests } = GRADESCOPE_TESTS.parse(json('gradescope'));
  // 30 of the 70 that could be tried; the assignment has 90.
  expect(score).toBeCloseTo((30 / 70) * 90, 2);
  expect(tests.map(({ visibility }) => visibility)).toEqual(
    GRADE_OF_ALL.checks.map(({ visibility }) => visibility),
  );
  expect(tests.find(({ name }) => name === 'our fault')).not.toHaveProperty('score');
  expect(tests.find(({ name }) => name === 'elsewhere')).not.toHaveProperty('score');
  // What it shows adds up to what the kit's own text says, skipped checks behind a failure included.
  const sum = (key: 'score' | 'max_score') => tests.reduce((all, each) => all + (each[key] ?? 0), 0);
  expect([sum('score'), sum('max_score')]).toEqual([30, 70]);
});

test('prairielearn: at most 1 MB, whatever a program printed; the verdicts stay', () => {
  const long = gradeOf({
    kind: 'server',
    subject: 's',
    checks: Array.from({ length: 40 }, (_, index) => ({
      ...{ ...base, id: `c${index}`, title: say('long'), verdict: 'fail' as const },
      output: '\u{1F600}'.repeat(40_000),
    })),
  });
  const written = GRADE_FORMATS.prairielearn(long, context);
  expect(new TextEncoder().encode(written).length).toBeLessThanOrEqual(1_000_000);
  expect(JSON.parse(written)).toMatchObject({ score: 0, tests: { length: 40 } });
});

test.each(['prairielearn', 'check50'] as const)(
  '%s, which students read, tells nothing of hidden checks',
  (format) => {
    expect(JSON.stringify(json(format))).not.toMatch(/secret/);
  },
);

test('prairielearn: hidden points count, and nothing tried is no attempt', () => {
  const of = z.object({
    gradable: z.boolean(),
    score: z.number(),
    tests: z.array(z.object({ points: z.number(), max_points: z.number() })),
  });
  const { gradable, score, tests } = of.parse(json('prairielearn'));
  const sum = (key: 'points' | 'max_points') => tests.reduce((all, each) => all + each[key], 0);
  expect([gradable, score]).toEqual([true, 30 / 70]);
  expect([sum('points'), sum('max_points')]).toEqual([30, 70]);
  const ours = gradeOf({
    kind: 'server',
    subject: 's',
    checks: [{ ...base, id: 'a', title: say('a'), verdict: 'error' }],
  });
  expect(json('prairielearn', ours)).toMatchObject({ gradable: false, score: 0 });
});

test('csv: a row for each check, read back by another program; what looks like a formula is text', async () => {
  const input = GRADE_FORMATS.csv(GRADE_OF_ALL, context);
  const script = 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))';
  const { stdout } = await execa('python3', ['-c', script], { input });
  const rows = z.array(z.array(z.string())).parse(JSON.parse(stdout));
  expect(rows).toHaveLength(GRADE_OF_ALL.checks.length + 1);
  expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([13]));
  expect(rows.flat()).toContain('\'=HYPERLINK("x")');
  expect(rows[2]?.slice(3, 8)).toEqual(['answers', 'it "answers", & more', 'fail', '0', '10']);
});

/** The same, with what a lecturer changed: a failure made good, half of one, a pass taken away, one excused, and the whole. */
const because = (about: string) => ({
  ...{ by: 'Li <li@x>', bonus: false },
  reason: text(`why "${about}" & <b>`, `理由 ${about}`),
});
const ADJUSTED: Grade = adjustGrade<Adjustment>(GRADE_OF_ALL, [
  { check: 'answers', change: { kind: 'points', points: 10 }, ...because('answers') },
  { check: 'torn', change: { kind: 'add', points: 2.5 }, ...because('torn') },
  { check: 'starts', change: { kind: 'add', points: -4 }, ...because('starts') },
  { check: 'load', change: { kind: 'excused' }, ...because('load') },
  { change: { kind: 'add', points: -1 }, ...because('all') },
]).grade;

test('adjusted: both the grader’s points and those that count, and verdicts as the grader gave them', () => {
  // 30 of 70 before: +10 (answers), +2.5 (torn), −4 (starts), −1; load's 10 are in neither sum.
  expect(ADJUSTED.score).toEqual({ points: 37.5, of: 60, grader: { points: 30, of: 70 } });
  expect(ADJUSTED.checks.map(({ verdict }) => verdict)).toEqual(
    GRADE_OF_ALL.checks.map(({ verdict }) => verdict),
  );
  const en = GRADE_FORMATS.text(ADJUSTED, context);
  expect(en).toContain('37.5/60 (adjusted; the grader gave 30/70)');
  expect(en).toContain('✎ adjusted, −1: why "all" & <b> (Li <li@x>)');
  expect(en).toContain('[answers] 10/10 ✎ adjusted; the grader: 0/10 fail');
  // Of one that passed the reason is told, too.
  expect(en).toMatch(/✔ it starts \[starts\] 6\/10 .*\n {4}adjusted, −4: why "starts"/);
  expect(en).toContain('[load] excused ✎ adjusted; the grader: 0/10 skipped');
  const zh = GRADE_FORMATS.text(ADJUSTED, { ...context, language: 'zh' });
  expect(zh).toContain('37.5/60（已调整；自动评分为 30/70）');
  expect(zh).toContain('已调整（定为 10 分）：理由 answers（Li <li@x>）');
});

test('adjusted: every format says so, is valid still, and its parts add up', async () => {
  for (const [format, schema] of [
    ['gradescope', GRADESCOPE],
    ['prairielearn', PRAIRIELEARN],
    ['check50', CHECK50],
  ] as const) {
    const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema);
    validate(json(format, ADJUSTED));
    expect(validate.errors).toBeNull();
    expect(JSON.stringify(json(format, ADJUSTED))).toContain('why \\"answers\\" & <b>');
  }
  const scope = GRADESCOPE_TESTS.parse(json('gradescope', ADJUSTED));
  expect(scope.score).toBeCloseTo((37.5 / 60) * 90, 2);
  const scored = scope.tests.reduce((all, { score = 0 }) => all + score, 0);
  // The −1 is of the whole and no test's.
  expect(scored).toBe(38.5);
  expect(json('prairielearn', ADJUSTED)).toMatchObject({ score: 37.5 / 60 });
  expect(json('check50', ADJUSTED)).toMatchObject({
    results: [{ passed: false }, { passed: true, cause: null }, { passed: null }, {}, {}, {}, {}],
  });
  const path = fileURLToPath(new URL('../../docs/grade.schema.json', import.meta.url));
  const validate = new Ajv2020().compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  validate(json('json', ADJUSTED));
  expect(validate.errors).toBeNull();
  expect(GRADE.parse(json('json', ADJUSTED))).toEqual(ADJUSTED);

  const xsd = fileURLToPath(new URL('schemas/junit.xsd', import.meta.url));
  const input = GRADE_FORMATS.junit(ADJUSTED, context);
  const { stderr } = await execa('xmllint', ['--noout', '--schema', xsd, '-'], { input, reject: false });
  expect(stderr).toContain('validates');
  const said = await execa(
    'xmllint',
    ['--xpath', 'string(//property[@name="answers.adjusted"]/@value)', '-'],
    {
      input,
    },
  );
  expect(said.stdout).toBe('adjusted, set to 10: why "answers" & <b> (Li <li@x>)');

  const script = 'import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))';
  const { stdout } = await execa('python3', ['-c', script], { input: GRADE_FORMATS.csv(ADJUSTED, context) });
  const rows = z.array(z.record(z.string(), z.string())).parse(JSON.parse(stdout));
  expect(rows.reduce((all, row) => all + Number(row['points']), 0)).toBe(37.5);
  expect(rows.reduce((all, row) => all + Number(row['grader points']), 0)).toBe(30);
  expect(rows.find(({ check }) => check === 'answers')).toMatchObject({
    ...{ verdict: 'fail', points: '10', 'grader points': '0' },
    adjustment: 'adjusted, set to 10: why "answers" & <b> (Li <li@x>)',
  });
});

test.each(Object.keys(GRADE_FORMATS) as (keyof typeof GRADE_FORMATS)[])(
  '%s steers no terminal, whatever a program printed or a file is called',
  (format) => {
    const nasty = 'a\u001b]0;owned\u0007\u009b2Jb\u202ec\u2066\u200b\u2028\u007f';
    const grade = gradeOf({
      kind: 'server',
      subject: nasty,
      student: '1',
      problems: [say(nasty)],
      checks: [
        {
          ...{ id: 'a', title: say('a'), verdict: 'fail', maxPoints: 1, expected: say(nasty) },
          ...{ actual: say(nasty), steps: [say(nasty)], witnesses: [say(nasty)], cause: say(nasty) },
          ...{ hint: say(nasty), output: nasty, bytes: nasty, ladder: nasty },
        },
      ],
    });
    const adjust = (check?: string): Adjustment => ({
      ...{ change: { kind: 'add', points: 1 }, bonus: true, reason: say(nasty), by: nasty, at: nasty },
      ...(check === undefined ? {} : { check }),
    });
    const { grade: adjusted } = adjustGrade(grade, [adjust('a'), adjust()]);
    expect(GRADE_FORMATS[format](adjusted, context)).not.toMatch(/[^\P{Cc}\n\r\t]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    const written = GRADE_FORMATS[format](grade, context);
    expect(written).not.toMatch(/[^\P{Cc}\n\r\t]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    if (format === 'json') expect(GRADE.parse(JSON.parse(written))).toEqual(grade);
  },
);

test('text tells a failure as a story, in both languages', () => {
  const en = GRADE_FORMATS.text(GRADE_OF_ALL, context);
  const at = [
    '✘ it "answers"',
    '1. connect',
    '2. ask',
    'expected: this',
    'came: that',
    'frames 1–3',
    '01 02',
    'A ──▶ B',
    'likely cause: one recv',
    'hint: read on',
    'labs/run 03-time-100x',
    'your program printed',
  ].map((words) => en.indexOf(words));
  expect(at).not.toContain(-1);
  expect(at).toEqual([...at].sort((a, b) => a - b));
  expect(en).not.toMatch(/\p{sc=Han}/u);
  expect(GRADE_FORMATS.text(GRADE_OF_ALL, { ...context, language: 'zh' })).toMatch(
    /可能的原因: 中文 one recv/,
  );
});
