import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Stage, type StageKind, startStage, type WorldsAbility } from '../../src/host/index.ts';
import { until } from '../helpers/until.ts';
import { ability, lacks, perform } from './support/perform.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const ENDING = [process.execPath, file('support/worker.ts'), file('scenarios/ending.ts')];

function startEnding(how: string, kind: StageKind, signal?: AbortSignal): Stage & { messages: unknown[] } {
  const stage = startStage([...ENDING, JSON.stringify({ how })], {
    ability,
    kind,
    ipc: true,
    ...(signal === undefined ? {} : { signal }),
  });
  const messages: unknown[] = [];
  stage.process.onMessage((message) => messages.push(message));
  return { ...stage, messages };
}

const ready = ({ messages }: { messages: unknown[] }): Promise<true> =>
  until('ready', () => messages.some((message) => JSON.stringify(message) === '{"ready":true}'));

const kinds: StageKind[] = ['namespaces', 'loopback'];
for (const kind of kinds) {
  const why = kind === 'loopback' && ability.kind !== 'none' ? '' : lacks;

  test.skipIf(why !== '')(`a worker's exit code is the stage's (${kind})${why}`, async () => {
    expect(await startEnding('exit', kind).ended).toEqual({ code: 7 });
  });

  test.skipIf(why !== '')(`a worker that dies of a signal ends the stage (${kind})${why}`, async () => {
    const end = await startEnding('signal', kind).ended;
    // With namespaces a shell reports it, by its code.
    expect(end).toEqual(kind === 'namespaces' ? { code: 128 + 9 } : { signal: 'SIGKILL' });
  });

  test.skipIf(why !== '')(`stop asks the worker first (${kind})${why}`, async () => {
    const stage = startEnding('wait', kind);
    await ready(stage);
    expect(stage.workerPid()).toBeGreaterThan(1);
    expect(await stage.stop()).toEqual({ code: 42 });
    expect(stage.workerPid()).toBeUndefined();
    expect(stage.signalWorker('SIGTERM')).toBe(false);
  });

  test.skipIf(why !== '')(`stop ends a worker that does not listen (${kind})${why}`, async () => {
    const stage = startEnding('ignore', kind);
    await ready(stage);
    expect(await stage.stop(50)).toEqual({ signal: 'SIGKILL' });
  });

  test.skipIf(why !== '')(`an abort stops the stage (${kind})${why}`, async () => {
    const controller = new AbortController();
    const stage = startEnding('wait', kind, controller.signal);
    await ready(stage);
    controller.abort();
    expect(await stage.ended).toEqual({ code: 42 });
  });
}

test.skipIf(lacks !== '')(
  `in its pid namespace the worker is a child of the first process${lacks}`,
  async () => {
    const stage = startEnding('exit', 'namespaces');
    await stage.ended;
    expect(stage.messages[0]).toMatchObject({ pid: 2, ppid: 1 });
  },
);

test.skipIf(lacks !== '')(`worlds with the same addresses and ports live side by side${lacks}`, async () => {
  const play = () =>
    perform<{ answers: string; stats: unknown[] }>('exchange', { lines: 5, subnet: '10.77.12.0/24' });
  for (const { answers, stats } of await Promise.all([play(), play(), play()])) {
    expect(answers).toContain('all answered');
    expect(stats).toEqual([expect.objectContaining({ dropped: 0 }), expect.objectContaining({ dropped: 0 })]);
  }
});

const without: WorldsAbility = {
  kind: 'loopback',
  form: undefined,
  rootless: false,
  why: 'user namespaces are switched off',
  mend: 'sudo sysctl -w user.max_user_namespaces=15000',
};

test('a stage that the machine cannot hold is refused with the reason and the line that mends it', () => {
  expect(() => startStage(['true'], { ability: without, kind: 'namespaces' })).toThrow(
    expect.objectContaining({
      code: 'no-namespaces',
      fault: 'machine',
      message: without.why,
      hint: without.mend,
    }),
  );
  expect(() => startStage(['true'], { ability: { ...without, kind: 'none' } })).toThrow(
    expect.objectContaining({ code: 'no-worlds' }),
  );
});
