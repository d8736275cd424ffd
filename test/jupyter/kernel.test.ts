import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { program } from '../helpers/programs.ts';

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Debian's Python, which its packages are for; a machine may have others in front of it. */
const PYTHON = '/usr/bin/python3';
const reason = existsSync('/usr/lib/python3/dist-packages/jupyter_kernel_test')
  ? undefined
  : 'python3-jupyter-kernel-test is not installed (scripts/setup --test)';
const prefix = sharedTempFolder();

/** Runs a file of Python's unittest against an installed kernel; gives its report. */
async function unittest(file: string): Promise<string> {
  await run(process.execPath, [program('bin/chat-lab'), 'notebook', 'install', '--prefix', prefix]);
  const env = { ...process.env, JUPYTER_PATH: `${prefix}/share/jupyter` };
  const { stderr } = await run(PYTHON, [here(file)], { env, timeout: 280_000, maxBuffer: 1 << 24 });
  return stderr;
}

testUnless(
  reason,
  "Jupyter's own kernel test passes, and skips nothing",
  async () => {
    const report = await unittest('kernel_suite.py');
    expect(report).toMatch(/^Ran 12 tests/m);
    expect(report).toMatch(/^OK$/m);
  },
  300_000,
);

testUnless(
  reason,
  'interrupt, input, restart, signatures, late output and aborted requests, through jupyter_client',
  async () => {
    const report = await unittest('kernel_behaviour.py');
    expect(report).toMatch(/^Ran 20 tests/m);
    expect(report).toMatch(/^OK$/m);
  },
  300_000,
);
