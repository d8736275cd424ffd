import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { sharedTempFolder } from '../helpers/temp.ts';
import { lacks } from '../host/support/perform.ts';
import { wrongs } from './judge.ts';
import { build, protocolOf, zoo } from './zoo.ts';
import { grading } from '../helpers/programs.ts';

/** Each program of the zoo once; `npm run zoo` grades each five times and writes docs/ZOO.md. */
const missing = ['cc', 'python3'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const why = missing.length === 0 ? lacks : ` (skipped: no ${missing.join(', ')})`;
const { gradeServer } = await grading();
const BOUND_MS = 300_000;

describe.skipIf(why !== '').concurrent(`the zoo${why}`, () => {
  const folder = sharedTempFolder();

  test.each(zoo.right)(
    '$name, which does it right ($style), passes everything',
    { timeout: BOUND_MS },
    async (one) => {
      const protocol = protocolOf(one.base);
      const grade = await gradeServer({ command: await build(folder, one), protocol });
      expect(wrongs(grade, undefined)).toEqual([]);
      const untried = grade.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
      expect(untried.sort()).toEqual([...zoo.lacks[protocol]].sort());
    },
  );

  test.each(zoo.wrong)('$name ($fault) fails $fails', { timeout: BOUND_MS }, async (one) => {
    const protocol = protocolOf(one.base);
    const grade = await gradeServer({ command: await build(folder, one), protocol });
    expect(wrongs(grade, one, undefined, zoo.lacks[protocol])).toEqual([]);
    const failed = grade.checks.find(({ id }) => id === one.fails);
    // A failure teaches: what was done and what it may come from.
    expect(failed?.cause).toBeDefined();
    expect(failed?.hint).toBeDefined();
  });
});
