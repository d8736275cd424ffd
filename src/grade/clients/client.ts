import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KitError, text } from '../../bytes/index.ts';
import { type Grade, type GradedInput, gradeOf, same } from '../../check/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import { heldBy, ruledFairly, ungraded, unheard } from '../peers/fair.ts';
import { DEFAULT_MEMORY_MIB } from '../peers/program-end.ts';
import { concluded, telling } from '../peers/tries.ts';
import { keepEvidence } from '../peers/wire-witness.ts';
import { clientCause } from './causes.ts';
import { CLIENT_CHECKS, clientFoundations } from './checks.ts';
import { CLIENT_TRIED, type ClientOrders, type ClientTried } from './orders.ts';
import type { ClientScript } from './script.ts';
import { CLIENT_WIRE } from './testimony.ts';
import { callsLine, pupilLine } from './witnesses.ts';

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
  /** The port of a client that knows one only. */
  readonly port?: number;
  /** Whether it is kept from changing this machine; true by default, false for a command that sees to that itself. */
  readonly enclosed?: boolean;
  /** Of it and all that it starts, together; 2048 by default. */
  readonly memoryMiB?: number;
  /** A folder for what the grade rests on: the capture, and each try of each check. */
  readonly keep?: string;
  readonly progress?: (id: string, verdict: string) => void;
  readonly signal?: AbortSignal;
}

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
    throw new KitError('no-command', text('no client to start', '没有给出要启动的客户端'), {
      fault: 'usage',
      hint: text('write -- ./client {host} {port}', '请写 -- ./client {host} {port}'),
    });
  const ids = CLIENT_CHECKS.map(({ id }) => id);
  const strange = only?.find((id) => !ids.includes(id));
  if (strange !== undefined)
    throw new KitError('unknown-check', text(`there is no check ${strange}`, `没有检查项 ${strange}`), {
      fault: 'usage',
      hint: text(`The checks: ${ids.join(', ')}`, `检查项有：${ids.join('、')}`),
    });
  const protocol = loadProtocol(options.protocol);
  const scratch = mkdtempSync(join(tmpdir(), 'grade-client-'));
  const { keep } = options;
  try {
    const capture = join(scratch, CLIENT_WIRE);
    const ordersOf = (seed: number): ClientOrders => ({
      command: [...command],
      cwd: resolve(options.cwd ?? '.'),
      protocol: options.protocol.includes('/') ? resolve(options.protocol) : options.protocol,
      seed,
      script,
      only: only === undefined ? null : [...only],
      port: options.port ?? null,
      enclosed: options.enclosed ?? true,
      memoryMiB: options.memoryMiB ?? DEFAULT_MEMORY_MIB,
      capture,
    });
    const program = programPath('examiner', import.meta.url);
    const seed = options.seed ?? 1;
    const ruling = await ruledFairly('examiner', program, ordersOf, CLIENT_TRIED, { ...options, seed });
    const { checks, problems, heard, hitch } = ruling;
    if (keep !== undefined) keepEvidence(keep, capture, CLIENT_WIRE, checks);
    const wanted = only && new Set(only.flatMap((id) => [...clientFoundations(id)]));
    const chosen = CLIENT_CHECKS.filter(({ id }) => wanted?.has(id) !== false);
    return gradeOf({
      kind: 'client',
      subject: command.join(' '),
      student: student ?? null,
      protocol: protocol.name,
      problems,
      checks:
        hitch === undefined
          ? checks.flatMap((tried) => graded(tried, heard, keep !== undefined))
          : ungraded(chosen, hitch),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function graded(tried: ClientTried, heard: boolean, kept: boolean): GradedInput[] {
  const { tries, wire, frames, ladder, bytes, contradiction } = tried;
  const check = CLIENT_CHECKS.find(({ id }) => id === tries[0]?.id);
  const told = telling(tries);
  if (check === undefined || told === undefined) return [];
  const { steps, expected, actual, symptom, output, seen } = told;
  const { id, title, points, dependsOn, hint, lab } = check;
  const base = { id, title, maxPoints: points, dependsOn: [...dependsOn], steps, expected, actual };
  const { verdict, unstable } = concluded(tries);
  if (verdict !== 'fail' && !unstable) return [{ ...base, verdict, ...heldBy(told) }];
  if (contradiction !== null)
    return [{ ...base, verdict: 'error', because: 'kit', actual: same(contradiction) }];
  const witnesses =
    seen === null ? [] : [callsLine(seen.calls), ...(wire === null ? [] : [wire]), pupilLine(seen.facts)];
  return [
    {
      ...base,
      verdict: 'fail',
      hint,
      witnesses,
      where: kept && frames.length > 0 ? [{ witness: 'wire', file: CLIENT_WIRE, frames }] : [],
      ...(unstable ? { unstable } : {}),
      ...(lab === undefined ? {} : { lab }),
      ...(symptom === null ? {} : { cause: clientCause(symptom) }),
      ...(ladder === null ? {} : { ladder }),
      ...(bytes === null ? {} : { bytes }),
      ...(output === '' ? {} : { output }),
      ...(heard || unstable ? {} : unheard(actual)),
    },
  ];
}
