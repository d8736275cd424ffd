import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { execa } from 'execa';

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly cc: string;
  /** Runnable processes in the last minute: more than the cores means that others worked there, too. */
  readonly load: number;
  readonly date: string;
}

export async function machine(): Promise<Machine> {
  const { stdout } = await execa('cc', ['--version']);
  return {
    cpu: /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    cc: stdout.split('\n')[0] ?? '',
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    date: new Date().toISOString().slice(0, 10),
  };
}

export const machineLine = (on: Machine): string =>
  `${on.date}, ${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, Linux ${on.kernel}, Node ${on.node}, ${on.cc}, load ${on.load}`;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? NaN) + high) / 2;
}
