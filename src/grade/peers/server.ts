import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KitError, text } from '../../bytes/index.ts';
import { type Grade, type GradedInput, gradeOf, same } from '../../check/index.ts';
import { needProgram } from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import { causeOf } from './causes.ts';
import { foundations, SERVER_CHECKS } from './checks/index.ts';
import { type RefereeOrders, TRIED, type Tried } from './orders.ts';
import { heldBy, ruledFairly, ungraded, unheard } from './fair.ts';
import { WIRE_FILE } from './testimony.ts';
import { DEFAULT_MEMORY_MIB } from './program-end.ts';
import { concluded, telling } from './tries.ts';
import { keepEvidence } from './wire-witness.ts';
import { applicationLine, kernelLine } from './witnesses.ts';

export interface GradeServerOptions {
  /** The server and its arguments; `{port}` and `{host}` stand for where it is to listen. */
  readonly command: readonly string[];
  readonly cwd?: string;
  /** Name or path of a description. */
  readonly protocol: string;
  readonly student?: string | null;
  /** Fixes what is random: where packets are cut, which requests are mixed. */
  readonly seed?: number;
  /** The port of a server that listens on one port only. */
  readonly port?: number;
  /** Whether it is kept from changing this machine; true by default, false for a command that sees to that itself. */
  readonly enclosed?: boolean;
  /** Of it and all that it starts, together; 2048 by default. */
  readonly memoryMiB?: number;
  /** Only these checks, and what they depend on. */
  readonly only?: readonly string[];
  /** A folder for what the grade rests on: the capture, and each try of each check with what the kernel showed. */
  readonly keep?: string;
  readonly progress?: (id: string, verdict: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * The grade of a server: it runs on a host of its own and is driven from another. What the server does wrong is a
 * verdict; what goes wrong with us or with the machine is thrown, or is a check's `error`.
 *
 * @throws KitError `no-program` (machine), `no-worlds`, `driver-failed`, `referee-died`, … and (usage) `no-command`, `unknown-check`, and what
 * loading the protocol throws.
 */
export async function gradeServer(options: GradeServerOptions): Promise<Grade> {
  const { command, student } = options;
  if (command.length === 0)
    throw new KitError('no-command', text('no server to start', '没有给出要启动的服务器'), {
      fault: 'usage',
      hint: text('write -- ./server {port}', '请写 -- ./server {port}'),
    });
  // What is looked for in PATH is this machine's to have: python3, java. `./server` is the student's.
  const [program = ''] = command;
  if (!program.includes('/')) needProgram(program);
  const known = new Set(SERVER_CHECKS.map(({ id }) => id));
  const strange = options.only?.find((id) => !known.has(id));
  if (strange !== undefined)
    throw new KitError('unknown-check', text(`there is no check ${strange}`, `没有检查项 ${strange}`), {
      fault: 'usage',
      hint: text(`The checks: ${[...known].join(', ')}`, `检查项有：${[...known].join('、')}`),
    });
  const protocol = loadProtocol(options.protocol);
  const scratch = mkdtempSync(join(tmpdir(), 'grade-server-'));
  const { keep } = options;
  try {
    const ordersOf = (seed: number): RefereeOrders => ({
      command: [...command],
      cwd: resolve(options.cwd ?? '.'),
      protocol: options.protocol.includes('/') ? resolve(options.protocol) : options.protocol,
      seed,
      fixedPort: options.port ?? null,
      only: options.only === undefined ? null : [...options.only],
      enclosed: options.enclosed ?? true,
      memoryMiB: options.memoryMiB ?? DEFAULT_MEMORY_MIB,
      scratch,
    });
    const program = programPath('referee', import.meta.url);
    const seed = options.seed ?? 1;
    const ruling = await ruledFairly('referee', program, ordersOf, TRIED, { ...options, seed });
    const wanted = options.only && new Set(options.only.flatMap((id) => [...foundations(id)]));
    const chosen = SERVER_CHECKS.filter(({ id }) => wanted?.has(id) !== false);
    if (keep !== undefined) keepEvidence(keep, join(scratch, WIRE_FILE), WIRE_FILE, ruling.checks);
    return gradeOf({
      kind: 'server',
      subject: command.join(' '),
      student: student ?? null,
      protocol: protocol.name,
      problems: ruling.problems,
      checks:
        ruling.hitch === undefined
          ? ruling.checks.flatMap((tried) => gradedTry(tried, ruling.heard, keep !== undefined))
          : ungraded(chosen, ruling.hitch),
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function gradedTry(
  { tries, frames, wire, ladder, contradiction }: Tried,
  heard: boolean,
  kept: boolean,
): GradedInput[] {
  const check = SERVER_CHECKS.find(({ id }) => id === tries[0]?.id);
  const last = telling(tries);
  if (check === undefined || last === undefined) return [];
  const base = {
    id: check.id,
    title: check.title,
    maxPoints: check.points,
    dependsOn: [...check.dependsOn],
    steps: last.steps,
    expected: last.expected,
    actual: last.actual,
  };
  const { verdict, unstable } = concluded(tries);
  if (verdict !== 'fail' && !unstable) return [{ ...base, verdict, ...heldBy(last) }];
  if (contradiction !== null)
    return [{ ...base, verdict: 'error', because: 'kit', actual: same(contradiction) }];
  const cause =
    last.symptom === null ? undefined : causeOf(last.symptom, last.facts, last.output.trim() !== '');
  const witnesses = [
    ...(last.peer === null ? [] : [applicationLine(last.peer)]),
    ...(wire === null ? [] : [wire]),
    ...(last.facts === null ? [] : [kernelLine(last.facts)]),
  ];
  return [
    {
      ...base,
      verdict: 'fail',
      hint: check.hint,
      witnesses,
      where: kept && frames.length > 0 ? [{ witness: 'wire', file: WIRE_FILE, frames }] : [],
      ...(unstable ? { unstable } : {}),
      ...(check.lab === undefined ? {} : { lab: check.lab }),
      ...(cause === undefined ? {} : { cause }),
      ...(ladder === null ? {} : { ladder }),
      ...(last.bytes === null ? {} : { bytes: last.bytes }),
      ...(last.output === '' ? {} : { output: last.output }),
      // That the server ended, or never listened, the kernel says by itself.
      ...(heard || unstable || last.peer === null ? {} : unheard(last.actual)),
    },
  ];
}
