import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GRADE, GRADE_FORMAT_NAMES, GRADE_FORMATS, type Grade } from '../../src/check/index.ts';
import { gradeNotebook } from '../../src/grade/index.ts';
import { findProgram, probeWorlds } from '../../src/host/index.ts';
import type { Notebook } from '../../src/jupyter/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { answered, chatLab } from '../jupyter/notebook-rig.ts';
import { SOLUTIONS } from '../jupyter/solutions.ts';

const noSandbox = findProgram('bwrap') === undefined ? 'bubblewrap is not installed' : undefined;
const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');

const NINE = '09-reading-captures.ipynb';
const RIGHT = (id: string): string => SOLUTIONS.find(({ exercise }) => exercise === id)?.right ?? '';

/** As a student would hand it in. */
function submitted(notebook: Notebook, name = 'mine.ipynb'): string {
  const file = join(tempFolder(), name);
  writeFileSync(file, JSON.stringify(notebook));
  return file;
}

const verdicts = ({ checks }: Grade): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, verdict }) => [id, verdict]));
const actual = ({ checks }: Grade, id: string): string =>
  checks.find((check) => check.id === id)?.actual.en ?? '';
const problems = (grade: Grade): string[] => grade.problems.map(({ en }) => en);

const claims = (id: string): Record<string, unknown> => ({
  output_type: 'display_data',
  data: {
    'text/plain': [`${id}: right.`],
    'application/vnd.socket-lab-kit.exercise+json': { id, status: 'right', points: 1, max: 1 },
  },
  metadata: {},
});

testUnless(
  noSandbox,
  'outputs are not believed, changed checks are the kit’s own again, and both are named; in every format',
  async () => {
    const notebook = answered('en', NINE, 'right', { '09-b': 'let bytes = () => 2;' });
    const cell = (id: string) => notebook.cells.find((one) => one.id === id) ?? notebook.cells[0];
    const [check, lesson, answer] = [
      cell('check-09-b'),
      notebook.cells.findIndex(({ source }) => source === 'netcat.story'),
      cell('check-09-c'),
    ];
    if (check)
      Object.assign(check, { source: "await exercise('09-b', 2, [2, 3])", outputs: [claims('09-b')] });
    if (answer) notebook.cells.splice(notebook.cells.indexOf(answer), 1);
    notebook.cells.splice(lesson, 1, {
      ...{
        cell_type: 'code',
        id: 'own',
        source: 'const mine = 1;',
        metadata: {},
        outputs: [],
        execution_count: null,
      },
    });
    const grade = await gradeNotebook(submitted(notebook), { student: '3200102312' });
    expect(verdicts(grade)).toEqual({ '09-a': 'pass', '09-b': 'fail', '09-c': 'pass' });
    expect(grade.score).toEqual({ points: 2, of: 3 });
    expect(problems(grade)).toEqual([
      expect.stringMatching(/^the lesson’s cell \S+ was taken out; the kit’s own was run$/),
      'the check check-09-b was changed; the kit’s own was run',
      'the check check-09-c was taken out; the kit’s own was run',
      'the file’s output says that 09-b is right; run again, it is not',
    ]);
    expect(GRADE.parse(grade)).toEqual(grade);
    const context = { language: 'en', at: new Date(0), kit: '0' } as const;
    for (const format of GRADE_FORMAT_NAMES) expect(GRADE_FORMATS[format](grade, context)).toContain('09-b');
  },
  120_000,
);

testUnless(
  noSandbox,
  'an endless loop, an answer that throws and an answer that ends the process cost themselves',
  async () => {
    const loop = answered('zh', NINE, 'right', {
      '09-a': 'for (;;);',
      '09-b': "throw new RangeError('not yet')",
    });
    const grade = await gradeNotebook(submitted(loop), { cellSeconds: 10 });
    expect(verdicts(grade)).toEqual({ '09-a': 'fail', '09-b': 'fail', '09-c': 'pass' });
    // As the cell says it: the notebook is in Chinese.
    expect(actual(grade, '09-a')).toBe('the answer’s cell failed: Interrupted: 已中断');
    expect(actual(grade, '09-b')).toBe('the answer’s cell failed: RangeError: not yet');
    const ending = answered('en', NINE, 'right', { '09-b': 'process.exit(0)' });
    const ended = await gradeNotebook(submitted(ending));
    expect(verdicts(ended)).toEqual({ '09-a': 'pass', '09-b': 'fail', '09-c': 'fail' });
    expect(actual(ended, '09-c')).toBe('the run ended before the check: exit code 0');
  },
  240_000,
);

/** Each says "right" to the check, to the reader or to the grader; three to a notebook. */
const FORGERIES: readonly Readonly<Record<string, string>>[] = [
  {
    // Evidence for which a wrong answer is right.
    '09-a': `http = Object.assign(Object.create(netcat), { connections: [] });
let waits = (t) => (t === http ? 'server' : 'client');`,
    // A check of one's own, and an output that says right.
    '09-b': `exercise = () => ({ id: '09-b', status: 'right' });
let bytes = () => 2;
exercise('09-b', bytes, [{}, {}]);
display({ status: 'right' });`,
    // The grader's report, written by the cell.
    '09-c': `const { writeSync } = await import('node:fs');
const line = JSON.stringify({ kind: 'outcome', outcome: { id: '09-c', status: 'right' } });
for (let i = 0; i < 50; i++) writeSync(1, '0'.repeat(64) + ' ' + line + '\\n');
let answered = () => 1;`,
  },
  {
    // What the checks call.
    '09-a': `Array.prototype.every = () => true;
Array.prototype.map = () => [1, 2];
let waits = () => 'client';`,
    // The kit's own classes.
    '09-b': `Object.getPrototypeOf(netcat).constructor = Array;
Object.defineProperty(Object.getPrototypeOf(netcat), 'packets', { value: [] });
let bytes = () => 2;`,
    '09-c': `Object.getPrototypeOf(netcat).count = () => 1;
let answered = () => 1;`,
  },
];

testUnless(
  noSandbox,
  'answers that forge what they are checked by have no points',
  async () => {
    for (const answers of FORGERIES) {
      const grade = await gradeNotebook(submitted(answered('en', NINE, 'right', answers)));
      expect(verdicts(grade)).toEqual({ '09-a': 'fail', '09-b': 'fail', '09-c': 'fail' });
    }
  },
  120_000,
);

testUnless(
  noSandbox,
  'an answer sees no file of the grader’s, no network, and nothing of the kit that it does not need',
  async () => {
    const secret = submitted(answered('en', NINE, 'wrong'), 'secret.ipynb');
    const look = `const fs = await import('node:fs');
const found = [${JSON.stringify(secret)}, '/root', '/kit/test/jupyter', '/etc/passwd'].filter((path) => fs.existsSync(path));
const { networkInterfaces } = await import('node:os');
const up = Object.values(networkInterfaces()).flat().filter(({ internal }) => !internal);
throw new Error(JSON.stringify({ found, up, home: process.env.HOME }));`;
    expect(existsSync(secret)).toBe(true);
    const grade = await gradeNotebook(submitted(answered('en', NINE, 'right', { '09-a': look })));
    expect(actual(grade, '09-a')).toBe(
      'the answer’s cell failed: Error: {"found":[],"up":[],"home":"/work"}',
    );
  },
  120_000,
);

testUnless(
  noSandbox ?? noWorlds,
  'worlds are built in the sandbox: by the command, right and wrong answers, with a cell that the student added',
  async () => {
    const notebook = answered('zh', '05-closing.ipynb', 'right', { '05-b': 'let behind = helper;' });
    const at = notebook.cells.findIndex(({ id }) => id === 'answer-05-b');
    // Without ids, as an old Jupyter leaves it.
    notebook.cells.splice(at, 0, {
      cell_type: 'code',
      source: RIGHT('05-b').replace('let behind', 'let helper'),
      metadata: {},
    });
    for (const cell of notebook.cells) delete cell.id;
    const { code, stdout } = await chatLab('grade', 'report', submitted(notebook), '--format', 'json');
    expect(verdicts(GRADE.parse(JSON.parse(stdout)))).toEqual({ '05-a': 'pass', '05-b': 'pass' });
    expect(code).toBe(0);
  },
  240_000,
);

test('what is none of the kit’s notebooks is refused by name', async () => {
  const cells = [
    { cell_type: 'code', id: 'a', source: '1', metadata: {}, outputs: [], execution_count: null },
  ];
  const file = submitted({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 } as Notebook, 'other.ipynb');
  const { code, stderr } = await chatLab('grade', 'report', file);
  expect(code).toBe(2);
  expect(stderr).toContain('other.ipynb has none of the exercises');
});
