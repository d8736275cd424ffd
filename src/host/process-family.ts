import { readdirSync, readFileSync } from 'node:fs';

export interface Relative {
  readonly pid: number;
  readonly name: string;
  readonly residentBytes: number;
}

/** Linux hands out resident memory in pages; 4 KiB on every machine that the kit runs on. */
const PAGE_BYTES = 4096;

/** A process and all that descend from it, as /proc shows them now. */
export function familyOf(pid: number): Relative[] {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? read(entry) : []));
  const found: Relative[] = [];
  let parents = new Set([pid]);
  found.push(...all.filter((each) => each.pid === pid));
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map((child) => child.pid));
  }
  return found;
}

function read(entry: string): (Relative & { parent: number })[] {
  try {
    // "pid (name) state ppid …", and the name may hold spaces and brackets.
    const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
    const rest = stat.slice(close + 2).split(' ');
    const residentBytes = Number(rest[21]) * PAGE_BYTES;
    return [
      { pid: Number(entry), name: stat.slice(open + 1, close), parent: Number(rest[1]), residentBytes },
    ];
  } catch (error) {
    // It ended while we looked.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return [];
    throw error;
  }
}
