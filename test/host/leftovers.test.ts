import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import type { StageKind } from '../../src/host/index.ts';
import { until } from '../helpers/until.ts';
import { type Actor, ACTORS, lacks, launcherCommand, launcherEnv, nobodyLacks } from './support/perform.ts';
import { type Marked, markedBy } from './support/processes.ts';

const STEPS = ['started', 'world', 'server', 'capture', 'traffic'] as const;
type Step = (typeof STEPS)[number];

/** How many of the steps each victim is killed at, chosen anew in each run; HOST_KILLS=5 takes all. */
const KILLS = Number(process.env['HOST_KILLS'] ?? 2);

/** Some of `steps`, in their order. */
function some(steps: readonly Step[]): Step[] {
  const chosen = new Set([...steps].sort(() => Math.random() - 0.5).slice(0, KILLS));
  return steps.filter((step) => chosen.has(step));
}

/** Each test plays a lab several times over, on a machine that may have other work. */
const BOUND_MS = 300_000;

const soon = <T>(what: string, probe: () => T | undefined | false): Promise<T> => until(what, probe, 60_000);

const folder = await mkdtemp(join(tmpdir(), 'leftovers-'));
afterAll(() => rm(folder, { recursive: true }));

/** Where to find each victim among the processes of a run. */
const VICTIMS: Record<string, (process: Marked) => boolean> = {
  parent: ({ command }) => command.includes('launcher.ts'),
  unshare: ({ command }) => command.startsWith('unshare -U') || command.startsWith('unshare -p'),
  'first process': ({ command }) => command.startsWith('sh -c "$@"; exit $?'),
  worker: ({ command }) => command.includes('worker.ts') && command.startsWith(process.execPath),
  'host holder': ({ command }) => command.endsWith('/sleep infinity'),
  'process on a host': ({ command }) =>
    command.includes('echo-server.ts') && command.startsWith(process.execPath),
  sweeper: ({ command }) => command.includes('sweeper'),
};

/** Runs `busy`, kills the victim a random moment after `step`, and resolves with what is left when all should be gone. */
async function killAt(victim: string, step: Step, kind: StageKind, as: Actor): Promise<void> {
  const mark = `SOCKET_LAB_TEST=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  const args = { folder, capture: kind === 'namespaces' && as === 'self' };
  const [file = '', ...rest] = launcherCommand('busy', args, as, kind);
  const launcher = execa(file, rest, {
    reject: false,
    buffer: false,
    cleanup: true,
    env: { ...launcherEnv, [name]: value },
  });
  let printed = '';
  launcher.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  launcher.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await soon(`step ${step}`, () => {
    if (printed.includes(`"step":"${step}"`)) return true;
    throw new Error(`printed until now: ${printed}`);
  });
  // A moment that nobody chose: that many more turns of the event loop.
  for (let turns = Math.floor(Math.random() * 2000); turns > 0; turns--) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const target = markedBy(mark).find((process) => VICTIMS[victim]?.(process) === true);
  if (target === undefined)
    throw new Error(`no ${victim} among ${JSON.stringify(markedBy(mark))} ${printed}`);
  const networks = new Set(markedBy(mark).map(({ network }) => network));
  process.kill(target.pid, 'SIGKILL');
  let told: Marked | undefined;
  if (victim === 'process on a host' || victim === 'host holder' || victim === 'sweeper') {
    // Not the end of the stage: the worker goes on, so it is ended in the ordinary way.
    await soon('the victim is gone', () => !markedBy(mark).some(({ pid }) => pid === target.pid));
    const worker = markedBy(mark).find((process) => VICTIMS['worker']?.(process));
    told = worker;
    if (worker !== undefined) process.kill(worker.pid, 'SIGTERM');
  }
  let over = false;
  void launcher.then(() => (over = true));
  await soon('the launcher ends', () => {
    if (!over) throw new Error(`told ${told?.pid} left ${JSON.stringify(markedBy(mark))} ${printed}`);
    return true;
  });
  await soon('nothing is left', () => {
    const left = markedBy(mark);
    // Not a rejection: `until` shows the last error.
    if (left.length > 0) throw new Error(`left after the ${victim} at ${step}: ${JSON.stringify(left)}`);
    return true;
  });
  // The namespaces went with the processes; only ours may still be in use.
  expect(networks.size).toBeGreaterThan(kind === 'namespaces' && step !== 'started' ? 3 : 0);
}

const chain = ['parent', 'unshare', 'first process', 'worker', 'host holder', 'process on a host'];
for (const as of ACTORS) {
  const why = lacks || (as === 'nobody' && nobodyLacks !== '' ? ` (skipped: ${nobodyLacks})` : '');
  test.skipIf(why !== '').each(chain)(
    `kill -9 of the %s, as ${as}, leaves nothing in namespaces${why}`,
    async (victim) => {
      const steps =
        victim === 'host holder' ? STEPS.slice(1) : victim === 'process on a host' ? STEPS.slice(2) : STEPS;
      for (const step of some(steps)) await killAt(victim, step, 'namespaces', as);
    },
    BOUND_MS,
  );
  const linux = process.platform === 'linux' ? why : ' (skipped: needs Linux)';
  test.skipIf(linux !== '').each(['parent', 'worker', 'process on a host', 'sweeper'])(
    `kill -9 of the %s, as ${as}, leaves nothing on loopback${linux}`,
    async (victim) => {
      const steps = victim === 'process on a host' ? STEPS.slice(2) : STEPS;
      for (const step of some(steps)) await killAt(victim, step, 'loopback', as);
    },
    BOUND_MS,
  );
}
