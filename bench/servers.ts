import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** A server under test: where it listens, and what it has cost. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  /** Processor time of all its threads since it started, in nanoseconds. */
  cpuNs(): number;
  stop(): Promise<void>;
}

/** Compiles a program of bench/c into `folder`. */
export async function compile(name: string, folder: string): Promise<string> {
  const source = fileURLToPath(new URL(`c/${name}.c`, import.meta.url));
  const file = join(folder, name);
  await execa('cc', ['-O2', '-Wall', '-Wextra', '-o', file, source], { stderr: 'inherit' });
  return file;
}

/** The command on one processor, where taskset is at hand: servers on the first, the generator on the second. */
export const pinned = (cpu: number, command: readonly string[]): [string, string[]] => [
  'taskset',
  ['-c', String(cpu), ...command],
];

/** Starts a server that prints its port, or a log line with it. `bound` ends it whatever happens. */
export async function startSubject(name: string, command: readonly string[]): Promise<Subject> {
  const [file, args] = pinned(0, command);
  const child = execa(file, args, { buffer: false, reject: false, timeout: 600_000, stdin: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} does not start`);
  const port = await new Promise<number>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      const found = /^(\d+)$|"port":(\d+)/m.exec(chunk.toString());
      if (found !== null) resolve(Number(found[1] ?? found[2]));
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void child.then(() => reject(new Error(`${name} ended before it listened`)));
  });
  return {
    name,
    port,
    cpuNs: () => cpuNs(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await child;
    },
  };
}

/** sched/schedstat: the first number is the time on a processor, in nanoseconds. */
function cpuNs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let sum = 0;
  for (const task of readdirSync(tasks)) {
    sum += Number(readFileSync(join(tasks, task, 'schedstat'), 'latin1').split(' ')[0]);
  }
  return sum;
}
