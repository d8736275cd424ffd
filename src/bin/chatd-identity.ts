import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Which process a number means. The kernel uses numbers again: a pid file that outlived its server may hold the number
 * of a stranger by now, who must never get our signal. The moment of its start, in clock ticks since the machine was
 * started, tells them apart, and the machine's boot id tells whether ticks may be compared at all.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc_pid_stat(5)), with the boot id in front; empty where there is no /proc. */
  readonly started: string;
  /** The pid namespace in which the number counts (pid_namespaces(7)): a server in a container has numbers of its own. */
  readonly space: string;
}

export const ownIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  started: startOf(process.pid) ?? '',
  space: ownSpace(),
});

/** Can numbers of that process be compared with ours at all? */
export const isNearby = ({ space }: ProcessIdentity): boolean => space === ownSpace();

function ownSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // No /proc, no namespaces.
    return '';
  }
}

/** Does this very process run? A zombie does not: it only waits for its parent to hear of its end. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const now = startOf(pid);
  if (now !== undefined || started !== '') return now === started;
  // No /proc here. Whether it is the same process then only its control socket can tell.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything, parentheses and spaces included; fields are counted behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    if (state === 'Z' || state === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${fields[19] ?? ''}`;
  } catch {
    // Gone, or no /proc on this system.
    return undefined;
  }
}
