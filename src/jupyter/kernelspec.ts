/**
 * Makes the kernel known to Jupyter: a folder with kernel.json where `jupyter kernelspec list` looks
 * (https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs). Needs neither Python nor Jupyter here.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { english, KitError } from '../bytes/index.ts';

export const KERNEL_NAME = 'socket-lab';

/** `user`: for this user. `prefix`: under DIR/share/jupyter. `sys-prefix`: into the active Python environment. */
export type Place =
  | { readonly kind: 'user' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'sys-prefix' };

/** The command line that starts the kernel, up to the connection file. */
export type KernelCommand = readonly string[];

/** Writes the kernelspec and gives its folder. Throws KitError `no-sys-prefix` (usage) and `not-installed` (machine). */
export function installKernel(
  place: Place,
  command: KernelCommand,
  env: NodeJS.ProcessEnv = process.env,
): string {
  const folder = join(dataFolder(place, env), 'kernels', KERNEL_NAME);
  const spec = {
    argv: [...command, '{connection_file}'],
    display_name: 'Socket lab (JavaScript)',
    language: 'javascript',
    interrupt_mode: 'message',
    metadata: { debugger: false },
  };
  try {
    mkdirSync(folder, { recursive: true });
    // Whole or not at all: Jupyter may look at this moment.
    const file = join(folder, 'kernel.json');
    writeFileSync(`${file}.new`, `${JSON.stringify(spec, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    throw new KitError(
      'not-installed',
      english(`cannot write ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`),
      {
        fault: 'machine',
        hint: english(
          'Choose another place: --user, --prefix DIR, or --sys-prefix in an environment of yours.',
        ),
        cause,
      },
    );
  }
  return folder;
}

/** Where Jupyter keeps data (https://docs.jupyter.org/en/latest/use/jupyter-directories.html). */
function dataFolder(place: Place, env: NodeJS.ProcessEnv): string {
  switch (place.kind) {
    case 'prefix':
      return join(resolve(place.prefix), 'share', 'jupyter');
    case 'sys-prefix': {
      const prefix = env['VIRTUAL_ENV'] ?? env['CONDA_PREFIX'];
      if (prefix) return join(prefix, 'share', 'jupyter');
      throw new KitError('no-sys-prefix', english('no Python environment is active'), {
        fault: 'usage',
        hint: english('Activate one (venv or conda), or use --user or --prefix DIR.'),
      });
    }
    case 'user': {
      if (env['JUPYTER_DATA_DIR']) return env['JUPYTER_DATA_DIR'];
      const home = env['HOME'] ?? homedir();
      if (process.platform === 'darwin') return join(home, 'Library', 'Jupyter');
      if (process.platform === 'win32' && env['APPDATA']) return join(env['APPDATA'], 'jupyter');
      return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'jupyter');
    }
  }
}
