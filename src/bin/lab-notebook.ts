/** `chat-lab notebook`: the Jupyter kernel and notebooks without Jupyter. What it does is in src/jupyter. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { english, exitCodeOf, KitError, safeText } from '../bytes/index.ts';
import { writeOrdinaryFile } from '../files/index.ts';
import { errorText, version } from './main.ts';
import { onStopAsked, runAgain } from './run-again.ts';

export function notebookCommand(): Command {
  const command = new Command('notebook')
    .addCommand(installCommand())
    .addCommand(runNotebookCommand())
    .addCommand(buildCommand())
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
      const { CELL_FLAGS, installKernel } = await import('../jupyter/index.ts');
      const place =
        flags.prefix !== undefined
          ? ({ kind: 'prefix', prefix: flags.prefix } as const)
          : ({ kind: flags.sysPrefix === true ? 'sys-prefix' : 'user' } as const);
      const folder = installKernel(place, [
        process.execPath,
        ...CELL_FLAGS,
        ownProgram(),
        'notebook',
        'kernel',
      ]);
      process.stdout.write(`${folder}\n`);
    });
}

function runNotebookCommand(): Command {
  return new Command('run')
    .description('Runs notebooks from top to bottom without Jupyter, with outputs written into a copy.')
    .argument('<file...>', 'notebooks (.ipynb)')
    .option('--out <dir>', 'where the copies go', 'runs/notebooks')
    .option('--junit <file>', 'a report for CI systems')
    .option('--cell-seconds <n>', 'a cell that takes longer is ended', (text) => Number(text), 120)
    .action(async (files: string[], flags: { out: string; junit?: string; cellSeconds: number }) => {
      const kit = await import('../jupyter/index.ts');
      const { junitXml, notebookText, readNotebook, runNotebook } = kit;
      if (!kit.hasCellFlags()) {
        process.exitCode = await runAgain(kit.CELL_FLAGS);
        return;
      }
      const controller = new AbortController();
      const stop = (): void => controller.abort();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
      onStopAsked(stop);
      // All are read before the first one runs: a wrong path should not cost minutes.
      const notebooks = files.map((file) => ({ file, notebook: readNotebook(file) }));
      const out = resolve(flags.out);
      mkdirSync(out, { recursive: true });
      const done = [];
      for (const { file, notebook } of notebooks) {
        const run = await runNotebook(notebook, {
          path: file,
          cellSeconds: flags.cellSeconds,
          signal: controller.signal,
          progress: (cell, of) => {
            if (process.stderr.isTTY) process.stderr.write(`\r${file}: cell ${cell} of ${of}\u001b[K`);
          },
        });
        if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
        const copy = join(out, copyName(file, files));
        mkdirSync(dirname(copy), { recursive: true });
        writeOrdinaryFile(copy, notebookText(run.notebook));
        done.push({ file, run });
        if (run.failed) {
          const { cell, id, source, error } = run.failed;
          // The file may be anybody's, and this may be a terminal.
          const shown = source.split('\n').map((line) => `  | ${safeText(line)}`);
          const why = (error?.traceback ?? [])
            .flatMap((lines) => lines.split('\n'))
            .map((line) => `  ${safeText(line)}`);
          const head = `${file}: cell ${cell} (${safeText(id)}) failed:`;
          const rest = `What ran is in ${copy}; the cells behind it were not run.`;
          process.stderr.write(`${[head, ...shown, ...why, rest].join('\n')}\n`);
          process.exitCode = 1;
        } else process.stdout.write(`${file}: ${run.runs.length} cells ran; outputs in ${copy}\n`);
        if (controller.signal.aborted) {
          process.exitCode = 130;
          break;
        }
      }
      if (flags.junit !== undefined) writeOrdinaryFile(resolve(flags.junit), junitXml(done));
      // What cells left behind (a timer, a promise that never settles) must not keep the program.
      process.stdout.write('', () => process.exit());
    });
}

/** Two notebooks of one name keep apart by their folders: en/01.ipynb, zh/01.ipynb. */
function copyName(file: string, files: readonly string[]): string {
  const alone = files.filter((one) => basename(one) === basename(file)).length === 1;
  return alone ? basename(file) : join(basename(dirname(resolve(file))), basename(file));
}

function buildCommand(): Command {
  return new Command('build')
    .description('Makes the notebooks of a folder from their sources: DIR/src/NAME.md to DIR/en and DIR/zh.')
    .argument('<dir>', 'the folder, such as notebooks')
    .option('--check', 'write nothing; exit 1 when a notebook is not what its source says')
    .action(async (folder: string, flags: { check?: true }) => {
      const { notebookFrom, notebookText } = await import('../jupyter/index.ts');
      const names = readdirSync(join(folder, 'src')).filter((name) => name.endsWith('.md'));
      if (names.length === 0)
        throw new KitError('no-sources', english(`${folder}/src has no .md file`), { fault: 'usage' });
      for (const name of names) {
        const source = readFileSync(join(folder, 'src', name), 'utf8');
        for (const language of ['en', 'zh'] as const) {
          const made = notebookText(notebookFrom(source, language, name));
          const target = join(folder, language, name.replace(/\.md$/, '.ipynb'));
          if (flags.check !== true) {
            mkdirSync(dirname(target), { recursive: true });
            writeFileSync(target, made);
          } else if (readIfThere(target) !== made) {
            process.stderr.write(`${target} is stale: chat-lab notebook build ${folder}\n`);
            process.exitCode = 1;
          }
        }
      }
    });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function kernelCommand(): Command {
  return new Command('kernel')
    .description('Runs the kernel; Jupyter calls this.')
    .argument('<connection-file>', 'what Jupyter wrote')
    .action(async (connectionFile: string) => {
      const { runKernel } = await import('../jupyter/index.ts');
      const failed = (error: unknown): number => {
        process.stderr.write(`chat-lab: ${errorText(error)}\n`);
        return exitCodeOf(error);
      };
      // What cells left open must not keep the process, however it ends.
      process.exit(await runKernel({ connectionFile, version: version() }).catch(failed));
    });
}

function ownProgram(): string {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./chat-lab.${ending}`, import.meta.url));
}
