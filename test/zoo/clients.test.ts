import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { clientFoundations } from '../../src/grade/clients/checks.ts';
import { gradeClient } from '../../src/grade/index.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { lacks } from '../host/support/perform.ts';
import { buildClient, clientZoo } from './client-zoo.ts';
import { wrongs } from './judge.ts';

const missing = ['cc', 'python3'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const why = missing.length === 0 ? lacks : ` (skipped: no ${missing.join(', ')})`;
const BOUND_MS = 300_000;

describe.skipIf(why !== '').concurrent(`the clients of the zoo${why}`, () => {
  const folder = sharedTempFolder();

  test.each(clientZoo.right)(
    '$name, which does it right ($style), passes everything',
    { timeout: BOUND_MS },
    async (one) => {
      const grade = await gradeClient({ ...(await buildClient(folder, one)), protocol: 'clp' });
      expect(wrongs(grade, undefined)).toEqual([]);
      // A client that asks one question at a time has no answers that could be swapped.
      const untried = grade.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
      expect(untried).toEqual(one.base === 'js-words' ? [] : ['swapped']);
    },
  );

  test.each(clientZoo.wrong)('$name ($fault) fails $fails', { timeout: BOUND_MS }, async (one) => {
    // Not all checks, which would take minutes; two that are about something else show that they still pass.
    const only = [one.fails, 'quits', 'bytes-singly'];
    const grade = await gradeClient({ ...(await buildClient(folder, one)), protocol: 'clp', only });
    expect(wrongs(grade, one, clientFoundations)).toEqual([]);
    const failed = grade.checks.find(({ id }) => id === one.fails);
    expect(failed?.cause).toBeDefined();
    expect(failed?.hint).toBeDefined();
    expect(failed?.steps.length).toBeGreaterThan(0);
  });
});
