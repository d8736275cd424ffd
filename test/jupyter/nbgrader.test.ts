import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { checkExercise, underNbgrader } from '../../src/jupyter/exercise.ts';
import { type Notebook, readNotebook } from '../../src/jupyter/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { answered, chatLab, placed, ran, root } from './notebook-rig.ts';

const NAME = '09-reading-captures.ipynb';
/** What `nbgrader generate_assignment` puts in place of an answer when an instructor gives it this stub. */
const STUB = '// YOUR CODE HERE\nthrow new Error();';

const noJupyter = existsSync('/usr/bin/jupyter-nbconvert') ? undefined : 'jupyter-nbconvert is not installed';
const { code: absent } = await ran('/usr/bin/python3', ['-c', 'import nbgrader']);
const noNbgrader =
  absent === 0
    ? undefined
    : 'nbgrader is not installed: Debian has no package of it, it comes from PyPI only';

async function kernelIn(folder: string): Promise<NodeJS.ProcessEnv> {
  await chatLab('notebook', 'install', '--prefix', folder);
  return { ...process.env, JUPYTER_PATH: join(folder, 'share/jupyter') };
}

type NotebookCell = Notebook['cells'][number];

interface Grader {
  readonly grade_id: string;
  readonly grade: boolean;
  readonly points: number;
  readonly checksum?: string;
}
const graderOf = ({ metadata }: NotebookCell): Grader | undefined =>
  metadata['nbgrader'] as Grader | undefined;
const checksOf = ({ cells }: Notebook): NotebookCell[] =>
  cells.filter((cell) => graderOf(cell)?.grade === true);

/**
 * nbgrader's rule for a test cell (nbgrader/utils.py, determine_grade): its first output that is an error or a result
 * decides. An error is no points, a result that is a number that many, any other, or none, all of them.
 */
function pointsOf(cell: NotebookCell): number {
  const points = graderOf(cell)?.points ?? NaN;
  const deciding = (cell.outputs ?? []).find(({ output_type: type }) =>
    /^(error|execute_result)$/.test(type),
  );
  if (deciding?.output_type === 'error') return 0;
  const data = deciding?.['data'] as { 'text/plain'?: string | string[] } | undefined;
  const given = Number([data?.['text/plain'] ?? 'nothing'].flat().join(''));
  if (given > points) throw new Error('nbgrader refuses the whole notebook');
  return given > 0 ? given : points;
}

test.each(['NBGRADER_EXECUTION', 'NBGRADER_VALIDATING'])('nbgrader is known by its %s', (name) => {
  expect(underNbgrader()).toBe(false);
  vi.stubEnv(name, '1');
  expect(underNbgrader()).toBe(true);
});
afterEach(() => vi.unstubAllEnvs());

test('a wrong answer, or none, throws where nbgrader checks, and nowhere else', () => {
  const check = (answer: unknown, strict: boolean) => (): string =>
    checkExercise('03-b', answer, undefined, 'en', { strict }).status;
  expect([check('wrong', false)(), check(undefined, false)()]).toEqual(['wrong', 'open']);
  for (const answer of ['wrong', undefined])
    expect(check(answer, true)).toThrow(expect.objectContaining({ code: 'wrong-answer' }));
});

/** nbgrader's autograde is nbconvert's ExecutePreprocessor with errors allowed and NBGRADER_EXECUTION set. */
testUnless(
  noJupyter,
  'executed as nbgrader does, right answers have nbgrader’s points, wrong and missing ones none, and all is executed',
  async () => {
    const folder = tempFolder();
    const env = { ...(await kernelIn(folder)), NBGRADER_EXECUTION: 'autograde' };
    const file = placed(
      folder,
      NAME,
      answered('en', NAME, 'right', {
        '09-a':
          "delete process.env['NBGRADER_EXECUTION'];\nlet waits = () => 'client'; let exercise = () => undefined;",
        '09-c': STUB,
      }),
    );
    const convert = ['--to', 'notebook', '--execute', '--allow-errors', '--inplace', file];
    const { code, stderr } = await ran('/usr/bin/python3', ['/usr/bin/jupyter-nbconvert', ...convert], env);
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
    const done = readNotebook(file);
    const checks = checksOf(done);
    expect(checks.map((cell) => [graderOf(cell)?.grade_id, pointsOf(cell)])).toEqual([
      ['check-09-a', 0],
      ['check-09-b', 1],
      ['check-09-c', 0],
    ]);
    // A result that is not a number has all points today; nbgrader warns that it may become an error.
    expect(checks.map(({ outputs = [] }) => outputs.map(({ output_type: type }) => type))).toEqual([
      ['error'],
      ['display_data'],
      ['error'],
    ]);
    expect(
      done.cells.filter((cell) => cell.cell_type === 'code' && typeof cell.execution_count !== 'number'),
    ).toEqual([]);
  },
  240_000,
);

/** The configuration that docs/NOTEBOOKS.md tells instructors to use. */
const CONFIG =
  /```python\n(c = get_config\(\)\n[^]*?)```/.exec(
    readFileSync(join(root, 'docs/NOTEBOOKS.md'), 'utf8'),
  )?.[1] ?? 'docs/NOTEBOOKS.md has no configuration';

const BOOK = `
import json
from nbgrader.api import Gradebook
with Gradebook('sqlite:///gradebook.db') as book:
    print(json.dumps({
        submission.student.id: {grade.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades}
        for submission in book.assignment_submissions('nine')}))`;

testUnless(
  noJupyter ?? noNbgrader,
  'nbgrader itself: release, autograde, points, restored tests, validation and feedback',
  async () => {
    const folder = tempFolder();
    const env = await kernelIn(folder);
    const python = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await ran('/usr/bin/python3', args, env, folder);
      expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
      return stdout;
    };
    const nbgrader = (...args: string[]): Promise<string> =>
      python('-c', 'from nbgrader.apps.nbgraderapp import main; main()', ...args);
    const put = (path: string, notebook: unknown): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), typeof notebook === 'string' ? notebook : JSON.stringify(notebook));
    };
    put('nbgrader_config.py', CONFIG);
    const original = readNotebook(join(root, 'notebooks/en', NAME));
    put(`source/nine/${NAME}`, original);
    await nbgrader('generate_assignment', 'nine');

    const released = readNotebook(join(folder, 'release/nine', NAME));
    const sources = ({ cells }: Notebook): string[] => cells.map(({ source }) => source);
    expect(sources(released)).toEqual(sources(original));
    const flags = released.cells.flatMap((cell) => {
      const { deletable, editable } = cell.metadata;
      const checksum = graderOf(cell)?.checksum?.length;
      return checksum === undefined ? [] : [[cell.id?.slice(0, -5), deletable, editable, checksum]];
    });
    const both = [
      ['answer', false, undefined, 32],
      ['check', false, false, 32],
    ];
    expect(flags).toEqual([...both, ...both, ...both]);

    /** What a student hands in: the release with answers in it, and whatever else was done to it. */
    const handIn = (student: string, answers: Notebook, spoil?: (notebook: Notebook) => void): void => {
      const notebook = structuredClone(released);
      for (const [at, cell] of notebook.cells.entries()) cell.source = answers.cells[at]?.source ?? '';
      spoil?.(notebook);
      put(`submitted/${student}/nine/${NAME}`, notebook);
    };
    handIn('right', answered('en', NAME, 'right'));
    handIn('wrong', answered('en', NAME, 'wrong'));
    handIn('nothing', original);
    handIn('forger', answered('en', NAME, 'wrong'), (notebook) => {
      for (const cell of checksOf(notebook)) cell.source = '1';
    });
    await nbgrader('autograde', 'nine');
    const [right, none] = [
      { 'check-09-a': 1, 'check-09-b': 1, 'check-09-c': 1 },
      { 'check-09-a': 0, 'check-09-b': 0, 'check-09-c': 0 },
    ];
    expect(JSON.parse(await python('-c', BOOK))).toEqual({
      ...{ right, wrong: none, nothing: none, forger: none },
    });
    const graded = readNotebook(join(folder, 'autograded/forger/nine', NAME));
    expect(checksOf(graded).map(({ source }) => source)).toEqual(
      checksOf(original).map(({ source }) => source),
    );

    const valid = (student: string): Promise<string> =>
      nbgrader('validate', join('submitted', student, 'nine', NAME));
    expect(await valid('right')).toContain('Success!');
    expect(await valid('nothing')).toContain('VALIDATION FAILED ON 3 CELL(S)!');
    expect(await valid('forger')).toContain('THE CONTENTS OF 3 TEST CELL(S) HAVE CHANGED!');

    await nbgrader('generate_feedback', 'nine');
    const page = (student: string): string =>
      readFileSync(join(folder, 'feedback', student, 'nine', NAME.replace('.ipynb', '.html')), 'utf8');
    expect(page('right')).toContain('(Score: 3.0 / 3.0)');
    expect(page('nothing')).toMatch(/\(Score: 0\.0 \/ 3\.0\)[^]*No response\./);
  },
  400_000,
);
