/**
 * A process that we started: its pid, its streams, its end.
 *
 * execa starts it; on top of that this class bounds what is captured, ends it politely and then by force, and answers
 * "wait until it says it is ready". Every outcome of the process is a value in `ended`, never an exception: a process
 * that dies is an observation of the lab.
 */
import type { Readable, Writable } from 'node:stream';
import { execa } from 'execa';
import { english, KitError, safeText, text } from '../bytes/index.ts';
import { Output } from './output.ts';
import { needProgram, searchPath } from './programs.ts';

/** How a process ended. Exactly one of the two is set. */
export type ProcessEnd = { code: number | undefined; signal: NodeJS.Signals | undefined };

export type SpawnOptions = {
  cwd?: string;
  /** Added to our own environment; undefined removes a variable. */
  env?: Readonly<Record<string, string | undefined>>;
  /** `ignore` by default. */
  stdin?: 'ignore' | 'pipe' | 'inherit';
  /** `capture` keeps text (`process.output`), `stream` leaves the reading to the caller. `capture` by default. */
  stdout?: 'capture' | 'stream' | 'ignore' | 'inherit';
  stderr?: 'capture' | 'stream' | 'ignore' | 'inherit';
  /** How much of each captured stream is kept. 1 MiB by default. */
  captureBytes?: number;
  /** A node IPC channel (JSON): `send` and `onMessage` here, `process.send` and `process.on('message')` there. */
  ipc?: boolean;
  /** Ends the process (SIGTERM, then SIGKILL) when aborted. */
  signal?: AbortSignal;
};

/** What only this room asks for. */
export type LaunchOptions = SpawnOptions & { detached?: boolean };

const STREAMS = { capture: 'pipe', stream: 'pipe', ignore: 'ignore', inherit: 'inherit' } as const;

/** How long we wait for pipes that a grandchild holds open after the process itself has ended. */
const PIPES_LINGER_MS = 500;
const TERM_GRACE_MS = 2_000;

type Started = ReturnType<typeof start>;

function start(file: string, args: readonly string[], options: LaunchOptions) {
  return execa(file, args, {
    stdin: options.stdin ?? 'ignore',
    stdout: STREAMS[options.stdout ?? 'capture'],
    stderr: STREAMS[options.stderr ?? 'capture'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env, PATH: searchPath(options.env?.['PATH'] ?? process.env['PATH']) },
    ...(options.ipc === true ? { ipc: true as const } : {}),
    // Both ends may be different versions of Node, which do not read each other's `advanced` messages.
    serialization: 'json',
    buffer: false,
    reject: false,
    detached: options.detached ?? false,
    // Would install signal handlers in our process; the stage and `close` end what we started.
    cleanup: false,
    forceKillAfterDelay: false,
  });
}

export class HostProcess {
  readonly command: readonly string[];
  readonly pid: number;
  /** Resolves when the process has ended and its output has been read. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** The end, once there is one. */
  end: ProcessEnd | undefined;
  readonly output: Output;
  readonly errors: Output;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: Started;

  /** `command` is what people see; `file` and `args` are what is run, with the launchers in front. */
  constructor(command: readonly string[], file: string, args: readonly string[], options: LaunchOptions) {
    this.command = command;
    this.#child = start(file, args, options);
    const { pid, stdin, stdout, stderr } = this.#child;
    if (pid === undefined) {
      throw new KitError(
        'spawn-failed',
        text(`cannot start ${safeText(file)}`, `无法启动 ${safeText(file)}`),
        {
          fault: 'machine',
          hint: text(
            'look for a limit on processes or memory (ulimit -a), or a working directory that is gone',
            '请检查进程数或内存的限制（ulimit -a），以及工作目录是否还在',
          ),
        },
      );
    }
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    // A process that ends while we write to it is seen in `ended`.
    stdin?.on('error', () => undefined);
    const limit = options.captureBytes ?? 1024 * 1024;
    this.output = new Output((options.stdout ?? 'capture') === 'capture' ? stdout : null, limit);
    this.errors = new Output((options.stderr ?? 'capture') === 'capture' ? stderr : null, limit);
    this.ended = this.#watch();
    const { signal } = options;
    if (signal !== undefined) {
      const abort = (): void => void this.stop();
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      void this.ended.then(() => signal.removeEventListener('abort', abort));
    }
  }

  /** Sends a signal; false when the process has ended already. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return this.end === undefined && this.#child.kill(signal);
  }

  /** SIGTERM, SIGKILL when that does not help within `graceMs`, and the end. */
  async stop(graceMs = TERM_GRACE_MS): Promise<ProcessEnd> {
    this.kill('SIGTERM');
    // A stopped process gets the SIGTERM only when it goes on.
    this.kill('SIGCONT');
    const force = setTimeout(() => this.kill('SIGKILL'), graceMs);
    const end = await this.ended;
    clearTimeout(force);
    return end;
  }

  /** A message over IPC; false when there is no channel any more. */
  send(message: object | string | number | boolean): boolean {
    const child = this.#child as {
      connected?: boolean;
      send?: (message: unknown, done: () => void) => boolean;
    };
    if (child.connected !== true || child.send === undefined) return false;
    // The channel may close while the message is on its way; `ended` tells. What send() returns is about its backlog.
    child.send(message, () => undefined);
    return true;
  }

  /** Calls `listener` with each IPC message, until the returned function is called. */
  onMessage(listener: (message: unknown) => void): () => void {
    const child = this.#child as unknown as NodeJS.EventEmitter;
    child.on('message', listener);
    return () => child.off('message', listener);
  }

  /**
   * Resolves with the match when the captured stream holds `pattern`. Rejects with `process-ended` when the process
   * ends first, `not-in-time` after `boundMs`; both messages carry what was printed.
   */
  untilOutput(
    pattern: RegExp,
    options: { stream?: 'stdout' | 'stderr'; boundMs?: number } = {},
  ): Promise<RegExpExecArray> {
    const output = options.stream === 'stderr' ? this.errors : this.output;
    const boundMs = options.boundMs ?? 30_000;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        off();
      };
      const look = (): boolean => {
        const match = pattern.exec(output.text);
        if (match === null) return false;
        finish();
        resolve(match);
        return true;
      };
      const fail = (code: string, text: string): void => {
        finish();
        reject(
          new KitError(code, english(`${this.describe()} ${text}${this.#printed()}`), { fault: 'machine' }),
        );
      };
      const timer = setTimeout(
        () => fail('not-in-time', `did not print ${String(pattern)} within ${boundMs} ms`),
        boundMs,
      );
      const off = output.onChange(look);
      if (look()) return;
      void this.ended.then((end) => {
        if (!look())
          fail('process-ended', `ended (${describeEnd(end)}) before it printed ${String(pattern)}`);
      });
    });
  }

  /** The command as a person would type it, safe to print. */
  describe(): string {
    return safeText(this.command.join(' '));
  }

  #printed(): string {
    const text = `${this.output.text}${this.errors.text}`.trim();
    return text === '' ? '; it printed nothing' : `; it printed: ${safeText(text.slice(-400))}`;
  }

  async #watch(): Promise<ProcessEnd> {
    const child = this.#child as unknown as NodeJS.EventEmitter;
    const exited = new Promise<ProcessEnd>((resolve) => {
      child.once('exit', (code: number | null, signal: NodeJS.Signals | null) => {
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
      });
    });
    let linger: NodeJS.Timeout | undefined;
    const lingered = exited.then(
      () => new Promise<void>((resolve) => (linger = setTimeout(resolve, PIPES_LINGER_MS))),
    );
    await Promise.race([this.#child, lingered]);
    clearTimeout(linger);
    this.end = await exited;
    return this.end;
  }
}

/** `exit code 1`, `SIGKILL`. */
export function describeEnd(end: ProcessEnd): string {
  return end.signal ?? `exit code ${end.code ?? '?'}`;
}

/** Starts `command` behind `launchers` (`nsenter …`, `setpriv …`), each of which ends by exec: the pid is its own. */
export function launch(
  launchers: readonly string[],
  command: readonly string[],
  options: LaunchOptions = {},
): HostProcess {
  const [program = ''] = command;
  // nsenter would report a missing program only by exit code 127.
  const path = searchPath(options.env?.['PATH'] ?? process.env['PATH']);
  const found = needProgram(program, path);
  const [file = found, ...args] = [...launchers, found, ...command.slice(1)];
  return new HostProcess(command, needProgram(file, path), args, options);
}
