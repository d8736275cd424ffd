/**
 * A place where a stranger's program may do what it likes: its own user, processes, network (none, unless it is given
 * the one it stands in), a read-only system, its own scratch in memory that is gone with it, and limits on all it can
 * use up. bubblewrap makes the namespaces; prlimit and the watcher below hold the limits.
 *
 * Nothing of the caller is in it: no home, no other submission, no environment. The first process of its pid namespace
 * dies with us, and the rest with that one, however they ignore signals.
 */
import { chmodSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { type FamilyUse, FamilyWatch } from './family-watch.ts';
import { describeEnd, type HostProcess, launch, type ProcessEnd } from './process.ts';

export interface SandboxLimits {
  readonly seconds: number;
  /** Of all its processes together. */
  readonly memoryMiB: number;
  readonly processes: number;
  /** Of each of its two output streams; what comes beyond four times as much ends it. */
  readonly outputKiB: number;
  /** Of one file. */
  readonly fileMiB: number;
  /** Of its working folder; /tmp and /dev/shm have as much each. */
  readonly scratchMiB: number;
}

export const SANDBOX_LIMITS: SandboxLimits = {
  seconds: 60,
  memoryMiB: 512,
  processes: 64,
  outputKiB: 64,
  fileMiB: 64,
  scratchMiB: 128,
};

export interface SandboxPlan {
  /** Seen read-only at /submission, and copied to /work, where the program starts. */
  readonly folder: string;
  readonly limits: SandboxLimits;
  /** `inherited`: that of the process that starts it, for a server on a lab's host. `none` by default. */
  readonly network?: 'none' | 'inherited';
  /** More files and folders that it sees, read-only, at another place. */
  readonly alsoSeen?: readonly { readonly from: string; readonly to: string }[];
  /** What it finds on standard input. */
  readonly input?: string;
}

const MIB = 1024 ** 2;
/** What a sandbox without a network is called. */
const OWN_NAME = 'submission';
/** Whoever is root must become somebody else first: the kernel limits no processes of root. */
const NOBODY = 65_534;
/** Which the sandbox's /etc/hosts comes from: without it not even `localhost` is an address. */
const HOSTS_FD = 9;
/**
 * On a stage of a lab the user is an ordinary one who keeps capabilities, which bwrap refuses to start with; whom this
 * runs as is known only where it runs.
 */
const AS_NOBODY = `exec ${HOSTS_FD}<<END
127.0.0.1 localhost
::1 localhost
127.0.1.1 $1
END
shift
if [ "$(id -u)" = 0 ]; then
  exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups -- "$@"
fi
exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"`;

/**
 * What root can read may lie where nobody gets to, so root gathers it first, in a mount namespace of its own, at a place
 * that every Debian has: pairs of paths, then `--` and the command.
 */
const GATHERED = '/mnt';
const GATHER = `set -e
mount -t tmpfs -o mode=755 gathered ${GATHERED}
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "${GATHERED}$2"; else mkdir -p "${GATHERED}\${2%/*}"; : >"${GATHERED}$2"; fi
  mount --bind "$1" "${GATHERED}$2"
  shift 2
done
shift
exec "$@"`;

/**
 * Where Debian keeps the settings of a Java or a Mono: links lead there from /usr, and without them `java` ends before
 * `main` (“Error loading java.security file”), whatever the student wrote.
 */
const RUNTIME_SETTINGS = /^(java-\d+-openjdk|mono)$/;

const runtimeSettings = (): string[] =>
  readdirSync('/etc')
    .filter((name) => RUNTIME_SETTINGS.test(name))
    .map((name) => `/etc/${name}`);

/** What goes in front of a command to run it in a sandbox; without the watcher, so time and memory are the caller's. */
export function sandboxLaunchers({ folder, limits, network = 'none', alsoSeen = [] }: SandboxPlan): string[] {
  const root = process.geteuid?.() === 0;
  const gather =
    root && alsoSeen.length > 0
      ? [
          ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c', GATHER, 'sh'],
          ...alsoSeen.flatMap(({ from, to }) => [from, to]),
          '--',
        ]
      : [];
  // The folder is the grader's copy; as nobody, the sandbox must be able to open it.
  if (root) chmodSync(folder, 0o755);
  const room = ['--size', String(limits.scratchMiB * MIB), '--tmpfs'];
  return [
    ...gather,
    ...['sh', '-c', AS_NOBODY, 'sh', network === 'none' ? OWN_NAME : hostname()],
    ...['bwrap', '--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-cgroup-try'],
    // Where it has the network of a host, it has the host's name, too.
    ...(network === 'none' ? ['--unshare-net', '--unshare-uts', '--hostname', OWN_NAME] : []),
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--uid', '1000', '--gid', '1000'],
    ...['--ro-bind', '/usr', '/usr'],
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...[
      '--ro-bind-try',
      '/etc/alternatives',
      '/etc/alternatives',
      '--ro-bind-try',
      '/etc/ld.so.cache',
      '/etc/ld.so.cache',
      ...['--ro-bind-data', String(HOSTS_FD), '/etc/hosts'],
      ...runtimeSettings().flatMap((folder) => ['--ro-bind-try', folder, folder]),
    ],
    ...[
      '--proc',
      '/proc',
      '--dev',
      '/dev',
      ...room,
      '/dev/shm',
      '--remount-ro',
      '/dev',
      ...room,
      '/tmp',
      ...room,
      '/work',
    ],
    ...alsoSeen.flatMap(({ from, to }) => ['--ro-bind', root ? `${GATHERED}${to}` : from, to]),
    ...['--ro-bind', folder, '/submission', '--remount-ro', '/', '--chdir', '/work', '--clearenv'],
    ...[
      '--setenv',
      'PATH',
      '/usr/local/bin:/usr/bin:/bin',
      '--setenv',
      'HOME',
      '/work',
      '--setenv',
      'LANG',
      'C.UTF-8',
    ],
    ...['--', 'prlimit', `--nproc=${limits.processes}`, `--fsize=${limits.fileMiB * MIB}`],
    ...[`--data=${limits.memoryMiB * MIB}`, '--core=0', '--nofile=512', '--'],
    ...['sh', '-c', 'cp -R /submission/. /work/ && exec "$@"', 'sh'],
  ];
}

/** The limit that ended a program; undefined when it ended by itself. */
export type SandboxLimit = 'time' | 'memory' | 'output';

export interface SandboxResult {
  readonly end: ProcessEnd;
  readonly limit: SandboxLimit | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Most processes that were seen at once. */
  readonly processes: number;
  readonly memoryMiB: number;
}

const LOOK_MS = 100;

/** Runs a command to its end, or to the limit that it meets first. Never rejects for anything the command does. */
export async function runSandboxed(
  plan: SandboxPlan,
  command: readonly string[],
  signal?: AbortSignal,
): Promise<SandboxResult> {
  const { limits } = plan;
  // The command is one of the sandbox, so it is not looked for here: `env` finds it there.
  const child = launch(sandboxLaunchers(plan), ['env', ...command], {
    captureBytes: limits.outputKiB * 1024,
    ...(plan.input === undefined ? {} : { stdin: 'pipe' as const }),
    ...(signal === undefined ? {} : { signal }),
  });
  child.stdin?.end(plan.input);
  const watched = watch(child, limits);
  const end = await child.ended;
  const { limit, processes, memoryMiB } = watched();
  return { end, limit, stdout: child.output.text, stderr: child.errors.text, processes, memoryMiB };
}

function watch(child: HostProcess, limits: SandboxLimits): () => FamilyUse & Pick<SandboxResult, 'limit'> {
  let limit: SandboxLimit | undefined;
  const stop = (why: SandboxLimit): void => {
    limit ??= why;
    child.kill('SIGKILL');
  };
  const time = setTimeout(() => stop('time'), limits.seconds * 1000);
  const family = new FamilyWatch(child.pid, limits.memoryMiB, () => stop('memory'));
  const looking = setInterval(() => {
    const most = Math.max(child.output.totalBytes, child.errors.totalBytes);
    if (most > 4 * limits.outputKiB * 1024) stop('output');
  }, LOOK_MS);
  return () => {
    clearTimeout(time);
    clearInterval(looking);
    return { limit, ...family.stop() };
  };
}

/** How it ended, in words: `exit code 1`, `SIGKILL`, `the limit on time`. */
export const sandboxEnd = ({ end, limit }: SandboxResult): string =>
  limit === undefined ? describeEnd(end) : `the limit on ${limit}`;
