import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientFoundations } from '../../src/grade/clients/checks.ts';
import { CLIENT_TRY } from '../../src/grade/clients/orders.ts';
import { CLIENT_WIRE, clientTestimony } from '../../src/grade/clients/testimony.ts';
import { readWire, type Wire } from '../../src/grade/peers/testimony.ts';
import { analyse } from '../../src/tcp/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { lacks } from '../host/support/perform.ts';
import { buildClient, clientLacks, clientZoo } from './client-zoo.ts';
import { wrongs } from './judge.ts';
import { grading } from '../helpers/programs.ts';

const missing = ['cc', 'python3'].filter((program) => spawnSync(program, ['--version']).status !== 0);
const why = missing.length === 0 ? lacks : ` (skipped: no ${missing.join(', ')})`;
const { gradeClient } = await grading();
const BOUND_MS = 300_000;

describe.skipIf(why !== '').concurrent(`the clients of the zoo${why}`, () => {
  const folder = sharedTempFolder();

  test.each(clientZoo.right)(
    '$name, which does it right ($style), passes everything',
    { timeout: BOUND_MS },
    async (one) => {
      const grade = await gradeClient(await buildClient(folder, one));
      expect(wrongs(grade, undefined)).toEqual([]);
      const untried = grade.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id);
      expect(untried).toEqual(clientLacks(one.base));
    },
  );

  test.each(clientZoo.wrong)('$name ($fault) fails $fails', { timeout: BOUND_MS }, async (one) => {
    // `npm run zoo` tries all checks; here two that are about something else show that they still pass.
    const only = [one.fails, ...one.also, 'quits', 'bytes-singly'];
    const keep = join(folder, `${one.name}-evidence`);
    const grade = await gradeClient({ ...(await buildClient(folder, one)), only, keep });
    expect(wrongs(grade, one, clientFoundations, clientLacks(one.base))).toEqual([]);
    const failed = grade.checks.find(({ id }) => id === one.fails);
    expect(failed?.cause).toBeDefined();
    expect(failed?.hint).toBeDefined();
    expect(failed?.steps.length).toBeGreaterThan(0);
    expect(failed?.witnesses?.map(({ en }) => en.slice(0, en.indexOf(':')))).toEqual([
      'our calls',
      'wire',
      'kernel',
    ]);
    expect(failed?.ladder).toContain('SYN');
    expect(failed?.bytes).toBeDefined();
    const frames = failed?.where.flatMap((place) => ('frames' in place ? place.frames : [])) ?? [];
    const { packets } = analyse(readFileSync(join(keep, CLIENT_WIRE)));
    expect(frames.length).toBeGreaterThan(0);
    expect(Math.max(...frames)).toBeLessThanOrEqual(packets);
  });

  test(
    'a capture that belies our calls is our fault; one that lost packets belies nothing',
    async () => {
      const one = clientZoo.wrong.find(({ name }) => name === 'py-blocks-on-indication');
      if (one === undefined) throw new Error('the zoo has lost it');
      const keep = join(folder, 'belied');
      const built = await buildClient(folder, { ...one, name: 'belied' });
      await gradeClient({ ...built, only: [one.fails], keep });
      const tries = readFileSync(join(keep, 'tries.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => CLIENT_TRY.parse(JSON.parse(line)))
        .filter(({ id }) => id === one.fails);
      const protocol = loadProtocol('clp');
      const wire = (): Wire => readWire(join(keep, CLIENT_WIRE), protocol);
      expect(clientTestimony(wire(), tries, protocol, 0).contradiction).toBeNull();
      const altered = tries.map((told) => {
        if (!told.seen?.calls) throw new Error('no calls');
        const { seen } = told;
        return { ...told, seen: { ...seen, calls: { ...told.seen.calls, read: told.seen.calls.read - 1 } } };
      });
      expect(clientTestimony(wire(), altered, protocol, 0).contradiction).toContain('our calls say');
      expect(clientTestimony(wire(), altered, protocol, 1).contradiction).toBeNull();
    },
    BOUND_MS,
  );
});
