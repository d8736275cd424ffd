/**
 * What goes in front of a program that somebody runs where it stands and does not quite trust: it sees the machine as it
 * is, and can change nothing of it. Unlike in a sandbox (sandbox.ts) its files and those of its language are where they
 * are, so that any command can be run so; what its user can read it can read, too.
 *
 * bubblewrap gives it a pid namespace (it cannot signal who grades it, and nothing of it outlives its first process), a
 * read-only system, no capabilities, and where it can be had an empty /tmp of its own. It keeps the network that it stands in.
 */
import { homedir } from 'node:os';
import { delimiter, isAbsolute, relative } from 'node:path';

export interface EnclosurePlan {
  /** Its working folder, the one place where it may write; unless that is a home or the root. */
  readonly cwd: string;
  /** The command, for where its words lie. */
  readonly command: readonly string[];
}

/** bwrap refuses to start with capabilities in hand, which a user on a stage keeps (WORLDS.md). */
const DROP = ['setpriv', '--ambient-caps=-all', '--inh-caps=-all', '--'];
export const ENCLOSURE_PROGRAMS = ['bwrap', 'setpriv'] as const;

const isUnder = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
};

export function enclosureLaunchers({ cwd, command }: EnclosurePlan): string[] {
  const places = [cwd, ...command, ...(process.env['PATH'] ?? '').split(delimiter)];
  const usesTmp = places.some((place) => isUnder(place, '/tmp'));
  // Someone who grades from a home or from the root means no folder of the program's.
  const own = [homedir(), '/'].includes(cwd) ? [] : ['--bind', cwd, cwd];
  return [
    ...DROP,
    ...['bwrap', '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-cgroup-try'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...(usesTmp ? [] : ['--tmpfs', '/tmp']),
    ...own,
    ...['--chdir', cwd, '--'],
  ];
}
