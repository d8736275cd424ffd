import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { MANIFEST } from '../../src/check/manifest.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { EXIT, exitCodeOf, KitError } from '../../src/bytes/index.ts';
import { makeDirectory, review, runLab } from '../../src/lab/index.ts';
import { markedBy } from '../host/support/processes.ts';
import { scratch } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';

const ability = await probeWorlds();
const why = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');

/** Stops a process of the run in `directory` with SIGSTOP as soon as it is there; false when the run is over before. */
async function freeze(directory: string, what: RegExp, over: () => boolean): Promise<boolean> {
  // A tcpdump that never listened would be another accident.
  const ready = (): boolean => !what.source.includes('tcpdump') || phasesOf(directory) > 0;
  const victim = await until(
    `a process ${String(what)}`,
    () => over() || (ready() && markedBy(`FROZEN=${directory}`).find(({ command }) => what.test(command))),
    180_000,
  );
  return victim !== true && process.kill(victim.pid, 'SIGSTOP');
}

function phasesOf(directory: string): number {
  const file = join(directory, 'evidence.json');
  return existsSync(file) ? MANIFEST.parse(JSON.parse(readFileSync(file, 'utf8'))).phases.length : 0;
}

/** Much less than the lab is given; more each time where a busy machine did not even get to the victim. */
async function frozenRun(what: RegExp, boundSeconds = 20): Promise<{ error: KitError; directory: string }> {
  const directory = join(scratch(), 'run');
  makeDirectory(directory);
  // What this process has in its environment its children have, too: so that the test finds them.
  process.env['FROZEN'] = directory;
  let over = false;
  const run = runLab({
    ...{ lab: '8', directory, protocol: 'clp', port: 5264, hosts: 'namespaces', boundSeconds },
    ...{ command: ['labs/run', '8'], kit: 'test', progress: () => undefined },
  }).then(
    () => new KitError('came-to-its-end', 'the run was not held up'),
    (failure: unknown) => failure as KitError,
  );
  void run.then(() => (over = true));
  const frozen = await freeze(directory, what, () => over);
  const error = await run;
  return frozen ? { error, directory } : frozenRun(what, 2 * boundSeconds);
}

for (const [victim, what] of [
  ['client', /^\S*node\S* .*peer\.[jt]s client /],
  ['server', /^\S*node\S* .*peer\.[jt]s server /],
  ['tcpdump', /^\S*tcpdump .*\/client\.pcap/],
] as const) {
  testUnless(
    why,
    `a ${victim} that is stopped (SIGSTOP): the lab ends in its bound with what it saw, every verdict is error, nothing is left`,
    async () => {
      const { error, directory } = await frozenRun(what);
      // A frozen tcpdump does not hold up the scenario: it is found out when it is to end.
      expect(['not-in-time', 'capture-died']).toContain(error.code);
      // What runs the command ends with: nothing here is a wrong usage or a check that failed.
      expect([EXIT.machine, EXIT.kit]).toContain(exitCodeOf(error));
      const { evidence, result, report } = await review(directory, 'en');
      expect(evidence.manifest.status).toBe('incomplete');
      expect(evidence.manifest.reason?.zh).toMatch(/^(在规定的时间内|抓包程序)/);
      const verdicts = new Set(result.verdicts.map(({ verdict }) => verdict));
      expect([...verdicts]).toEqual([error.code === 'not-in-time' ? 'error' : 'ungradable']);
      expect(evidence.calls.length).toBeGreaterThan(0);
      expect(readFileSync(report, 'utf8')).toContain('the run is not complete');
      await until('nothing of it is left', () => left(directory).length === 0, 60_000);
    },
    600_000,
  );
}

/** All but this process, which carries the mark itself. */
const left = (directory: string) => markedBy(`FROZEN=${directory}`).filter(({ pid }) => pid !== process.pid);
