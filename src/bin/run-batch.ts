import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Result, same } from '../check/index.ts';
import { replaceOwnFile } from '../files/index.ts';
import {
  type Batch,
  batchPage,
  type BatchPlan,
  type BatchRow,
  interruptedBatch,
  type Lab,
  labFolder,
  loadLab,
  openBatch,
  parametersOf,
  type Review,
  review,
  setAside,
} from '../lab/index.ts';
import { probeWorlds } from '../host/index.ts';
import { readDescription } from '../wire/index.ts';
import { version } from './main.ts';
import type { Board } from './progress.ts';
import { againWith, type Flags, type Outcome, portOf, runOne, shown } from './run-one.ts';
import { failureOf, secondsOf, wordsOf } from './run-outcome.ts';

type Predictions = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Runs labs side by side into one directory, at most `--jobs` at a time, each in a world of its own. A batch with the
 * same labs and parameters that was interrupted is gone on with; labs that it completed are not run again.
 */
export async function runBatch(
  names: readonly string[],
  flags: Flags,
  board: Board,
  signal: AbortSignal,
  predictions: Predictions,
): Promise<{ readonly batch: Batch; readonly outcomes: Outcome[] }> {
  const plan: BatchPlan = {
    labs: names,
    parameters: {
      kit: version(),
      student: flags.student ?? null,
      port: portOf(flags),
      hosts: flags.hosts,
      protocol: createHash('sha256').update(readDescription(flags.protocol).text).digest('hex'),
    },
  };
  const runs = resolve('runs');
  const batch = openBatch(
    flags.out === undefined
      ? (interruptedBatch(runs, plan) ?? labFolder(runs, flags.all ? 'all' : 'labs', flags.student))
      : resolve(flags.out),
    plan,
  );
  const labs = new Map<string, Lab>();
  for (const name of names) labs.set(name, await loadLab(name));
  const outcomes = new Map<string, Outcome>();
  const page = (): void => {
    const rows = names.map((name) => rowOf(name, labs, outcomes.get(name)));
    const command = flags.all ? againWith(['--all'], flags) : againWith(names, flags);
    replaceOwnFile(
      join(batch.directory, 'index.md'),
      batchPage(rows, flags.student ?? null, command, flags.lang),
    );
  };
  if (batch.resumed) board.say(`Going on with ${shown(batch.directory)}.`);
  for (const name of names) {
    const kept = batch.resumed ? await keptRun(name, batch, flags, labs.get(name)) : undefined;
    if (kept === undefined) continue;
    outcomes.set(name, kept);
    board.finish(name, `was complete: ${wordsOf(kept, flags.lang)}`);
  }
  page();
  const queue = names.filter((name) => !outcomes.has(name));
  // The longest first: the whole then takes little longer than the longest.
  const bound = (name: string): number => labs.get(name)?.file.boundSeconds ?? 0;
  queue.sort((a, b) => bound(b) - bound(a));
  const lane = async (): Promise<void> => {
    for (;;) {
      if (signal.aborted) return;
      const name = queue.shift();
      if (name === undefined) return;
      const outcome = await runOne(name, batch.folder(name), flags, board, signal, predictions.get(name));
      outcomes.set(name, outcome);
      board.finish(name, wordsOf(outcome, flags.lang));
      page();
    }
  };
  // On loopback all labs would share one network, and their servers one port.
  const apart = (flags.hosts === 'auto' ? (await probeWorlds()).kind : flags.hosts) === 'namespaces';
  await Promise.all(Array.from({ length: Math.min(apart ? flags.jobs : 1, queue.length) }, lane));
  if (!signal.aborted) batch.finish();
  return { batch, outcomes: names.flatMap((name) => outcomes.get(name) ?? []) };
}

/** A lab that an earlier call completed, with its evidence unchanged and its parameters the same. */
async function keptRun(
  name: string,
  batch: Batch,
  flags: Flags,
  lab: Lab | undefined,
): Promise<Outcome | undefined> {
  const directory = batch.folder(name);
  if (!existsSync(directory)) return undefined;
  if (existsSync(join(directory, 'evidence.json'))) {
    const earlier = await review(directory, flags.lang);
    if (isWhole(earlier.result) && sameParameters(earlier.evidence.manifest, lab))
      return { lab: name, directory, review: earlier, error: undefined, kept: true };
  }
  setAside(directory);
  return undefined;
}

/** What was skipped for want of a program is tried again: somebody may have installed it. */
const isWhole = ({ complete, problems, verdicts }: Result): boolean =>
  complete &&
  !problems.some(({ code }) => code === 'changed' || code === 'missing') &&
  !verdicts.every(({ verdict }) => verdict === 'skipped');

const sameParameters = (
  { parameters, student }: Pick<Review['evidence']['manifest'], 'parameters' | 'student'>,
  lab: Lab | undefined,
): boolean =>
  lab === undefined ||
  Object.entries(parametersOf(lab.file, student)).every(([key, value]) => parameters[key] === value);

function rowOf(name: string, labs: ReadonlyMap<string, Lab>, outcome: Outcome | undefined): BatchRow {
  return {
    lab: name,
    title: labs.get(name)?.file.title ?? same(name),
    result: outcome?.review?.result,
    failure: outcome === undefined ? undefined : failureOf(outcome),
    seconds: outcome === undefined ? undefined : secondsOf(outcome),
  };
}
