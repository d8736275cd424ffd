/** A process and all that descend from it, as /proc shows them now. */
import { readdirSync } from 'node:fs';
import { readProc } from './read-proc.ts';

export interface Relative {
  readonly pid: number;
  readonly name: string;
  readonly residentBytes: number;
}

/** Linux hands out resident memory in pages; 4 KiB on every machine that the kit runs on. */
const PAGE_BYTES = 4096;

/** What `read` gives; or `gone` when the process or file of /proc that it looks at has ended meanwhile, or is not ours. */
export function unlessGone<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return gone;
    throw error;
  }
}

/** The threads of a process, by their numbers; none when it has ended. */
export const threadsOf = (pid: number): number[] =>
  unlessGone(() => readdirSync(`/proc/${pid}/task`), []).map(Number);

/**
 * The process and its descendants, each before its children. One whose parent ended belongs to the first process of its
 * pid namespace (pid_namespaces(7)), so a sandbox's family is whole; elsewhere it would be lost.
 */
export function familyOf(pid: number): number[] {
  const pids = [pid];
  for (const each of pids) {
    for (const task of threadsOf(each)) {
      const children = unlessGone(() => readProc(`/proc/${each}/task/${task}/children`), '');
      pids.push(...children.split(' ').filter(Boolean).map(Number));
    }
  }
  return pids;
}

/** A process by its number; undefined when it has ended. */
export function relative(pid: number): Relative | undefined {
  // "pid (name) state ppid …", and the name may hold spaces and brackets (proc_pid_stat(5)).
  const stat = unlessGone(() => readProc(`/proc/${pid}/stat`), '');
  if (stat === '') return undefined;
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  const rest = stat.slice(close + 2).split(' ');
  return { pid, name: stat.slice(open + 1, close), residentBytes: Number(rest[21]) * PAGE_BYTES };
}
