/** The matches of a class: each is kept as soon as it is there, and not played again while nothing changes. */
import { probeWorlds } from '../../host/index.ts';
import { entrants, type Entrant, type Pair, pairs, play } from '../interop/matrix.ts';
import type { ClassFile } from './class-file.ts';
import { severally, stopIfAsked } from './severally.ts';
import type { MatchRow, Store } from './store.ts';
import type { Submission } from './submissions.ts';

export interface MatchOptions {
  /** The folder for what was seen in the matches. */
  readonly evidence: string;
  /** false: no matches, whatever class.yaml says. */
  readonly interop: boolean;
  readonly jobs: number;
  /** Play again what was played already. */
  readonly regrade: boolean;
  readonly progress: (what: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Matches {
  readonly entrants: readonly Entrant[];
  readonly matches: readonly MatchRow[];
  readonly played: number;
  readonly kept: number;
  /** Why there are none where there could be; undefined: there are, or there is nothing to match. */
  readonly why: string | undefined;
}

/**
 * Plays every match that was not played yet, or whose two submissions or rules have changed since.
 *
 * @throws KitError `interrupted`.
 */
export async function playAll(
  submissions: readonly Submission[],
  { tasks, limits, interop }: ClassFile,
  rules: ReadonlyMap<string, string>,
  store: Store,
  options: MatchOptions,
): Promise<Matches> {
  const nothing = { entrants: [], matches: [], played: 0, kept: 0, why: undefined };
  const both = (['client', 'server'] as const).every((kind) => tasks.some((task) => task.kind === kind));
  if (!both || !interop || !options.interop) return nothing;
  const ability = await probeWorlds();
  // On loopback one match would meet the ports of another.
  if (ability.kind !== 'namespaces') return { ...nothing, why: ability.why ?? 'no network namespaces' };
  const grades = new Map(store.latest().map((row) => [`${row.submission} ${row.task}`, row.grade]));
  const all = entrants(submissions, tasks, (name, task) => grades.get(`${name} ${task}`));
  const wanted = pairs(all).map((pair) => ({ pair, row: matchHead(pair, rules) }));
  const known = new Map(store.matches().map((row) => [matchKey(row), row]));
  const open = wanted.filter(({ row }) => options.regrade || !isPlayed(known.get(matchKey(row)), row));
  let done = 0;
  const { evidence, signal } = options;
  const one = async ({ pair, row }: (typeof open)[number]): Promise<void> => {
    const setting = { limits, evidence, ...(signal === undefined ? {} : { signal }) };
    const played = await play(pair, setting);
    if (signal?.aborted === true) return;
    store.addMatch({ ...row, ...played, playedAt: new Date().toISOString() });
    options.progress(`${row.client} × ${row.server}`, ++done, open.length);
  };
  const count = open.length;
  await severally([...open], options.jobs, one, signal);
  stopIfAsked(signal, `${done} of ${count} matches were played`);
  const now = new Map(store.matches().map((row) => [matchKey(row), row]));
  const matches = wanted.flatMap(({ row }) => now.get(matchKey(row)) ?? []);
  return { entrants: all, matches, played: count, kept: wanted.length - count, why: undefined };
}

type MatchHead = Omit<MatchRow, 'grade' | 'fault' | 'evidence' | 'playedAt'>;

const matchHead = ({ client, server }: Pair, rules: ReadonlyMap<string, string>): MatchHead => ({
  client: client.submission.name,
  clientTask: client.task.id,
  server: server.submission.name,
  serverTask: server.task.id,
  clientDigest: client.submission.digest,
  serverDigest: server.submission.digest,
  checksDigest: `${rules.get(client.task.id) ?? ''} / ${rules.get(server.task.id) ?? ''}`,
});

const matchKey = (row: MatchHead): string =>
  JSON.stringify([row.client, row.clientTask, row.server, row.serverTask]);

const isPlayed = (before: MatchRow | undefined, now: MatchHead): boolean =>
  before !== undefined &&
  !before.grade.checks.some(({ verdict }) => verdict === 'error') &&
  before.clientDigest === now.clientDigest &&
  before.serverDigest === now.serverDigest &&
  before.checksDigest === now.checksDigest;
