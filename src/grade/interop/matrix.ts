/** Every student's client against every student's server of the same protocol: who meets whom, and what came of it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KitError, safeText } from '../../bytes/index.ts';
import { type Grade, gradeOf, gradeText, text, type Text } from '../../check/index.ts';
import type { SandboxLimits } from '../../host/index.ts';
import { ownFolder, replaceOwnFile } from '../../files/index.ts';
import { loadProtocol, readDescription } from '../../wire/index.ts';
import type { Task, TaskOf } from '../class/class-file.ts';
import { peerCommand, peerProblem, peerProtocol, type PeerTask, scriptFile } from '../class/peer-command.ts';
import type { Submission } from '../class/submissions.ts';
import { readClientScript } from '../clients/script.ts';
import type { AtFault } from './orders.ts';
import { type PairResult, playPair } from './pair.ts';

/** A submission's client or server, ready to be matched, or why it is not. */
interface EntrantOf<T extends PeerTask> {
  readonly submission: Submission;
  readonly task: T;
  /** Digest of the protocol's description: those of one protocol can meet. */
  readonly speaks: string;
  /** Why it meets nobody; undefined: it can. */
  readonly barred: Text | undefined;
}
export type Entrant = EntrantOf<PeerTask>;
type ClientEntrant = EntrantOf<TaskOf<'client'>>;
type ServerEntrant = EntrantOf<TaskOf<'server'>>;

export interface Pair {
  readonly client: ClientEntrant;
  readonly server: ServerEntrant;
}

/** The check without which a program cannot be matched with anybody. */
const FIRST: Readonly<Record<PeerTask['kind'], string>> = { client: 'connects', server: 'starts' };

/** `gradeOf` gives a submission's own grade of a task. */
export function entrants(
  submissions: readonly Submission[],
  tasks: readonly Task[],
  own: (submission: string, task: string) => Grade | undefined,
): Entrant[] {
  return tasks.flatMap((task) =>
    task.kind === 'server' || task.kind === 'client'
      ? submissions.map((submission) => entrant(submission, task, own(submission.name, task.id)))
      : [],
  );
}

function entrant(submission: Submission, task: PeerTask, grade: Grade | undefined): Entrant {
  const barred = (why: Text): Entrant => ({ submission, task, speaks: '', barred: why });
  if (submission.folder === '') return barred(text('the submission cannot be read', '无法读取该提交'));
  const problem = peerProblem(submission.folder, task);
  if (problem !== undefined) return barred(problem);
  const first = grade?.checks.find(({ id }) => id === FIRST[task.kind]);
  if (first?.verdict !== 'pass') {
    const check = FIRST[task.kind];
    return barred(text(`its own check ${check} does not pass`, `其自身的检查 ${check} 未通过`));
  }
  const { text: description } = readDescription(peerProtocol(submission.folder, task));
  return {
    ...{ submission, task, barred: undefined },
    speaks: createHash('sha256').update(description).digest('hex'),
  };
}

const isClient = (one: Entrant): one is ClientEntrant => one.task.kind === 'client';
const isServer = (one: Entrant): one is ServerEntrant => one.task.kind === 'server';

/** All that can meet: one's own server is met, too, and is what one has tried. */
export function pairs(all: readonly Entrant[]): Pair[] {
  const able = all.filter(({ barred }) => barred === undefined);
  return able.filter(isClient).flatMap((client) =>
    able
      .filter(isServer)
      .filter(({ speaks }) => speaks === client.speaks)
      .map((server) => ({ client, server })),
  );
}

/** What is kept of a match. */
export interface Played {
  readonly grade: Grade;
  readonly fault: AtFault | null;
  /** The folder with what was seen. */
  readonly evidence: string;
}

export interface PlaySetting {
  readonly limits: SandboxLimits;
  /** Where the folders of the matches go. */
  readonly evidence: string;
  readonly signal?: AbortSignal;
}

/** Names are the students': what is no letter of a path becomes one, and the digest keeps two names two. */
const folderName = (name: string): string =>
  /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,60}$/.test(name)
    ? name
    : `${name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 40)}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;

/** Plays one match and leaves its capture and its story behind; what goes wrong with us costs nobody anything. */
export async function play({ client, server }: Pair, setting: PlaySetting): Promise<Played> {
  const { limits, signal } = setting;
  const names = [client, server].map(({ submission, task }) => `${folderName(submission.name)}.${task.id}`);
  const evidence = join(setting.evidence, names.join('--'));
  ownFolder(setting.evidence);
  ownFolder(evidence);
  const script = scriptFile(client.submission.folder, client.task);
  const protocol = peerProtocol(server.submission.folder, server.task);
  const subject = `${client.submission.name} × ${server.submission.name}`;
  const orders = {
    protocol,
    script: readClientScript(readFileSync(script, 'utf8'), client.task.script),
    client: peerCommand(client.submission.folder, client.task, limits),
    server: peerCommand(server.submission.folder, server.task, limits),
    memoryMiB: limits.memoryMiB,
    seed: 1,
    capture: join(evidence, 'wire.pcap'),
  };
  const about = { subject, protocol: loadProtocol(protocol).name };
  const { grade, fault } = await twice(() => playPair(orders, about, signal), signal).catch(
    (error: unknown) => ({
      grade: notPlayed(about, error),
      fault: null,
    }),
  );
  replaceOwnFile(join(evidence, 'story.txt'), gradeText(grade, 'en'));
  replaceOwnFile(join(evidence, 'story.zh.txt'), gradeText(grade, 'zh'));
  return { grade, fault, evidence };
}

/** What failed must fail again: what then works is unstable, and nobody's fault. What broke is played again, too. */
async function twice(once: () => Promise<PairResult>, signal?: AbortSignal): Promise<PairResult> {
  const first = await once().catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    return once();
  });
  if (first.fault === null) return first;
  const second = await once();
  if (second.fault !== null) return second;
  const checks = first.grade.checks.map((check) =>
    check.verdict === 'fail' ? { ...check, unstable: true, points: check.maxPoints } : check,
  );
  return { grade: gradeOf({ ...first.grade, checks }), fault: null };
}

function notPlayed(about: { readonly subject: string; readonly protocol: string }, error: unknown): Grade {
  const why = safeText(error instanceof KitError || error instanceof Error ? error.message : String(error));
  const check = {
    id: 'played',
    title: text('The two were matched', '二者进行了对接'),
    expected: text('a match', '一次对接'),
    maxPoints: 0,
  };
  return gradeOf({
    kind: 'interop',
    ...about,
    checks: [{ ...check, verdict: 'error', actual: text(why, why) }],
  });
}
