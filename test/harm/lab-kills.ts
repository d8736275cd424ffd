import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { MANIFEST } from '../../src/check/manifest.ts';
import { RESULT } from '../../src/check/result.ts';
import { INSTANCE_PREFIX, whyNoStateTrace } from '../../src/host/state-trace.ts';
import { type Marked, markedBy } from '../host/support/processes.ts';
import { chatLab, startChatLab } from '../helpers/lab.ts';
import { until } from '../helpers/until.ts';
import type { Chance } from './random.ts';

/** Who is killed, and how it is known among the processes of a run. */
const VICTIMS = {
  runner: /chat-lab\.[jt]s run /,
  client: /^\S*node\S* .*(actor|peer)\.[jt]s \S* ?client /,
  server: /^\S*node\S* .*(chatd\.[jt]s run |peer\.[jt]s server )/,
  tcpdump: /^\S*tcpdump .*\.pcap/,
} as const;
export type Victim = keyof typeof VICTIMS;
export const VICTIM_NAMES = Object.keys(VICTIMS) as Victim[];

export interface KillFigures {
  readonly kills: number;
  /** Runs that had come to their end before the moment or the victim was there, or in spite of its death. */
  readonly complete: number;
  /** Runs whose evidence is marked incomplete, or that left none yet. */
  readonly incomplete: number;
  readonly byVictim: Readonly<Record<string, number>>;
}

/** Much longer than any run, on a machine that has other work: against hanging. */
const BOUND_MS = 300_000;
/** So often it is tried to come before the end of a run. */
const TRIES = 5;

/**
 * Runs `lab` again and again and kills one of its processes with SIGKILL at a moment by chance, each kind of victim in
 * its turn; a run that is over before that is one more that must be whole, and it is tried again. Then the same lab once more in peace. Throws when something is left of a run, when evidence without all its
 * witnesses passes for a whole one, or when the last run does not pass. `folder` must be there and empty.
 */
export async function killLabs(
  lab: string,
  times: number,
  chance: Chance,
  folder: string,
): Promise<KillFigures> {
  let usualMs = await peacefulRun(lab, join(folder, 'before'));
  let [complete, incomplete] = [0, 0];
  const byVictim: Record<string, number> = {};
  for (let time = 1; time <= times; time++) {
    const victim = VICTIM_NAMES[(time - 1) % VICTIM_NAMES.length] ?? 'runner';
    for (let killed = false, tries = 1; !killed && tries <= TRIES; tries++) {
      const momentMs = chance.below(Math.ceil(usualMs));
      const what = `run ${time}.${tries}: kill -9 of ${victim} after ${momentMs} of ${Math.round(usualMs)} ms`;
      try {
        const run = await killedRun(lab, victim, momentMs, join(folder, `${time}.${tries}`));
        killed = run.killed;
        if (killed) byVictim[victim] = (byVictim[victim] ?? 0) + 1;
        // The first run may have met a machine with much else to do: then all moments would be behind the end of the
        // others. (So it was once: none of eight kills came before.)
        else usualMs = Math.min(usualMs, run.tookMs);
        if (run.whole) complete += 1;
        else incomplete += 1;
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
  }
  await peacefulRun(lab, join(folder, 'after'));
  const kills = Object.values(byVictim).reduce((sum, count) => sum + count, 0);
  return { kills, complete, incomplete, byVictim };
}

/** Milliseconds that the lab takes from its start until everything of it has ended. */
async function peacefulRun(lab: string, directory: string): Promise<number> {
  const beginMs = performance.now();
  const { code, stdout, stderr } = await chatLab(['run', lab, '--out', directory], { timeoutMs: BOUND_MS });
  if (code !== 0) throw new Error(`a run in peace ends with ${code ?? '?'}: ${stdout}${stderr}`);
  return performance.now() - beginMs;
}

async function killedRun(
  lab: string,
  victim: Victim,
  momentMs: number,
  folder: string,
): Promise<{ killed: boolean; whole: boolean; tookMs: number }> {
  const [directory, temporary] = [join(folder, 'run'), join(folder, 'tmp')];
  mkdirSync(temporary, { recursive: true });
  const mark = `LAB_KILLS=${folder}`;
  const beginMs = performance.now();
  const run = startChatLab(['run', lab, '--out', directory], {
    env: { LAB_KILLS: folder, TMPDIR: temporary },
    timeoutMs: BOUND_MS,
  });
  let over = false;
  void run.then(() => (over = true));
  await until('the moment', () => over || performance.now() - beginMs >= momentMs, BOUND_MS);
  // Not there yet at that moment: killed as soon as it is.
  const target = await until(
    `a ${victim}, or the end of the run`,
    () => over || markedBy(mark).find(({ command }) => VICTIMS[victim].test(command)),
    BOUND_MS,
  );
  const members = markedBy(mark);
  const killed = target !== true && kill(target.pid);
  const { exitCode, stdout } = await run;
  const tookMs = performance.now() - beginMs;

  await nothingLeft(mark, members, temporary);
  const whole = await judged(directory, exitCode);
  if (!whole && /checks pass/.test(stdout)) throw new Error(`it speaks of passed checks: ${stdout}`);
  return { killed, whole, tookMs };
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between our look and the signal.
    return false;
  }
}

/** No process, no namespace, no mount, no file elsewhere, no instance of the kernel's trace. */
async function nothingLeft(mark: string, members: readonly Marked[], temporary: string): Promise<void> {
  const own = readlinkSync('/proc/self/ns/net');
  const networks = new Set(members.map(({ network }) => network).filter((network) => network !== own));
  await until(
    'nothing of the run is left',
    () => {
      const left = [...markedBy(mark), ...processesIn(networks)];
      if (left.length > 0) throw new Error(JSON.stringify(left));
      return true;
    },
    60_000,
  );
  const files = readdirSync(temporary);
  if (files.length > 0) throw new Error(`left in the folder for temporary files: ${files.join(', ')}`);
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(temporary)) throw new Error('a mount is left');
  if (whyNoStateTrace() !== undefined) return;
  const names = members.flatMap(
    ({ command }) => new RegExp(`${INSTANCE_PREFIX}[0-9a-f-]{36}`).exec(command)?.[0] ?? [],
  );
  await until(
    'the instance of the trace is gone',
    async () => {
      const there = await traceInstances();
      return names.every((name) => !there.includes(name));
    },
    60_000,
  );
}

/** Processes whose network is one of these, whatever they carry in their environment. */
function processesIn(networks: ReadonlySet<string>): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return networks.has(readlinkSync(`/proc/${pid}/ns/net`));
      } catch {
        // It ended while we looked.
        return false;
      }
    });
}

async function traceInstances(): Promise<string> {
  const { stdout } = await execa('unshare', [
    ...['-m', 'sh', '-c'],
    '[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; ls /sys/kernel/tracing/instances',
  ]);
  return stdout;
}

/** Whether the run is complete. Evidence that is not must not pass for it, by the command's exit code nor by a review. */
async function judged(directory: string, exitCode: number | undefined): Promise<boolean> {
  const file = join(directory, 'evidence.json');
  if (!existsSync(file)) {
    if (exitCode === 0) throw new Error('exit code 0 without evidence');
    return false;
  }
  const manifest = MANIFEST.parse(JSON.parse(readFileSync(file, 'utf8')));
  const { code } = await chatLab(['report', directory], { timeoutMs: BOUND_MS });
  const { complete, verdicts } = RESULT.parse(
    JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')),
  );
  const passed = verdicts.filter(({ verdict }) => verdict === 'pass');
  if (manifest.status !== 'complete') {
    if (complete || passed.length > 0 || code === 0 || exitCode === 0)
      throw new Error(
        `evidence that is ${manifest.status} passes (exit codes ${exitCode ?? '–'}, ${code ?? '–'})`,
      );
    return false;
  }
  // All its witnesses spoke to the end; whoever was killed had done its part, or the checks say what is missing.
  const silent = manifest.hosts.filter(({ capture }) => capture === null);
  if (silent.length > 0) throw new Error('complete, and a capture is missing');
  if ((passed.length === verdicts.length) !== (code === 0))
    throw new Error('verdicts and exit code disagree');
  return true;
}
