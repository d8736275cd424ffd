/** `chat-lab notebook`: the Jupyter kernel and notebooks without Jupyter. What it does is in src/jupyter. */
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { version } from './main.ts';

export function notebookCommand(): Command {
  const command = new Command('notebook')
    .description('Notebooks that teach the lab: a kernel for Jupyter, and a runner that needs no Jupyter.')
    .addCommand(installCommand())
    .addCommand(kernelCommand(), { hidden: true });
  for (const one of command.commands) one.exitOverride().showHelpAfterError('(--help shows what there is)');
  return command;
}

function installCommand(): Command {
  return new Command('install')
    .description('Makes the kernel known to Jupyter. Python is not needed for it.')
    .addOption(new Option('--user', 'for this user (the default)').conflicts(['prefix', 'sysPrefix']))
    .addOption(new Option('--prefix <dir>', 'under DIR/share/jupyter').conflicts('sysPrefix'))
    .option('--sys-prefix', 'into the Python environment that is active')
    .action(async (flags: { prefix?: string; sysPrefix?: true }) => {
      const { installKernel } = await import('../jupyter/index.ts');
      const place =
        flags.prefix !== undefined
          ? ({ kind: 'prefix', prefix: flags.prefix } as const)
          : ({ kind: flags.sysPrefix === true ? 'sys-prefix' : 'user' } as const);
      const folder = installKernel(place, [process.execPath, ownProgram(), 'notebook', 'kernel']);
      process.stdout.write(`${folder}\n`);
    });
}

function kernelCommand(): Command {
  return new Command('kernel')
    .description('Runs the kernel; Jupyter calls this.')
    .argument('<connection-file>', 'what Jupyter wrote')
    .action(async (connectionFile: string) => {
      const { runKernel } = await import('../jupyter/index.ts');
      process.exit(await runKernel({ connectionFile, version: version() }));
    });
}

function ownProgram(): string {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./chat-lab.${ending}`, import.meta.url));
}
