import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { GRADE, type Grade } from '../../src/check/index.ts';
import { chatLab, root, scratch } from '../helpers/lab.ts';
import { answered } from '../jupyter/notebook-rig.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? '' : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;

const NINE = '09-reading-captures.ipynb';
const CLASS = `
class: notebooks
tasks:
  - { id: captures, kind: notebook, notebook: 9, file: mine.ipynb }
`;

describe.skipIf(why !== '')(`grade class: notebooks${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'grades');
  const run = () => chatLab(['grade', 'class', folder, '--out', out, '--jobs', '2'], { timeoutMs: 400_000 });
  const write = (name: string, words: string): void => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'mine.ipynb'), words);
  };
  const gradeOf = (name: string): Grade => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const row = database.prepare('SELECT grade FROM latest WHERE submission = ?').get(name);
    database.close();
    return GRADE.parse(JSON.parse(String(row?.['grade'])));
  };
  let outcome: Awaited<ReturnType<typeof chatLab>>;

  beforeAll(async () => {
    const one = answered('en', NINE, 'right', { '09-b': 'let bytes = () => 2;' });
    write('one-wrong', JSON.stringify(one));
    write('another-lesson', readFileSync(join(root, 'notebooks/en/01-one-connection.ipynb'), 'utf8'));
    write('no-notebook', '{"cells": 7');
    mkdirSync(join(folder, 'nothing'));
    mkdirSync(join(folder, 'a-link'));
    symlinkSync(join(root, 'notebooks/en', NINE), join(folder, 'a-link/mine.ipynb'));
    writeFileSync(join(folder, 'class.yaml'), CLASS);
    outcome = await run();
  }, 400_000);

  test('the answers are run again, and the grade is the task’s', () => {
    expect(outcome.stderr).not.toContain('fault of the kit');
    expect(outcome.code).toBe(0);
    const { kind, subject, score, checks } = gradeOf('one-wrong');
    expect({ kind, subject, score }).toEqual({
      kind: 'notebook',
      subject: 'captures',
      score: { points: 2, of: 3 },
    });
    expect(checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
      '09-a pass',
      '09-b fail',
      '09-c pass',
    ]);
    expect(readFileSync(join(out, 'class.html'), 'utf8')).toContain('href="../class/one-wrong/mine.ipynb"');
  });

  test.each([
    ['another-lesson', /it is the notebook 01-one-connection, and the task wants 09-reading-captures/],
    ['no-notebook', /mine\.ipynb/],
    ['nothing', /no notebook mine\.ipynb/],
    ['a-link', /no notebook mine\.ipynb/],
  ])('%s loses all points of the notebook, and is told why', (name, reason) => {
    const { checks, score } = gradeOf(name);
    expect(checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['handed-in ungradable']);
    expect(checks[0]?.actual.en).toMatch(reason);
    expect(score).toEqual({ points: 0, of: 3 });
  });

  test('a notebook that the kit does not have is the lecturer’s slip, told before anything is graded', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), CLASS.replace('notebook: 9', 'notebook: 19'));
    const { code, stderr } = await chatLab([
      'grade',
      'class',
      folder,
      '--manifest',
      join(folder, 'wrong.yaml'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no notebook 19');
    expect(stderr).toContain(NINE.replace('.ipynb', ''));
  });
});
