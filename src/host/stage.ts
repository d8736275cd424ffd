/**
 * A stage is where one run of a lab lives: a worker process and everything that it starts, ended together.
 *
 * With namespaces the kernel does the cleaning: all processes of the stage are in one pid namespace whose first
 * process waits for the worker, and the network namespaces have no other users. Any death in the chain
 * parent → unshare → shell → worker pulls the rest with it, SIGKILL included; docs/WORLDS.md draws it.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { english, KitError } from '../bytes/index.ts';
import type { WorldsAbility } from './ability.ts';
import { dieWithParent, unshareAll } from './launchers.ts';
import { type HostProcess, launch, type ProcessEnd, type SpawnOptions } from './process.ts';
import { STAGE_ID, STAGE_KIND, STAGE_ROOTLESS, type StageKind } from './stage-facts.ts';
import { Sweeper } from './sweep.ts';

export type StageOptions = SpawnOptions & {
  /** From `probeWorlds()`. */
  ability: WorldsAbility;
  /** The kind to use; by default the best that the machine can do. */
  kind?: StageKind;
};

export type Stage = {
  readonly id: string;
  readonly kind: StageKind;
  /** The outermost process: streams, IPC and end are the worker's. */
  readonly process: HostProcess;
  /**
   * Resolves when the worker has ended and nothing of the stage is left. With namespaces a worker that died of a
   * signal shows as exit code 128 + its number, as shells say it. Rejects with `not-swept` when a loopback stage could
   * not be cleaned.
   */
  readonly ended: Promise<ProcessEnd>;
  /** The worker's pid as this process sees it; undefined before it has started and after it has ended. */
  workerPid(): number | undefined;
  /** Sends a signal to the worker; false when there is none. */
  signalWorker(signal: NodeJS.Signals): boolean;
  /** SIGTERM to the worker, SIGKILL to all when `graceMs` have passed; resolves with `ended`. */
  stop(graceMs?: number): Promise<ProcessEnd>;
};

/** Starts `command` on a new stage. Throws `no-namespaces` or `no-worlds` (machine) with the probe's reason. */
export function startStage(command: readonly string[], options: StageOptions): Stage {
  const { ability, kind: asked, signal, ...rest } = options;
  const kind = asked ?? (ability.kind === 'none' ? 'loopback' : ability.kind);
  refuse(ability, kind);
  const id = randomUUID();
  const env = {
    ...rest.env,
    [STAGE_ID]: id,
    [STAGE_KIND]: kind,
    [STAGE_ROOTLESS]: ability.rootless ? '1' : '0',
  };
  const sweeper = kind === 'loopback' ? new Sweeper(id) : undefined;
  const launchers =
    kind === 'namespaces' && ability.form !== undefined
      ? [...dieWithParent(), ...unshareAll(ability.form)]
      : dieWithParent();
  const outer = launch(launchers, command, { ...rest, env, detached: true });
  sweeper?.watch(outer.pid);

  const workerPid = (): number | undefined => {
    if (outer.end !== undefined) return undefined;
    if (kind === 'loopback') return outer.pid;
    const shell = childOf(outer.pid);
    return shell === undefined ? undefined : childOf(shell);
  };
  const signalWorker = (name: NodeJS.Signals): boolean => {
    const pid = workerPid();
    return pid !== undefined && sendSignal(pid, name);
  };
  const ended = outer.ended.then(async (end) => {
    await sweeper?.sweep();
    return end;
  });
  const stop = async (graceMs = 3_000): Promise<ProcessEnd> => {
    signalWorker('SIGTERM');
    const force = setTimeout(() => outer.kill('SIGKILL'), graceMs);
    const end = await ended;
    clearTimeout(force);
    return end;
  };
  if (signal !== undefined) {
    const abort = (): void => void stop().catch(() => undefined);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    // Whoever awaits `ended` hears of its error.
    const forget = (): void => signal.removeEventListener('abort', abort);
    void ended.then(forget, forget);
  }
  return { id, kind, process: outer, ended, workerPid, signalWorker, stop };
}

function refuse(ability: WorldsAbility, kind: StageKind): void {
  if (ability.kind === 'namespaces' || ability.kind === kind) return;
  const code = ability.kind === 'none' ? 'no-worlds' : 'no-namespaces';
  throw new KitError(code, english(ability.why ?? 'worlds cannot be made here'), {
    fault: 'machine',
    ...(ability.mend === undefined ? {} : { hint: english(ability.mend) }),
  });
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // It ended between our look and the signal.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** The first child of `pid`. /proc/…/children is an option of the kernel that not all have, so we look at all. */
function childOf(pid: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (parentOf(name) === pid) return Number(name);
  }
  return undefined;
}

function parentOf(pid: string): number | undefined {
  try {
    // "pid (comm) state ppid …", and comm may hold spaces and brackets.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
