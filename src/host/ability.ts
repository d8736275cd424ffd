/**
 * Which kind of world this machine can hold. Asked by trying, since what forbids it is many: a sysctl, AppArmor,
 * seccomp in a container, a masked /proc, a kernel without veth. The causes we know are looked up afterwards, to say
 * what would mend it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { KitError, safeText } from '../bytes/index.ts';
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

/** What this machine can do. Takes about 30 ms; never throws. */
export async function probeWorlds(): Promise<WorldsAbility> {
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
  const forms: UnshareForm[] = process.geteuid?.() === 0 ? ['root-as-user', 'root'] : ['user'];
  let said = '';
  for (const form of forms) {
    const problem = await trial(form);
    if (problem === undefined) {
      return { kind: 'namespaces', form, rootless: form === 'user', why: undefined, mend: undefined };
    }
    said ||= problem;
  }
  return { ...NOTHING, kind: 'loopback', ...explain(said) };
}

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
      boundMs: 10_000,
    });
    if (result.code === 0) return undefined;
    return safeText(result.stderr.trim().split('\n')[0] ?? '') || `exit code ${result.code ?? '?'}`;
  } catch (error) {
    if (error instanceof KitError) return error.message;
    throw error;
  }
}

function explain(said: string): { why: string; mend: string } {
  const sysctl = (name: string): string | undefined => {
    const file = `/proc/sys/${name.replaceAll('.', '/')}`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  };
  const apparmor = 'kernel.apparmor_restrict_unprivileged_userns';
  if (process.geteuid?.() !== 0 && sysctl(apparmor) === '1') {
    return {
      why: `AppArmor keeps ordinary users from network namespaces (${apparmor} = 1): ${said}`,
      mend: `sudo sysctl -w ${apparmor}=0`,
    };
  }
  if (sysctl('kernel.unprivileged_userns_clone') === '0') {
    return {
      why: `user namespaces are for root only here (kernel.unprivileged_userns_clone = 0): ${said}`,
      mend: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    };
  }
  if (sysctl('user.max_user_namespaces') === '0') {
    return {
      why: `user namespaces are switched off (user.max_user_namespaces = 0): ${said}`,
      mend: 'sudo sysctl -w user.max_user_namespaces=15000',
    };
  }
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
    return {
      why: `this container forbids namespaces: ${said}`,
      mend: 'start the container with --privileged',
    };
  }
  return {
    why: `namespaces cannot be made here: ${said}`,
    mend: 'run the lab on a machine of your own, or as root',
  };
}
