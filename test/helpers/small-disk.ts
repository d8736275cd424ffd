/** A disk of a few KiB in a mount namespace: a full disk that nobody else notices. */
import { execaSync } from 'execa';

const UNSHARE = ['unshare', ...(process.getuid?.() === 0 ? ['-m'] : ['-Urm'])] as const;

/** Why there is none here; undefined when there is. */
export const NO_DISK = execaSync(UNSHARE[0], [...UNSHARE.slice(1), 'true'], { reject: false }).failed
  ? 'mount namespaces are not permitted here'
  : undefined;

/**
 * What goes in front of a command that is to find a disk of `kib` at `folder`. `prepare` is shell text in which `$0` is
 * the folder; `exec "$@"` runs the command unless it does so itself.
 */
export function onSmallDisk(folder: string, kib: number, prepare: string): string[] {
  const run = prepare.includes('"$@"') ? prepare : `${prepare}; exec "$@"`;
  return [...UNSHARE, 'sh', '-c', `mount -t tmpfs -o size=${kib}k none "$0" && ${run}`, folder];
}

/** Shell text: leaves not a byte free, of which the shell would complain. */
export const FILL = 'cat /dev/zero >"$0/filler" 2>"/dev/null"';
