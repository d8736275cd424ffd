import { existsSync, readFileSync } from 'node:fs';

/** A process and when it began: a number alone is given out again. */
export interface Owner {
  readonly pid: number;
  readonly started: string;
}

export const thisProcess = (): Owner => ({ pid: process.pid, started: startOf(process.pid) });

/** Whether that very process is still there. */
export const isAlive = ({ pid, started }: Owner): boolean => {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return startOf(pid) === started;
};

/** Clock ticks since the machine came up, from /proc/PID/stat; empty where there is no /proc. */
function startOf(pid: number): string {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return '';
  const stat = readFileSync(path, 'utf8');
  // "pid (comm) state ppid …": comm may hold spaces and brackets, and starttime is the 20th field behind it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
