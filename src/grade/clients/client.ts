import { resolve } from 'node:path';
import { KitError } from '../../bytes/index.ts';
import { type Grade, type GradedInput, gradeOf } from '../../check/index.ts';
import { describeEnd, probeWorlds, startStage } from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import { clientCause } from './causes.ts';
import { CLIENT_CHECKS } from './checks.ts';
import { CLIENT_RULING, type ClientOrders, type ClientRuling } from './orders.ts';
import type { ClientScript } from './script.ts';

export interface GradeClientOptions {
  /** The client and its arguments; `{host}` and `{port}` stand for the server's. */
  readonly command: readonly string[];
  readonly script: ClientScript;
  readonly cwd?: string;
  /** Name or path of a description. */
  readonly protocol: string;
  readonly student?: string | null;
  readonly seed?: number;
  /** Only these checks, and what they depend on. */
  readonly only?: readonly string[];
  readonly progress?: (id: string, verdict: string) => void;
  readonly signal?: AbortSignal;
}

type Tried = Extract<ClientRuling, { news: 'tried' }>;

/**
 * The grade of a client: it runs on a host of its own, is driven through its standard input as the script says, and
 * talks to a server that answers well or badly. What the client does wrong is a verdict; what goes wrong with us or
 * with the machine is thrown, or is a check's `error`.
 *
 * @throws KitError `no-worlds`, `teacher-failed`, `examiner-died`, … and (usage) `no-command`, `unknown-check`, and what
 * loading the protocol throws.
 */
export async function gradeClient(options: GradeClientOptions): Promise<Grade> {
  const { command, student, only, script } = options;
  if (command.length === 0)
    throw new KitError('no-command', 'no client to start', {
      fault: 'usage',
      hint: 'write -- ./client {host} {port}',
    });
  const ids = CLIENT_CHECKS.map(({ id }) => id);
  const strange = only?.find((id) => !ids.includes(id));
  if (strange !== undefined)
    throw new KitError('unknown-check', `there is no check ${strange}`, {
      fault: 'usage',
      hint: `The checks: ${ids.join(', ')}`,
    });
  const protocol = loadProtocol(options.protocol);
  const tried = await examine(
    {
      command: [...command],
      cwd: resolve(options.cwd ?? '.'),
      protocol: options.protocol.includes('/') ? resolve(options.protocol) : options.protocol,
      seed: options.seed ?? 1,
      script,
      only: only === undefined ? null : [...only],
    },
    options,
  );
  return gradeOf({
    kind: 'client',
    subject: command.join(' '),
    student: student ?? null,
    protocol: protocol.name,
    checks: tried.flatMap(graded),
  });
}

async function examine(orders: ClientOrders, { progress, signal }: GradeClientOptions): Promise<Tried[]> {
  const ability = await probeWorlds();
  const program = [process.execPath, programPath('examiner', import.meta.url), JSON.stringify(orders)];
  const stage = startStage(program, { ability, ipc: true, ...(signal === undefined ? {} : { signal }) });
  const tried: Tried[] = [];
  let outcome: Exclude<ClientRuling, Tried> | undefined;
  stage.process.onMessage((message) => {
    const news = CLIENT_RULING.parse(message);
    if (news.news !== 'tried') {
      outcome = news;
      return;
    }
    tried.push(news);
    const last = news.tries.at(-1);
    if (last !== undefined) progress?.(last.id, last.verdict);
  });
  const end = await stage.ended;
  if (outcome?.news === 'complete') return tried;
  if (outcome?.news === 'failed') {
    const { code, message, hint, fault } = outcome;
    throw new KitError(code, message, { fault, ...(hint === null ? {} : { hint }) });
  }
  const words = stage.process.errors.text.trim().split('\n').slice(-3).join('\n');
  throw new KitError('examiner-died', `the grading process died (${describeEnd(end)}): ${words}`);
}

function graded({ tries, unstable }: Tried): GradedInput[] {
  const check = CLIENT_CHECKS.find(({ id }) => id === tries[0]?.id);
  // The first try tells what an unstable check can do wrong; otherwise the last one counts.
  const told = unstable ? tries[0] : tries.at(-1);
  if (check === undefined || told === undefined) return [];
  const { verdict, steps, expected, actual, symptom, output } = told;
  const { id, title, points, dependsOn, hint, lab } = check;
  const base = { id, title, maxPoints: points, dependsOn: [...dependsOn], verdict, steps, expected, actual };
  if (verdict !== 'fail') return [base];
  return [
    {
      ...base,
      hint,
      ...(unstable ? { unstable } : {}),
      ...(lab === undefined ? {} : { lab }),
      ...(symptom === null ? {} : { cause: clientCause(symptom) }),
      ...(output === '' ? {} : { output }),
    },
  ];
}
