import { english, KitError, safeText } from '../bytes/index.ts';
import { describeEnd, type HostProcess, launch, type LaunchOptions, type ProcessEnd } from './process.ts';

/** A command that has run: its output and how it ended. */
export type ExecResult = ProcessEnd & { stdout: string; stderr: string };

export type ExecOptions = Omit<LaunchOptions, 'stdin' | 'stdout' | 'stderr' | 'ipc'> & {
  /** Text for its standard input. */
  input?: string;
  /** After this it is ended and the call fails with `not-in-time`. 30 s by default. */
  boundMs?: number;
};

/** Runs a short command to its end. A non-zero exit is a value; only a bound that passes is an error. */
export async function exec(
  launchers: readonly string[],
  command: readonly string[],
  options: ExecOptions = {},
  started: (process: HostProcess) => void = () => undefined,
): Promise<ExecResult> {
  const { input, boundMs = 30_000, ...rest } = options;
  const child = launch(launchers, command, { ...rest, stdin: input === undefined ? 'ignore' : 'pipe' });
  started(child);
  child.stdin?.end(input);
  const bound = { passed: false };
  const timer = setTimeout(() => {
    bound.passed = true;
    void child.stop();
  }, boundMs);
  const end = await child.ended;
  clearTimeout(timer);
  if (bound.passed) {
    throw new KitError('not-in-time', english(`${child.describe()} did not end within ${boundMs} ms`), {
      fault: 'machine',
    });
  }
  return { ...end, stdout: child.output.text, stderr: child.errors.text };
}

/** As `exec`, for commands that must succeed: resolves with the standard output, else throws `command-failed`. */
export async function mustExec(
  launchers: readonly string[],
  command: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const result = await exec(launchers, command, options);
  if (result.code === 0) return result.stdout;
  const said = safeText(result.stderr.trim() || result.stdout.trim() || 'it printed nothing');
  throw new KitError(
    'command-failed',
    english(
      `${safeText(command.join(' '))}: ${describeEnd(result)}: ${said}${options.input === undefined ? '' : ` (input: ${safeText(options.input)})`}`,
    ),
    { fault: 'machine' },
  );
}
