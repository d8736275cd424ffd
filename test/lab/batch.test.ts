import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MANIFEST, type Manifest } from '../../src/check/manifest.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { asNobody, chatLab, isRoot, scratch, startChatLab } from '../helpers/lab.ts';
import { resultOf } from '../helpers/lab-suite.ts';
import { until } from '../helpers/until.ts';

const ability = await probeWorlds();
const skipped = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;

const manifestOf = (directory: string): Manifest | undefined =>
  existsSync(join(directory, 'evidence.json'))
    ? MANIFEST.parse(JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')))
    : undefined;

const kinds = (directory: string): string[] =>
  resultOf(directory).verdicts.map(({ id, verdict }) => `${id}: ${verdict}`);

const notPassed = (directory: string): string[] =>
  resultOf(directory)
    .verdicts.filter(({ verdict }) => verdict !== 'pass')
    .map(({ id, verdict, actual }) => `${id}: ${verdict}: ${actual.en}`);

interface Json {
  readonly directory: string;
  readonly exitCode: number;
  readonly runs: readonly {
    readonly lab: string;
    readonly directory: string;
    readonly kept: boolean;
    readonly error: { readonly code: string } | null;
    readonly result: { readonly runId: string; readonly student: string | null } | null;
  }[];
}

describe.skipIf(skipped !== '')(`labs in one call${skipped}`, () => {
  test('side by side or one after the other, as root or not: the same verdicts, a page, one JSON value', async () => {
    const side = join(scratch(), 'side by side');
    const first = await chatLab(['run', '1', '8', '--jobs', '2', '--out', side, '--json']);
    expect(first.code).toBe(0);
    const json = JSON.parse(first.stdout) as Json;
    expect(json.runs.map(({ lab }) => lab)).toEqual(['01-connect', '08-teardown']);
    expect(json.exitCode).toBe(0);
    const page = readFileSync(join(side, 'index.md'), 'utf8');
    for (const { lab } of json.runs) {
      expect(page).toContain(`(${lab}/report.md)`);
      expect(existsSync(join(side, lab, 'report.md'))).toBe(true);
    }
    const { startedAtUs = 0 } = manifestOf(join(side, '08-teardown')) ?? {};
    expect(startedAtUs).toBeLessThan(manifestOf(join(side, '01-connect'))?.endedAtUs ?? 0);

    const apart = join(scratch(), 'apart');
    const second = await chatLab(['run', '1', '8', '--jobs', '1', '--out', apart], {
      launcher: isRoot ? asNobody : [],
    });
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/01-connect +6\/6 .*pass\n08-teardown +5\/5/);
    for (const lab of ['01-connect', '08-teardown'])
      expect(kinds(join(apart, lab))).toEqual(kinds(join(side, lab)));
  }, 300_000);

  test.each(['SIGINT', 'SIGKILL'] as const)(
    'after %s the same command keeps what is complete and runs the rest',
    async (signal) => {
      const directory = join(scratch(), 'batch');
      const args = ['run', '3', '8', '--jobs', '1', '--out', directory];
      const run = startChatLab(args);
      const done = join(directory, '03-time-100x');
      const cut = join(directory, '08-teardown');
      await until('the second lab is under way', () => (manifestOf(cut)?.phases.length ?? 0) > 0, 120_000);
      run.kill(signal);
      const { exitCode } = await run;
      if (signal === 'SIGINT') expect(exitCode).toBe(130);
      const { runId } = resultOf(done);
      const cutId = manifestOf(cut)?.runId;
      expect(manifestOf(cut)?.status).not.toBe('complete');

      const again = await chatLab([...args, '--json']);
      const json = JSON.parse(again.stdout) as Json;
      expect([...notPassed(done), ...notPassed(cut)]).toEqual([]);
      expect(again.code).toBe(0);
      expect(json.runs.map(({ lab, kept }) => [lab, kept])).toEqual([
        ['03-time-100x', true],
        ['08-teardown', false],
      ]);
      expect(resultOf(done).runId).toBe(runId);
      expect(resultOf(cut).runId).not.toBe(cutId);
      // What was cut is kept, too.
      expect(manifestOf(`${cut}.incomplete-1`)?.runId).toBe(cutId);

      const third = await chatLab(args);
      expect(third.code).toBe(2);
      expect(third.stderr).toMatch(/is not empty/);
    },
    300_000,
  );

  test('a batch that another process is at work in is left to it', async () => {
    const directory = join(scratch(), 'batch');
    const args = ['run', '8', '3', '--jobs', '1', '--out', directory];
    const first = startChatLab(args);
    await until('it has begun', () => existsSync(join(directory, 'batch.json')), 60_000);
    const second = await chatLab(args);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`process ${first.pid} is at work in ${directory}`);
    expect(second.stderr).toContain('--out');
    expect((await first).exitCode).toBe(0);
    for (const lab of ['08-teardown', '03-time-100x']) expect(notPassed(join(directory, lab))).toEqual([]);
  }, 300_000);

  test('other parameters are other work, and evidence that was changed is run again', async () => {
    const folder = scratch();
    const args = ['run', '1', '8', '--jobs', '2'];
    const first = JSON.parse((await chatLab([...args, '--json'], { cwd: folder })).stdout) as Json;
    // As if it had been interrupted behind its last lab.
    const batch = join(first.directory, 'batch.json');
    writeFileSync(batch, readFileSync(batch, 'utf8').replace('"finished": true', '"finished": false'));
    const calls = join(first.directory, '08-teardown', 'calls.jsonl');
    writeFileSync(calls, readFileSync(calls, 'utf8').split('\n').slice(1).join('\n'));

    const resumed = JSON.parse((await chatLab([...args, '--json'], { cwd: folder })).stdout) as Json;
    expect(resumed.directory).toBe(first.directory);
    expect(resumed.runs.map(({ kept }) => kept)).toEqual([true, false]);

    writeFileSync(batch, readFileSync(batch, 'utf8').replace('"finished": true', '"finished": false'));
    rmSync(join(first.directory, '01-connect'), { recursive: true });
    const student = ['--student', '3200102312'];
    const other = JSON.parse(
      (await chatLab([...args, ...student, '--json'], { cwd: folder })).stdout,
    ) as Json;
    expect(other.directory).not.toBe(first.directory);
    expect(other.runs.map(({ result }) => result?.student)).toEqual(['3200102312', '3200102312']);
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(2);
  }, 300_000);

  test('one lab that cannot run is skipped and does not stop the others; the gravest outcome is the exit code', async () => {
    const directory = join(scratch(), 'batch');
    const { code, stdout, stderr } = await chatLab([
      'run',
      '1',
      '6',
      '--hosts',
      'loopback',
      '--port',
      '40777',
      '--out',
      directory,
      '--json',
    ]);
    const json = JSON.parse(stdout) as Json;
    expect(json.runs.map(({ lab, error }) => [lab, error])).toEqual([
      ['01-connect', null],
      ['06-abnormal-exit', null],
    ]);
    const { verdicts } = resultOf(join(directory, '06-abnormal-exit'));
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['skipped']));
    expect(verdicts[0]?.actual.en).toMatch(/pulls cables.*loopback.*leave out --hosts loopback/);
    expect(stderr).not.toMatch(/fault of the kit/);
    expect(json.exitCode).toBe(3);
    expect(code).toBe(3);
  }, 300_000);
});

test('--jobs and --ask that make no sense are wrong usage', async () => {
  for (const [args, words] of [
    [['run', '1', '--jobs', '0'], /from 1 to 64/],
    [['run', '1', '--ask'], /no terminal/],
  ] as const) {
    const { code, stderr, stdout } = await chatLab([...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
    expect(stdout).toBe('');
  }
});
