import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readNotebook } from '../../src/jupyter/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { answered, chatLab, placed, ran, root } from './notebook-rig.ts';

const NAME = '09-reading-captures.ipynb';
/** What `nbgrader generate_assignment` puts in place of a solution in JavaScript. */
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

/**
 * nbgrader's autograde is nbconvert's ExecutePreprocessor with errors allowed and NBGRADER_EXECUTION set; then a test cell
 * of code has all its points unless one of its outputs is an error (nbgrader/utils.py, determine_grade).
 */
testUnless(
  noJupyter,
  'executed as nbgrader does, right answers have nbgrader’s points, wrong and missing ones none, and all is executed',
  async () => {
    const folder = tempFolder();
    const env = { ...(await kernelIn(folder)), NBGRADER_EXECUTION: 'autograde' };
    const file = placed(
      folder,
      NAME,
      answered('en', NAME, 'right', { '09-a': "let waits = () => 'client';", '09-c': STUB }),
    );
    const convert = ['--to', 'notebook', '--execute', '--allow-errors', '--inplace', file];
    const { code, stderr } = await ran('/usr/bin/python3', ['/usr/bin/jupyter-nbconvert', ...convert], env);
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
    const { cells } = readNotebook(file);
    const points = cells.flatMap(({ metadata, outputs = [] }) => {
      const grader = metadata['nbgrader'] as
        { grade_id: string; grade: boolean; points?: number } | undefined;
      if (grader?.grade !== true) return [];
      const failed = outputs.some(({ output_type }) => output_type === 'error');
      return [[grader.grade_id, failed ? 0 : grader.points]];
    });
    expect(points).toEqual([
      ['check-09-a', 0],
      ['check-09-b', 1],
      ['check-09-c', 0],
    ]);
    expect(
      cells.filter((cell) => cell.cell_type === 'code' && typeof cell.execution_count !== 'number'),
    ).toEqual([]);
  },
  240_000,
);

testUnless(
  noJupyter ?? noNbgrader,
  'nbgrader itself: generate_assignment and autograde give each submission its points',
  async () => {
    const folder = tempFolder();
    const env = await kernelIn(folder);
    const nbgrader = (...args: string[]): ReturnType<typeof ran> =>
      ran('/usr/bin/python3', ['-m', 'nbgrader', ...args, `--course-dir=${folder}`], env);
    const put = (path: string[], text: string): void => {
      mkdirSync(join(folder, ...path), { recursive: true });
      writeFileSync(join(folder, ...path, NAME), text);
    };
    // Their working folder is the notebook's; the captures of lesson 9 lie elsewhere there.
    const absolute = (text: string): string =>
      text.replaceAll('../../test/fixtures', join(root, 'test/fixtures'));
    put(['source', 'nine'], absolute(readFileSync(join(root, 'notebooks/en', NAME), 'utf8')));
    expect(await nbgrader('generate_assignment', 'nine')).toMatchObject({ code: 0 });
    for (const which of ['right', 'wrong'] as const)
      put(['submitted', which, 'nine'], absolute(JSON.stringify(answered('en', NAME, which))));
    expect(await nbgrader('autograde', 'nine')).toMatchObject({ code: 0 });
    expect(await nbgrader('export', `--CsvExportPlugin.to=${join(folder, 'grades.csv')}`)).toMatchObject({
      code: 0,
    });
    const [head = '', ...rows] = readFileSync(join(folder, 'grades.csv'), 'utf8').trim().split('\n');
    const column = (name: string, row: string): string | undefined =>
      row.split(',')[head.split(',').indexOf(name)];
    expect(rows.map((row) => [column('student_id', row), Number(column('score', row))]).sort()).toEqual([
      ['right', 3],
      ['wrong', 0],
    ]);
  },
  400_000,
);
