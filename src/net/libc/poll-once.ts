import { Buffer } from 'node:buffer';
import { type Functions, must } from './functions.ts';
import type { PollEntry } from './sys-arguments.ts';

export interface PollResult extends PollEntry {
  readonly revents: number;
}

/** poll(2) with no time to wait: what is the case now. Throws CallError. */
export function pollOnce(libc: Functions, entries: readonly PollEntry[]): PollResult[] {
  const fds = Buffer.alloc(8 * Math.max(1, entries.length));
  for (const [at, { fd, events }] of entries.entries()) {
    fds.writeInt32LE(fd, 8 * at);
    fds.writeUInt16LE(events, 8 * at + 4);
  }
  must(libc, 'poll', libc.poll(fds, entries.length, 0));
  return entries.map((entry, at) => ({ ...entry, revents: fds.readUInt16LE(8 * at + 6) }));
}
