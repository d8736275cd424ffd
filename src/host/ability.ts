/**
 * Which kind of world this machine can hold. Asked by trying, since what forbids it is many: a sysctl, AppArmor,
 * seccomp in a container, a masked /proc, a kernel without veth. The causes we know are looked up afterwards, to say
 * what would mend it.
 */
import { KitError, safeText } from '../bytes/index.ts';
import { explainRefusal, readFacts } from './ability-why.ts';
import { exec } from './exec.ts';
import { dieWithParent, unshareAll, type UnshareForm } from './launchers.ts';
import { findProgram } from './programs.ts';

export type WorldsAbility = {
  /** `none`: not Linux, or not even the tools for loopback. */
  kind: 'namespaces' | 'loopback' | 'none';
  /** How the namespaces are made; undefined without them. */
  form: UnshareForm | undefined;
  /** Namespaces without the rights of root. */
  rootless: boolean;
  /** Why it is not `namespaces`. */
  why: string | undefined;
  /** The one line that would mend it. */
  mend: string | undefined;
};

/** Does once what a world does: a second namespace, a cable into it, an address. */
const TRIAL = `
unshare -n -- sleep 20 & host=$!
n=0
while [ "$(readlink /proc/$host/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do n=$((n+1)); [ $n -lt 500 ] || exit 9; done
ip link add lab0 type bridge && ip link add lab1 type veth peer name eth0 netns $host && ip link set lab1 master lab0 &&
nsenter -t $host -n -- ip address add 10.77.0.1/24 dev eth0
`;

/**
 * What this machine can do. Takes about 50 ms; never throws. `strangers`: the sandboxes of strangers will stand on the
 * stage. Root's is then made without a user namespace where that can be: in one with a single user, root's own, nobody
 * else can be become, and the kernel does not count root's processes (RLIMIT_NPROC, setrlimit(2)).
 */
export async function probeWorlds({ strangers = false } = {}): Promise<WorldsAbility> {
  if (process.platform !== 'linux') {
    return {
      ...NOTHING,
      why: `worlds need Linux, and this is ${process.platform}`,
      mend: 'run the labs on a Linux machine, in a virtual machine, or under WSL 2',
    };
  }
  const missing = ['unshare', 'nsenter', 'setpriv', 'ip'].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) {
    const kind = missing.includes('setpriv') ? 'none' : 'loopback';
    return {
      ...NOTHING,
      kind,
      why: `not installed: ${missing.join(', ')}`,
      mend: 'apt-get install util-linux iproute2',
    };
  }
  const forms = process.geteuid?.() !== 0 ? USERS : strangers ? ROOTS.toReversed() : ROOTS;
  let said = '';
  for (const form of forms) {
    const problem = await trial(form);
    if (problem === undefined) {
      return { kind: 'namespaces', form, rootless: form === 'user', why: undefined, mend: undefined };
    }
    said ||= problem;
  }
  return { ...NOTHING, kind: 'loopback', ...explainRefusal(said, readFacts()) };
}

const USERS: readonly UnshareForm[] = ['user'];
const ROOTS: readonly UnshareForm[] = ['root-as-user', 'root'];
const NOTHING: WorldsAbility = {
  kind: 'none',
  form: undefined,
  rootless: false,
  why: undefined,
  mend: undefined,
};

/** What went wrong, in the words of the tool that failed; undefined when all went well. */
async function trial(form: UnshareForm): Promise<string | undefined> {
  try {
    const result = await exec([...dieWithParent(), ...unshareAll(form)], ['sh', '-c', TRIAL], {
      boundMs: 30_000,
    });
    if (result.code === 0) return undefined;
    return safeText(result.stderr.trim().split('\n')[0] ?? '') || `exit code ${result.code ?? '?'}`;
  } catch (error) {
    if (error instanceof KitError) return error.message;
    throw error;
  }
}
