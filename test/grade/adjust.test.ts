/** Adjustments as such: what a file of them may say, and what becomes of a grade. Whole runs: class-adjust.test.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import { adjustGrade, type Adjustment, type Grade, gradeOf, same } from '../../src/check/index.ts';
import { readAdjustments } from '../../src/grade/adjustments/file.ts';
import { whoseAdjustments } from '../../src/grade/class/adjusted.ts';
import { root } from '../helpers/lab.ts';

const HEAD = '- submission: ann\n  task: server\n';
const deep = `${'['.repeat(60)}${']'.repeat(60)}`;

/** A file that is wrong, and all that is said of it; `f` is its name. */
const WRONG: readonly (readonly [what: string, text: string, message: string])[] = [
  ['no list', 'ann: 4\n', 'f:1:1: the file wants a list, not {"ann":4}'],
  [
    'no reason',
    `${HEAD}  points: 4\n`,
    'f:1:3: reason is missing: why, in 1 to 400 characters, or { en: …, zh: … } with as many each',
  ],
  ['a reason of spaces', `${HEAD}  points: 4\n  reason: "  \\n "\n`, 'f:4:3: reason: say it in words'],
  [
    'a reason in one language',
    `${HEAD}  points: 4\n  reason: { en: x }\n`,
    'f:4:3: reason: why, in 1 to 400 characters, or { en: …, zh: … } with as many each',
  ],
  [
    'a key that there is not',
    `${HEAD}  point: 4\n  reason: x\n`,
    'f:3:3: there is no key point here; is it points?',
  ],
  [
    'nothing adjusted',
    `${HEAD}  reason: x\n`,
    'f:1:3: what is adjusted? Give points: N, add: N (or −N), or excused: true',
  ],
  [
    'two things at once',
    `${HEAD}  points: 4\n  add: 1\n  reason: x\n`,
    'f:1:3: points and add cannot stand together: give one of them',
  ],
  ['points below 0', `${HEAD}  points: -1\n  reason: x\n`, 'f:3:3: points wants at least 0, not -1'],
  [
    'points that are text',
    `${HEAD}  points: four\n  reason: x\n`,
    'f:3:3: points wants a number, not "four"',
  ],
  ['no number', `${HEAD}  points: .nan\n  reason: x\n`, 'f:3:3: points wants a number, not null'],
  ['without end', `${HEAD}  add: .inf\n  reason: x\n`, 'f:3:3: add wants a number, not null'],
  ['excused: false', `${HEAD}  excused: false\n  reason: x\n`, 'f:3:3: excused wants true, not false'],
  [
    'a day that is none',
    `${HEAD}  add: 1\n  reason: x\n  at: yesterday\n`,
    'f:5:3: at: a date, 2026-11-26, or a time, 2026-11-26T09:30Z',
  ],
  [
    'a number too long for YAML',
    '- submission: 32001023120012345678\n  task: t\n  add: 1\n  reason: x\n',
    'f:1:3: submission: a name or a number; one that begins with 0, or is longer than 15 digits, wants quotes',
  ],
  ['a full-width colon', '- submission： ann\n  task: t\n', 'f:2:7: bad indentation of a sequence entr'],
  ['an alias', '- &a { submission: x }\n- *a\n', 'f:2:4: '],
  ['a bomb of brackets', deep, 'f:1:'],
  ['a key twice', `${HEAD}  task: server\n`, 'f:3:3: duplicated mapping key'],
];

describe('a file that is wrong', () => {
  test.each(WRONG)('%s', (_what, text, message) => {
    const error = caught(() => readAdjustments(text, 'f', 'class'));
    expect([error.fault, error.message.slice(0, message.length)]).toEqual(['usage', message]);
    expect(error.hint).toBeTruthy();
  });

  test('all that is wrong is said at once, in the order of the file', () => {
    const text = '- { task: t, points: x, reason: y }\n- { submission: a, task: t, add: 1 }\n';
    const { message } = caught(() => readAdjustments(text, 'f', 'class'));
    expect(message.split('\n').map((line) => line.slice(0, 9))).toEqual([
      'f:1:3: su',
      'f:1:14: p',
      'f:2:3: re',
    ]);
  });

  test('ten thousand wrong entries, and one of a megabyte, are told in a page', () => {
    for (const text of [
      '- { x: 1 }\n'.repeat(10_000),
      `- submission: ${'a'.repeat(1_000_000)}\n  ${'b'.repeat(900_000)}: 1\n`,
    ])
      expect(caught(() => readAdjustments(text, 'f', 'class')).message.length).toBeLessThan(10_000);
    expect(caught(() => readAdjustments('#'.repeat(3_000_000) + '\n- 1', 'f', 'class')).message).toMatch(
      /^f: 3000004 characters; at most/,
    );
  });

  test('whatever it holds, it is read or refused, and never our own fault', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.array(fc.anything()).map(String)), (text) => {
        try {
          readAdjustments(text, 'f', 'class');
        } catch (error) {
          expect(error).toBeInstanceOf(KitError);
          expect((error as KitError).fault).toBe('usage');
        }
      }),
    );
  });

  test.each(['', '# none yet\n', '\n  # a\r\n'])('nothing but comments (%j) adjusts nothing', (text) => {
    expect(readAdjustments(text, 'f', 'class').entries).toEqual([]);
  });

  test('of one grade it names neither submission nor task', () => {
    expect(caught(() => readAdjustments(`${HEAD}  add: 1\n  reason: x\n`, 'f', 'grade')).message).toBe(
      'f:1:3: there is no key submission here; there is no key task here',
    );
    expect(readAdjustments('- { check: time, add: 1, reason: x }', 'f', 'grade').entries).toHaveLength(1);
  });
});

test('what is right is read as it stands: every key, names as numbers, reasons of several lines', () => {
  const text = `# a comment
- submission: 3200102312
  task: server
  check: time
  points: 4.5
  bonus: true
  grader: 2
  reason: |
    it works,
    shown by hand
  by: Prof. Li
  at: 2026-11-26
- { submission: "0012", task: "7", excused: true, reason: { en: ill, zh: 病假 } }
- { submission: ann, task: server, add: -2, reason: late }
`;
  expect(readAdjustments(text, 'f', 'class').entries).toEqual([
    {
      ...{ submission: '3200102312', task: 'server', check: 'time', path: [0], line: 2, upon: 2 },
      ...{ change: { kind: 'points', points: 4.5 }, bonus: true, by: 'Prof. Li', at: '2026-11-26' },
      reason: same('it works, shown by hand'),
    },
    {
      ...{ submission: '0012', task: '7', path: [1], line: 13, change: { kind: 'excused' }, bonus: false },
      reason: { en: 'ill', zh: '病假' },
    },
    {
      ...{ submission: 'ann', task: 'server', path: [2], line: 14, bonus: false, reason: same('late') },
      change: { kind: 'add', points: -2 },
    },
  ]);
});

test('the file that docs/GRADING.md shows is one', () => {
  const page = readFileSync(join(root, 'docs/GRADING.md'), 'utf8');
  const text = /^## Adjustments.*?```yaml\n(.*?)```/ms.exec(page)?.[1] ?? '';
  expect(readAdjustments(text, 'f', 'class').entries.map(({ change }) => change)).toEqual([
    { kind: 'points', points: 4 },
    { kind: 'add', points: -5 },
    { kind: 'excused' },
  ]);
});

describe('names', () => {
  const submissions = [
    { name: 'ann-3200102301', student: '3200102301' },
    { name: 'bob-3200102302', student: '3200102302' },
    { name: 'bob-3200102302-again', student: '3200102302' },
  ];
  const classFile = {
    tasks: ['lab01', 'server'].map((id) => ({ id, kind: 'report' as const, folder: 'x' })),
  };
  const whose = (text: string) =>
    whoseAdjustments(readAdjustments(text, 'f', 'class'), submissions, classFile);
  const entry = (submission: string, task: string, more = 'add: 1'): string =>
    `- { submission: ${submission}, task: ${task}, ${more}, reason: x }\n`;

  test('a number stands for the one submission that has it', () => {
    expect(whose(entry('3200102301', 'server')).entries[0]?.submission).toBe('ann-3200102301');
  });

  test.each([
    [
      entry('3200102302', 'server'),
      'f:1:5: 2 submissions have the number 3200102302: bob-3200102302, bob-3200102302-again; name one of them',
    ],
    [
      entry('ann-320010230', 'server'),
      'f:1:5: there is no submission ann-320010230; is it ann-3200102301? The submissions: ann-3200102301, bob-3200102302, bob-3200102302-again',
    ],
    [entry('3200102301', 'sever'), 'f:1:29: there is no task sever; is it server? The tasks: server, lab01'],
    [
      entry('"\\e[2J\\u202e"', 'server'),
      'f:1:5: there is no submission \\x1b[2J\\u{202e}. The submissions: ',
    ],
    // By name and by number it is the same.
    [
      entry('ann-3200102301', 'server') + entry('3200102301', 'server', 'excused: true'),
      'f:2:3: line 1 adjusts the same already; put both into one entry',
    ],
  ])('%j', (text, message) => {
    expect(caught(() => whose(text)).message.slice(0, message.length)).toBe(message);
  });

  test('a task and each of its checks are several things', () => {
    const text = ['add: 1', 'add: 1, check: a', 'add: 1, check: b'].map((more) =>
      entry('3200102301', 'server', more),
    );
    expect(whose(text.join('')).entries).toHaveLength(3);
  });
});

const VERDICTS = ['pass', 'fail', 'skipped', 'ungradable', 'error'] as const;
const GRADES: fc.Arbitrary<Grade> = fc
  .array(
    fc.record({
      verdict: fc.constantFrom(...VERDICTS),
      maxPoints: fc.integer({ min: 0, max: 40 }).map((quarters) => quarters / 4),
      unstable: fc.boolean(),
      depends: fc.nat({ max: 8 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((checks) =>
    gradeOf({
      ...{ kind: 'server', subject: 's' },
      checks: checks.map(({ verdict, maxPoints, unstable, depends }, index) => ({
        ...{ id: `c${index}`, title: same('t'), expected: same('e'), actual: same('a'), verdict, maxPoints },
        ...{ unstable, dependsOn: depends < index ? [`c${depends}`] : [] },
      })),
    }),
  );
const CHANGES: fc.Arbitrary<Adjustment['change']> = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((quarters) => ({ kind: 'points' as const, points: quarters / 4 })),
  fc.integer({ min: -60, max: 60 }).map((quarters) => ({ kind: 'add' as const, points: quarters / 4 })),
  fc.constant({ kind: 'excused' as const }),
);
const ADJUSTMENTS: fc.Arbitrary<Adjustment[]> = fc
  .uniqueArray(fc.record({ on: fc.integer({ min: -1, max: 9 }), change: CHANGES, bonus: fc.boolean() }), {
    selector: ({ on }) => on,
    maxLength: 6,
  })
  .map((all) =>
    all.map(({ on, change, bonus }) => ({
      ...{ change, bonus, reason: same('r') },
      ...(on < 0 ? {} : { check: `c${on}` }),
    })),
  );

test('of any grade and any adjustments: the grader’s part is untouched, and what counts is bounded and adds up', () => {
  fc.assert(
    fc.property(GRADES, ADJUSTMENTS, (grade, adjustments) => {
      const before = structuredClone(grade);
      const { grade: after, notes } = adjustGrade(grade, adjustments);
      expect(grade).toEqual(before);
      // Without what was adjusted it is the grader's grade again, to the letter.
      const bare = {
        ...after,
        score: after.score.grader ?? after.score,
        checks: after.checks.map(({ adjusted, points, ...check }) => ({
          ...check,
          points: adjusted === undefined ? points : adjusted.grader.points,
        })),
      };
      const { adjusted: whole, ...graders } = bare;
      expect(graders).toEqual(before);

      const known = adjustments.filter(
        ({ check }) => check === undefined || before.checks.some(({ id }) => id === check),
      );
      expect(notes.filter(({ kind }) => kind === 'unknown-check')).toHaveLength(
        adjustments.length - known.length,
      );
      expect(after.checks.filter(({ adjusted }) => adjusted !== undefined)).toHaveLength(
        known.filter(({ check }) => check !== undefined).length,
      );
      expect(whole === undefined).toBe(known.every(({ check }) => check !== undefined));
      expect(after.score.points).toBeGreaterThanOrEqual(0);
      // Without a bonus, and without what is refused, nothing leads above what there is.
      if (known.every(({ bonus }) => !bonus) && notes.every(({ kind }) => kind !== 'above'))
        expect(after.score.points).toBeLessThanOrEqual(after.score.of);
      if (known.length === 0) expect(after).toEqual(before);
    }),
    { numRuns: 500 },
  );
});

/** Each change on a check of 10 with so many points, and what it comes to. */
test.each([
  ['fail', { kind: 'points', points: 4 }, 4, 10, []],
  ['pass', { kind: 'points', points: 0 }, 0, 10, []],
  ['fail', { kind: 'add', points: 3 }, 3, 10, []],
  ['fail', { kind: 'add', points: -3 }, 0, 10, ['stopped']],
  ['pass', { kind: 'add', points: 3 }, 10, 10, ['stopped']],
  ['pass', { kind: 'excused' }, 0, 0, []],
  ['fail', { kind: 'points', points: 11 }, 11, 10, ['above']],
  // What the kit failed at did not count; with points of the lecturer's it does.
  ['error', { kind: 'points', points: 7 }, 7, 10, []],
  ['skipped', { kind: 'add', points: 2 }, 2, 10, []],
] as const)('%s, %o: %d of %d', (verdict, change, points, of, kinds) => {
  const base = { title: same('t'), expected: same('e'), actual: same('a') };
  const grade = gradeOf({
    kind: 'server',
    subject: 's',
    checks: [{ ...base, id: 'a', verdict, maxPoints: 10 }],
  });
  const adjustment = { change, check: 'a', bonus: false, reason: same('r') };
  const { grade: after, notes } = adjustGrade(grade, [adjustment]);
  expect([after.score.points, after.score.of]).toEqual([points, of]);
  expect(notes.map(({ kind }) => kind)).toEqual(kinds);
  // Of the whole it is the same, where the grader counted anything.
  const whole = { change, bonus: false, reason: same('r') };
  if (grade.score.of > 0) expect(adjustGrade(grade, [whole]).grade.score).toMatchObject({ points, of });
});

function caught(what: () => unknown): KitError {
  try {
    what();
  } catch (error) {
    if (error instanceof KitError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
