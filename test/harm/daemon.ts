import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { askControl } from '../../src/net/index.ts';
import { program } from '../helpers/programs.ts';
import { until } from '../helpers/until.ts';

const SCRIPT = program('bin/chatd');
/** Lines that are kept; all are counted. */
const KEPT = 20_000;

export type Line = Record<string, unknown>;

export interface DaemonOptions {
  readonly args?: readonly string[];
  /** Programs in front, such as prlimit. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of the caller's, where another daemon may have been. */
  readonly home?: string;
}

/** A chatd process with a home of its own, for tests and soak programs alike. Whoever starts it stops it. */
export class Daemon {
  readonly pid: number;
  readonly home: string;
  readonly lines: Line[] = [];
  readonly counts = new Map<string, number>();
  end: { readonly exitCode: number | undefined; readonly signal: string | undefined } | undefined;
  readonly #ownsHome: boolean;
  #rest = '';

  static async start({ args = [], command = [], env = {}, home }: DaemonOptions = {}): Promise<Daemon> {
    const folder = home ?? mkdtempSync(join(tmpdir(), 'chatd harm '));
    const port = args.includes('--port') ? [] : ['--port', '0'];
    const [file = '', ...rest] = [...command, process.execPath, SCRIPT, 'run', ...port, ...args];
    const child = execa(file, rest, {
      env: {
        HOME: folder,
        XDG_RUNTIME_DIR: join(folder, 'run'),
        XDG_STATE_HOME: join(folder, 'state'),
        NODE_NO_WARNINGS: '1',
        ...env,
      },
      reject: false,
      stdin: 'ignore',
      buffer: false,
    });
    if (child.pid === undefined) throw new Error(`${file} does not start`);
    const daemon = new Daemon(child.pid, folder, home === undefined);
    child.stderr.on('data', (chunk: Buffer) => daemon.#take(chunk.toString()));
    void child.then(({ exitCode, signal }) => (daemon.end = { exitCode, signal }));
    await until('chatd listens', () => daemon.port !== 0 || daemon.end !== undefined, 60_000);
    if (daemon.end !== undefined) throw new Error(`chatd ended: ${JSON.stringify(daemon.lines.at(-1))}`);
    return daemon;
  }

  private constructor(pid: number, home: string, ownsHome: boolean) {
    this.pid = pid;
    this.home = home;
    this.#ownsHome = ownsHome;
  }

  get port(): number {
    const port = this.events('listening')[0]?.['port'];
    return typeof port === 'number' ? port : 0;
  }

  events(event: string): Line[] {
    return this.lines.filter((line) => line['event'] === event);
  }

  count(event: string): number {
    return this.counts.get(event) ?? 0;
  }

  /** What it says of itself on its control socket; not for one that is unlisted. */
  async status(): Promise<{ clients: number }> {
    return (await this.#asked('status')) as { clients: number };
  }

  /** Numbers of the clients in its list. */
  async clientIds(): Promise<Set<number>> {
    const { rows } = (await this.#asked('clients')) as { rows: { id: number }[] };
    return new Set(rows.map(({ id }) => id));
  }

  #asked(question: string): Promise<unknown> {
    return askControl(
      join(this.home, 'run', 'socket-lab-kit', `chatd-127.0.0.1-${this.port}.sock`),
      question,
      60_000,
    );
  }

  kill(signal: NodeJS.Signals): void {
    if (this.end === undefined) process.kill(this.pid, signal);
  }

  async ended(): Promise<NonNullable<Daemon['end']>> {
    return until('chatd ends', () => this.end, 60_000);
  }

  /** Ends it, whatever it does, and removes its home. */
  async stop(): Promise<void> {
    this.kill('SIGKILL');
    await this.ended();
    if (this.#ownsHome) rmSync(this.home, { recursive: true, force: true });
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.startsWith('{'))) {
      const parsed = JSON.parse(line) as Line;
      const event = String(parsed['event']);
      this.counts.set(event, this.count(event) + 1);
      if (this.lines.length < KEPT) this.lines.push(parsed);
    }
  }
}

/** Starts a daemon, hands it to `use`, and stops it in any case. */
export async function withDaemon<T>(options: DaemonOptions, use: (daemon: Daemon) => Promise<T>): Promise<T> {
  const daemon = await Daemon.start(options);
  try {
    return await use(daemon);
  } finally {
    await daemon.stop();
  }
}
