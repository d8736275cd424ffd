/**
 * `npm run bench:labs`: runs all labs at once, again and again (five times, or TIMES), and holds how long that took
 * against the longest lab. `npm run labs:repeat` does so ten times, for the verdicts: this exits with 1 when one was not
 * always the same.
 *
 * LABS="1 8" runs only these, JOBS sets --jobs. The runs stay in OUT, or in a temporary folder that is removed when all
 * went well.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { machine, median } from './machine.ts';
import { publish, ROUNDS, tiny } from './publish.ts';

const times = Number(process.env['TIMES'] ?? ROUNDS);
const labs = process.env['LABS']?.split(/\s+/).filter((name) => name !== '') ?? [tiny ? '1' : '--all'];
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

/** How long each run took, and the longest of its labs, in seconds. */
const lengths: { readonly took: number; readonly longest: number }[] = [];
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
  lengths.push({ took, longest });
  process.stderr.write(
    `run ${time}: exit code ${exitCode ?? '?'}, ${took.toFixed(1)} s, ${(took / longest).toFixed(2)} × the longest lab (${longest.toFixed(1)} s)\n`,
  );
}

const changing = [...seen].filter(
  ([, verdicts]) => verdicts.size > 1 || [...verdicts.values()].some((runs) => runs.length !== times),
);
for (const [what, verdicts] of changing) {
  process.stderr.write(`${what}: not always the same\n`);
  for (const [verdict, details] of verdicts)
    process.stderr.write(`  ${verdict} × ${details.length}, e.g. ${details[0] ?? ''}\n`);
}
process.stderr.write(
  changing.length === 0
    ? `${seen.size} verdicts, the same in all ${times} runs\n`
    : `${changing.length} of ${seen.size} verdicts changed; the runs are in ${out}\n`,
);
// Of some labs it would be another figure.
if (process.env['LABS'] === undefined) {
  const of = (key: 'took' | 'longest'): number => median(lengths.map((each) => each[key]));
  const ratios = lengths.map(({ took, longest }) => took / longest);
  publish({
    name: 'labs',
    machine: await machine(),
    versions: [`--jobs ${jobs}`],
    rounds: times,
    columns: ['what', 'all labs : the longest', 's', 's of the longest', 'verdicts that changed'],
    rows: [
      [
        'chat-lab run --all',
        median(ratios).toFixed(2),
        of('took').toFixed(1),
        of('longest').toFixed(1),
        `${changing.length} of ${seen.size}`,
      ],
    ],
    results: { runs: lengths, verdicts: seen.size, changing: changing.length },
  });
}
if (changing.length === 0 && process.env['OUT'] === undefined) rmSync(out, { recursive: true });
process.exitCode = changing.length === 0 ? 0 : 1;
