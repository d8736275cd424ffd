import { expect, test } from 'vitest';
import { type Grade, gradeOf, text } from '../../src/check/index.ts';
import { classCsv } from '../../src/grade/class/class-csv.ts';
import { readClassFile } from '../../src/grade/class/class-file.ts';
import { overviewOf, type Student } from '../../src/grade/class/overview.ts';

const words = text('a', '一');

function graded(subject: string, ...verdicts: ('pass' | 'fail')[]): Grade {
  const base = { title: words, expected: words, actual: words };
  return gradeOf({
    kind: 'server',
    subject,
    checks: verdicts.map((verdict, index) => ({ ...base, id: `c${index}`, verdict, maxPoints: 10 ** index })),
  });
}

const column = (task: string, id: string) => ({ task, id, title: words });

function rowsOf(student: Student, columns: ReturnType<typeof column>[]): string[] {
  const [folders, interop] = [
    new Map<string, string>(),
    { entrants: [], matches: [], played: 0, kept: 0, why: undefined },
  ];
  return classCsv({ title: 'class', students: [student], columns, folders, copies: [], interop })
    .trim()
    .split('\r\n');
}

test('each task has its sum where there are several, and no column of its own where it is the only one', () => {
  const [lab, server] = [graded('lab', 'pass', 'fail'), graded('server', 'fail', 'pass')];
  const ann = { name: 'ann', student: '1234', source: 'ann' };
  expect(
    rowsOf(
      {
        ...ann,
        grades: new Map([
          ['lab', lab],
          ['server', server],
        ]),
      },
      [...[column('lab', 'c0'), column('lab', 'c1'), column('server', 'c0'), column('server', 'c1')]],
    ),
  ).toEqual([
    'submission,student,points,of,lab,server,lab/c0,lab/c1,server/c0,server/c1',
    'ann,1234,11,22,1,10,1,0,0,10',
  ]);
  expect(rowsOf({ ...ann, grades: new Map([['lab', lab]]) }, [column('lab', 'c0')])).toEqual([
    'submission,student,points,of,lab/c0',
    'ann,1234,1,11,1',
  ]);
});

test('tasks come in the order of class.yaml, whichever was graded first', () => {
  const row = (task: string) => ({
    ...{ submission: 'ann', student: null, task, submissionDigest: '', checksDigest: '' },
    ...{ grade: graded(task, 'pass'), prints: [], gradedAt: '2026-11-26T10:00:00Z' },
  });
  const { students, columns } = overviewOf({
    classFile: readClassFile(
      'class: c\ntasks: [{ id: b, kind: program, run: [x] }, { id: a, kind: program, run: [x] }]',
      'class.yaml',
    ),
    submissions: [{ name: 'ann', student: null, source: 'ann', folder: '', digest: '', problems: [] }],
    rows: [row('a'), row('b')],
    ...{ changes: [], graded: 2, kept: 0, adjustments: { made: 0, submissions: 0, remarks: [] } },
    interop: { entrants: [], matches: [], played: 0, kept: 0, why: undefined },
  });
  expect(students.map(({ grades }) => [...grades.keys()])).toEqual([['b', 'a']]);
  expect(columns.map(({ task }) => task)).toEqual(['b', 'a']);
});
