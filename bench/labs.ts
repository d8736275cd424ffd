/**
 * `npm run labs:repeat`: runs all labs again and again (ten times, or TIMES) and compares their verdicts. Says how long
 * each run took beside its longest lab, and exits with 1 when a verdict was not always the same.
 *
 * LABS="1 8" runs only these, JOBS sets --jobs. The runs stay in OUT, or in a temporary folder that is removed when all
 * went well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const times = Number(process.env['TIMES'] ?? 10);
const labs = process.env['LABS']?.split(/\s+/).filter((name) => name !== '') ?? ['--all'];
const jobs = process.env['JOBS'] ?? '8';
const out = process.env['OUT'] ?? mkdtempSync(join(tmpdir(), 'labs-repeat-'));
const chatLab = fileURLToPath(new URL('../src/bin/chat-lab.ts', import.meta.url));

interface Runs {
  readonly runs: readonly {
    readonly lab: string;
    readonly seconds: number | null;
    readonly error: { readonly code: string; readonly message: string } | null;
    readonly result: {
      readonly verdicts: readonly {
        readonly id: string;
        readonly verdict: string;
        readonly actual: { readonly en: string };
      }[];
    } | null;
  }[];
}

/** By lab and check: which verdict came in which runs, with what was seen. */
const seen = new Map<string, Map<string, string[]>>();
const note = (what: string, verdict: string, detail: string): void => {
  const verdicts = seen.get(what) ?? new Map<string, string[]>();
  verdicts.set(verdict, [...(verdicts.get(verdict) ?? []), detail]);
  seen.set(what, verdicts);
};

for (let time = 1; time <= times; time++) {
  const begin = performance.now();
  const args = [chatLab, 'run', ...labs, '--jobs', jobs, '--json', '--out', join(out, String(time))];
  const { stdout, stderr, exitCode } = await execa(process.execPath, args, { reject: false });
  const took = (performance.now() - begin) / 1000;
  if (stdout === '') throw new Error(`run ${time} printed nothing (exit code ${exitCode ?? '?'}): ${stderr}`);
  const { runs } = JSON.parse(stdout) as Runs;
  for (const { lab, error, result } of runs) {
    if (error !== null) note(lab, error.code, `run ${time}: ${error.message}`);
    for (const { id, verdict, actual } of result?.verdicts ?? [])
      note(`${lab} ${id}`, verdict, `run ${time}: ${actual.en}`);
  }
  const longest = Math.max(...runs.map(({ seconds }) => seconds ?? 0));
  process.stdout.write(
    `run ${time}: exit code ${exitCode ?? '?'}, ${took.toFixed(1)} s, ${(took / longest).toFixed(2)} × the longest lab (${longest.toFixed(1)} s)\n`,
  );
}

const changing = [...seen].filter(
  ([, verdicts]) => verdicts.size > 1 || [...verdicts.values()].some((runs) => runs.length !== times),
);
for (const [what, verdicts] of changing) {
  process.stdout.write(`${what}: not always the same\n`);
  for (const [verdict, details] of verdicts)
    process.stdout.write(`  ${verdict} × ${details.length}, e.g. ${details[0] ?? ''}\n`);
}
process.stdout.write(
  changing.length === 0
    ? `${seen.size} verdicts, the same in all ${times} runs\n`
    : `${changing.length} of ${seen.size} verdicts changed; the runs are in ${out}\n`,
);
if (changing.length === 0 && process.env['OUT'] === undefined) rmSync(out, { recursive: true });
process.exitCode = changing.length === 0 ? 0 : 1;
