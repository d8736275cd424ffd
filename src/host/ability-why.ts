/** Why namespaces are refused, and the one line that would mend it, from what the machine says of itself. */
import { existsSync, readFileSync } from 'node:fs';

export type MachineFacts = {
  isRoot: boolean;
  /** A container keeps its traces in the root folder. */
  isContainer: boolean;
  /** A kernel setting, or undefined where this kernel has none of that name. */
  sysctl: (name: string) => string | undefined;
};

export function readFacts(): MachineFacts {
  return {
    isRoot: process.geteuid?.() === 0,
    isContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
    sysctl: (name) => {
      const file = `/proc/sys/${name.replaceAll('.', '/')}`;
      return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
    },
  };
}

const APPARMOR = 'kernel.apparmor_restrict_unprivileged_userns';
const CLONE = 'kernel.unprivileged_userns_clone';
const USERS = 'user.max_user_namespaces';
const NETWORKS = 'user.max_net_namespaces';

/** `said` is what the tool that failed printed. Pure. */
export function explainRefusal(said: string, facts: MachineFacts): { why: string; mend: string } {
  if (!facts.isRoot && facts.sysctl(APPARMOR) === '1') {
    // Ubuntu 24.04 and later: such a namespace can be made and has no rights in it.
    return {
      why: `AppArmor keeps ordinary users from namespaces (${APPARMOR} = 1): ${said}`,
      mend: `sudo sysctl -w ${APPARMOR}=0`,
    };
  }
  if (!facts.isRoot && facts.sysctl(CLONE) === '0') {
    return {
      why: `namespaces are for root only here (${CLONE} = 0): ${said}`,
      mend: `sudo sysctl -w ${CLONE}=1`,
    };
  }
  for (const name of [USERS, NETWORKS]) {
    if (facts.sysctl(name) === '0') {
      return {
        why: `namespaces are switched off (${name} = 0): ${said}`,
        mend: `sudo sysctl -w ${name}=15000`,
      };
    }
  }
  if (facts.isContainer) {
    return {
      why: `this container forbids namespaces: ${said}`,
      mend: 'start the container with --privileged',
    };
  }
  return {
    why: `namespaces cannot be made here: ${said}`,
    mend: facts.isRoot
      ? 'run the lab on a machine of your own'
      : 'run the lab as root, or on a machine of your own',
  };
}
