/** The client under test: its keyboard, its screen, and what the kernel shows of it. */
import { endianness } from 'node:os';
import { safeText } from '../../bytes/index.ts';
import { type HostProcess, parseProcNet, readProc, type SocketRow } from '../../host/index.ts';
import { Limited, type ProgramEnd } from '../peers/program-end.ts';
import { Watched } from '../peers/watched.ts';
import type { PupilFacts } from './orders.ts';

const KEPT = 64 * 1024;
const SHOWN = 4_000;

export class Pupil {
  readonly #process: HostProcess;
  readonly #limited: Limited;
  readonly #watched: Watched;
  readonly #port: number;
  /** What it printed since the last `mark`, the end of it. */
  screen = '';
  /** How often it printed something. */
  printed = 0;
  #all = '';

  constructor(child: HostProcess, serverPort: number, memoryMiB: number) {
    this.#limited = new Limited(child, memoryMiB);
    this.#process = child;
    this.#port = serverPort;
    this.#watched = new Watched(child.pid, serverPort);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (words: string) => {
        this.printed++;
        this.screen = (this.screen + words).slice(-KEPT);
        this.#all = (this.#all + words).slice(-KEPT);
      });
    }
  }

  get end(): ProgramEnd | undefined {
    return this.#limited.end;
  }

  /** From here on the screen is empty. */
  mark(): void {
    this.screen = '';
  }

  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  endOfInput(): void {
    this.#process.stdin?.end();
  }

  busy(): boolean {
    return this.#watched.busy();
  }

  processorMs(): number {
    return this.#watched.processorMs();
  }

  /** Bytes that came for it and that it has not read. */
  unread(): number {
    return this.#sockets().reduce((sum, { receiveQueueBytes }) => sum + receiveQueueBytes, 0);
  }

  /** Whether a connection of it stands that the server has not closed. */
  connected(): boolean {
    return this.#sockets().some(({ state }) => state === 'ESTABLISHED');
  }

  /** How it stands, by the kernel. */
  get facts(): PupilFacts {
    return {
      end: this.end ?? null,
      busy: this.end === undefined && this.busy(),
      sockets: this.#sockets().map(({ state, receiveQueueBytes, sendQueueBytes }) => ({
        state,
        unread: receiveQueueBytes,
        unsent: sendQueueBytes,
      })),
    };
  }

  #sockets(): SocketRow[] {
    if (this.end !== undefined) return [];
    return (
      (['tcp', 'tcp6'] as const)
        .flatMap((table) => {
          try {
            const content = readProc(`/proc/${this.#process.pid}/net/${table}`);
            return parseProcNet(content, table, endianness() === 'LE');
          } catch (error) {
            // It ended between two looks.
            if (
              error instanceof Error &&
              'code' in error &&
              ['ENOENT', 'ESRCH', 'EINVAL'].includes(String(error.code))
            )
              return [];
            throw error;
          }
        })
        // One in TIME_WAIT is no process's any more; of a fixed port there are those of the checks before.
        .filter(({ remotePort, state }) => remotePort === this.#port && state !== 'TIME_WAIT')
    );
  }

  async stop(): Promise<void> {
    for (const pid of this.#watched.tree().toReversed()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        // It has ended by itself meanwhile.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
    await this.#process.ended;
  }

  /** All that it printed, the end of it, safe to show. */
  get said(): string {
    return this.#all
      .slice(-SHOWN)
      .split('\n')
      .map((line) => safeText(line))
      .join('\n');
  }
}
