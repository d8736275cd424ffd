import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { program } from '../../helpers/programs.ts';
import { tempFolder } from '../../helpers/temp.ts';
import { until } from '../../helpers/until.ts';

export const CHATD = program('bin/chatd');

export type Fields = Record<string, unknown>;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** A home of the running test's own: no server of anybody else is seen there, or disturbed. */
export class Home {
  readonly folder = tempFolder();
  readonly env = {
    HOME: this.folder,
    XDG_RUNTIME_DIR: join(this.folder, 'run'),
    XDG_STATE_HOME: join(this.folder, 'state'),
    NODE_NO_WARNINGS: '1',
  };
  readonly run = join(this.folder, 'run', 'socket-lab-kit');
  readonly state = join(this.folder, 'state', 'socket-lab-kit');

  /** Runs a command to its end. */
  async chatd(...args: string[]): Promise<Ran> {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [CHATD, ...args], {
      env: this.env,
      reject: false,
      timeout: 50_000,
    });
    return { stdout, stderr, exitCode };
  }

  /** `chatd start` on a free port; stopped when the test ends. */
  async start(...args: string[]): Promise<{ pid: number; host: string; port: number; log: string }> {
    const { stdout, stderr, exitCode } = await this.chatd('start', '--port', '0', '--json', ...args);
    if (exitCode !== 0) throw new Error(`chatd start: ${exitCode} ${stderr}`);
    const started = JSON.parse(stdout) as { pid: number; host: string; port: number; log: string };
    onTestFinished(() => {
      try {
        process.kill(started.pid, 'SIGKILL');
      } catch {
        // It has ended, as it should.
      }
    });
    return started;
  }

  /** `chatd run` on a free port, and its log as it is written. */
  async foreground(...args: string[]): Promise<Foreground> {
    return this.launch([process.execPath], args);
  }

  /** The same behind other programs, such as prlimit. */
  async launch(command: readonly string[], args: readonly string[]): Promise<Foreground> {
    const [file = '', ...rest] = [...command, CHATD, 'run', '--port', '0', ...args];
    const child = execa(file, rest, { env: this.env, reject: false, stdin: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    const foreground = new Foreground(child);
    child.stderr.on('data', (chunk: Buffer) => foreground.take(chunk.toString()));
    void child.then(({ exitCode, signal }) => (foreground.end = { exitCode, signal }));
    await until(
      'it listens',
      () => foreground.port !== 0 || foreground.end !== undefined || undefined,
      30_000,
    );
    return foreground;
  }
}

export class Foreground {
  readonly child: { kill(signal: NodeJS.Signals): boolean };
  readonly lines: string[] = [];
  end: { exitCode: number | undefined; signal: string | undefined } | undefined;
  #rest = '';

  constructor(child: { kill(signal: NodeJS.Signals): boolean }) {
    this.child = child;
  }

  take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.lines.push(...lines);
  }

  /** The lines of the log with this event. */
  events(event: string): Fields[] {
    return this.lines
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as Fields);
  }

  get port(): number {
    // A log for people says it as `port=5264`.
    const shown = this.lines.map((line) => /listening.*\bport"?[:=](\d+)/.exec(line)?.[1]);
    return Number(shown.find((port) => port !== undefined) ?? 0);
  }

  ended(): Promise<{ exitCode: number | undefined; signal: string | undefined }> {
    return until('chatd ends', () => this.end);
  }
}
