import { execa } from 'execa';
import { EXIT } from '../bytes/index.ts';

/**
 * Runs this command line again, in a process with the flags of Node that it needs; resolves with its exit code. For
 * flags that take effect at a start only, where nobody could be asked to give them (a bin of npm's).
 */
export async function runAgain(flags: readonly string[]): Promise<number> {
  const child = execa(process.execPath, [...process.execArgv, ...flags, ...process.argv.slice(1)], {
    stdin: 'inherit',
    stdout: 'inherit',
    stderr: 'inherit',
    ipc: true,
    reject: false,
  });
  // A terminal's Ctrl-C reaches both processes, a `kill` this one only; and what one `kill` begins a second must not cut.
  // Where it has ended meanwhile nobody is there to be told; its end is awaited below.
  const stop = (): void => void child.sendMessage('stop').catch(() => undefined);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const { exitCode, signal } = await child;
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  if (exitCode !== undefined) return exitCode;
  process.stderr.write(`the process was ended by ${signal ?? 'something unknown'}\n`);
  return EXIT.kit;
}

/** Calls `stop` when the process that ran us again wants us to end, or has died. Nothing where nobody did. */
export function onStopAsked(stop: () => void): void {
  const { channel } = process;
  if (channel === undefined) return;
  process.once('message', stop);
  process.once('disconnect', stop);
  channel.unref();
}
