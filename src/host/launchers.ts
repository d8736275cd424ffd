/**
 * Commands that go in front of another command and end by exec, so that the pid stays the command's own.
 */

/**
 * The command dies with the process that starts it, however that one ends.
 *
 * The kernel sends the signal only for a death after the prctl, so sh looks whether the parent is still there.
 * (Exec of a set-user-ID program clears the setting: prctl(2), PR_SET_PDEATHSIG.)
 */
export function dieWithParent(parentPid = process.pid): string[] {
  const script = '[ "$PPID" = "$1" ] || exit 125; shift; exec "$@"';
  return ['setpriv', '--pdeathsig', 'KILL', '--', 'sh', '-c', script, 'sh', String(parentPid)];
}

/** How the namespaces of a stage can be made here. */
export type UnshareForm = 'user' | 'root-as-user' | 'root';

/**
 * A namespace each for processes, mounts, network and (but for `root`) users, which end with the command.
 *
 * The first process of a pid namespace must reap orphans, and does not get the signals it has no handler for; node
 * as that process would do neither right. So the first is a shell that waits: when it ends, the kernel kills the rest.
 * `"$@"; exit $?` and not `exec`: a shell that knows the command to be its last would exec it.
 *
 * Mapped to root, Debian's tcpdump would try to become the user `tcpdump`, who is not in the namespace; `--keep-caps`
 * gives an ordinary user the rights instead.
 */
export function unshareAll(form: UnshareForm): string[] {
  return ['unshare', ...FORMS[form], '-p', '-m', '-n', '--fork', '--kill-child', '--mount-proc', '--'].concat(
    ['sh', '-c', '"$@"; exit $?', 'sh'],
  );
}

const FORMS: Readonly<Record<UnshareForm, readonly string[]>> = {
  user: ['-U', '--map-current-user', '--keep-caps'],
  'root-as-user': ['-U', '--map-user=1000', '--map-group=1000', '--keep-caps'],
  root: [],
};

/** The command runs in the network namespace of `pid`. */
export function inNetworkOf(pid: number): string[] {
  return ['nsenter', '-t', String(pid), '-n', '--'];
}
