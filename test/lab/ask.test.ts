import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { probeWorlds } from '../../src/host/ability.ts';
import { findProgram } from '../../src/host/programs.ts';
import { labNames, loadLab } from '../../src/lab/find.ts';
import { scratch } from '../helpers/lab.ts';
import { until } from '../helpers/until.ts';
import { program } from '../helpers/programs.ts';

const ability = await probeWorlds();
const skipped =
  findProgram('script') === undefined
    ? ' (skipped: script, which makes a terminal, is not installed)'
    : ability.kind === 'namespaces'
      ? ''
      : ` (skipped: ${ability.why ?? 'no namespaces'})`;

/** Runs chat-lab on a terminal of its own; `typed` is what somebody types, also ahead of the questions. */
const onTerminal = (args: readonly string[], typed?: string) => {
  const command = [process.execPath, program('bin/chat-lab'), ...args].map((word) => `'${word}'`).join(' ');
  return execa('script', ['-qec', command, '/dev/null'], {
    ...(typed === undefined ? { stdin: 'pipe' as const } : { input: typed }),
    reject: false,
    timeout: 150_000,
  });
};

describe.skipIf(skipped !== '')(`--ask${skipped}`, () => {
  test('on a terminal: asks, takes what is no answer for none, and the report sets it beside what happened', async () => {
    const directory = join(scratch(), 'run');
    // 9 is no option; then the wrong one for the first question and the right one for the second.
    const run = await onTerminal(['run', '8', '--ask', '--out', directory], '9\n2\n2\n');
    expect(run.stdout).toMatch(/How many segments does that take/);
    expect(run.stdout).toMatch(/[█░]{20} 08-teardown/);
    expect(run.exitCode).toBe(0);
    const manifest = JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')) as {
      predictions: unknown;
    };
    expect(manifest.predictions).toEqual({ 'at-once': 'four', later: 'four' });
    const report = readFileSync(join(directory, 'report.md'), 'utf8');
    const section = report.slice(report.indexOf('### Predictions'), report.indexOf('## 7'));
    expect(section).toMatch(
      /closes as soon as it knows.*\| Four \| Three \| 3 segments \| server.pcap: frames/,
    );
    expect(section).toMatch(/closes later.*\| Four \| Four \| 4 segments/);
    expect(section).toMatch(
      /otherwise than you expected with these:\s+- The client closes, and the server closes/,
    );
  }, 150_000);

  test('Ctrl-C at a question: nothing was begun', async () => {
    const directory = join(scratch(), 'run');
    const asked = onTerminal(['run', '8', '--ask', '--out', directory]);
    let shown = '';
    asked.stdout.on('data', (bytes: Buffer) => (shown += bytes.toString()));
    await until('the question', () => shown.includes('Your prediction'), 60_000);
    asked.stdin.write('\u0003');
    const run = await asked;
    expect(run.stdout).toMatch(/interrupted before a lab began/);
    expect(run.exitCode).toBe(130);
    expect(() => readFileSync(join(directory, 'evidence.json'))).toThrow('ENOENT');
  }, 60_000);
});

test('every option of every prediction has an id of its own', async () => {
  for (const name of labNames()) {
    const { file } = await loadLab(name);
    for (const { options } of file.predictions ?? [])
      expect(new Set(options.map(({ id }) => id)).size).toBe(options.length);
  }
});
