/** A kernel that never finds its Jupyter (it died while we started, or is in another pid namespace) and is never asked. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { isOrphan, parentageOf, UNASKED_SECONDS } from '../../src/jupyter/parent-watch.ts';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';
import { root } from './notebook-rig.ts';

/** Above the highest pid that Linux can give (2 to the 22nd, proc(5)). */
const NOBODY = String(2 ** 22 + 1);
const JUPYTER_WAITS_SECONDS = 60;

test('nobody found and nobody asking: left over, but not before Jupyter itself would give up', () => {
  const lost = parentageOf({ JPY_PARENT_PID: NOBODY });
  expect(lost.found).toBe(false);
  expect(UNASKED_SECONDS).toBeGreaterThanOrEqual(JUPYTER_WAITS_SECONDS);
  expect(isOrphan(lost, { spokenTo: false, upSeconds: UNASKED_SECONDS })).toBe(false);
  expect(isOrphan(lost, { spokenTo: false, upSeconds: UNASKED_SECONDS + 1 })).toBe(true);
  // Whoever asks is there, wherever: a Jupyter outside of a container has a pid that says nothing inside.
  expect(isOrphan(lost, { spokenTo: true, upSeconds: 1e9 })).toBe(false);
  const known = parentageOf({ JPY_PARENT_PID: String(process.pid) });
  expect(isOrphan(known, { spokenTo: false, upSeconds: 1e9 })).toBe(false);
  expect(isOrphan({ ...known, parent: known.parent + 1 }, { spokenTo: true, upSeconds: 0 })).toBe(true);
});

test('such a kernel ends by itself; one whose Jupyter lives waits for as long as it likes', async () => {
  const start = (jupyter: string): { readonly ended: () => number | undefined } => {
    const folder = tempFolder();
    const file = join(folder, 'connection.json');
    const ports = Object.fromEntries(
      ['shell', 'iopub', 'stdin', 'control', 'hb'].map((name, at) => [`${name}_port`, at + 1]),
    );
    writeFileSync(file, JSON.stringify({ transport: 'ipc', ip: join(folder, 'k'), key: 'k', ...ports }));
    const options = JSON.stringify({ connectionFile: file, version: '0', unaskedSeconds: 0 });
    const child = execa(process.execPath, [join(root, 'test/jupyter/support/kernel.ts'), options], {
      env: { JPY_PARENT_PID: jupyter },
      reject: false,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let exit: number | undefined;
    void child.then(({ exitCode }) => (exit = exitCode ?? -1));
    return { ended: () => exit };
  };
  const kept = start(String(process.pid));
  const lost = start(NOBODY);
  await until('the one that found nobody has ended', () => lost.ended() !== undefined, 60_000);
  expect(lost.ended()).toBe(0);
  expect(kept.ended()).toBe(undefined);
}, 90_000);
