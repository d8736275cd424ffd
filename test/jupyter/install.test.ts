import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { ran } from './notebook-rig.ts';
import { program } from '../helpers/programs.ts';

const execute = promisify(execFile);
const PYTHON = '/usr/bin/python3';
const noJupyter = existsSync('/usr/bin/jupyter-kernelspec')
  ? undefined
  : 'jupyter-kernelspec is not installed (it comes with jupyter-nbconvert)';

const SPECS = z.object({ kernelspecs: z.record(z.string(), z.object({ resource_dir: z.string() })) });

/** Where Jupyter finds our kernel in that environment; undefined: nowhere. */
async function found(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { stdout } = await execute(PYTHON, ['/usr/bin/jupyter-kernelspec', 'list', '--json'], { env });
  return SPECS.parse(JSON.parse(stdout)).kernelspecs['socket-lab']?.resource_dir;
}

const install = (env: NodeJS.ProcessEnv, ...flags: string[]): ReturnType<typeof ran> =>
  ran(process.execPath, [program('bin/chat-lab'), 'notebook', 'install', ...flags], env);

const home = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: tempFolder(),
  ...extra,
});

testUnless(
  noJupyter,
  'Jupyter finds the kernel where --user, --prefix and --sys-prefix put it',
  async () => {
    const user = home();
    expect(await found(user)).toBe(undefined);
    const { code, stdout } = await install(user);
    expect(code).toBe(0);
    expect(await found(user)).toBe(stdout.trim());

    const xdg = home({ XDG_DATA_HOME: tempFolder() });
    const placed = (await install(xdg, '--user')).stdout.trim();
    expect(placed).toContain(xdg['XDG_DATA_HOME']);
    expect(await found(xdg)).toBe(placed);

    const prefix = tempFolder();
    const shared = home({ JUPYTER_PATH: join(prefix, 'share/jupyter') });
    expect(await found(shared)).toBe(undefined);
    await install(home(), '--prefix', prefix);
    expect(await found(shared)).toBe(join(prefix, 'share/jupyter/kernels/socket-lab'));
  },
  240_000,
);

testUnless(
  existsSync(PYTHON) ? noJupyter : `there is no ${PYTHON}`,
  '--sys-prefix: Jupyter of an active environment finds it, and without one the way out is named',
  async () => {
    const venv = join(tempFolder(), 'env');
    const without = ['-m', 'venv', '--without-pip', '--system-site-packages', venv];
    await execute(PYTHON, without);
    const active = home({ VIRTUAL_ENV: venv });
    const { stdout } = await install(active, '--sys-prefix');
    expect(stdout.trim()).toBe(join(venv, 'share/jupyter/kernels/socket-lab'));
    const list = [join(venv, 'bin/python3'), '/usr/bin/jupyter-kernelspec', 'list', '--json'] as const;
    const listed = await execute(list[0], list.slice(1), { env: active });
    expect(SPECS.parse(JSON.parse(listed.stdout)).kernelspecs['socket-lab']?.resource_dir).toBe(
      stdout.trim(),
    );
    const { code, stderr } = await install(home(), '--sys-prefix');
    expect(code).toBe(2);
    expect(stderr).toContain('no Python environment is active');
  },
  240_000,
);

test('the kernelspec starts the kernel with the Node and the program that installed it', async () => {
  const prefix = tempFolder();
  await install(home(), '--prefix', prefix);
  const spec: unknown = JSON.parse(
    readFileSync(join(prefix, 'share/jupyter/kernels/socket-lab/kernel.json'), 'utf8'),
  );
  expect(spec).toMatchObject({
    argv: [
      process.execPath,
      '--no-force-async-hooks-checks',
      '--disable-warning=ExperimentalWarning',
      program('bin/chat-lab'),
      'notebook',
      'kernel',
      '{connection_file}',
    ],
    interrupt_mode: 'message',
  });
});
