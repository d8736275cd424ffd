/** What this machine can do for labs, ability by ability, and the one line that would mend each lack. */
import { accessSync, constants } from 'node:fs';
import { english, KitError } from '../bytes/index.ts';
import { probeWorlds, type WorldsAbility } from './ability.ts';
import { needProgram } from './programs.ts';

export type Finding = {
  ability: 'worlds' | 'capture' | 'loss' | 'states' | 'listeners';
  /** What it is for, in a few words. */
  purpose: string;
  ok: boolean;
  /** Labs do without it. */
  optional: boolean;
  why: string | undefined;
  mend: string | undefined;
};

/** Looks at everything; never throws for a lack. */
export async function examine(): Promise<{ worlds: WorldsAbility; findings: Finding[] }> {
  const worlds = await probeWorlds();
  const inNamespaces = worlds.kind === 'namespaces';
  const isRoot = process.geteuid?.() === 0;
  return {
    worlds,
    findings: [
      finding('worlds', 'hosts and cables of their own', () => {
        if (!inNamespaces) lack(worlds.why ?? 'no namespaces', worlds.mend);
      }),
      finding('capture', 'packets as a witness', () => {
        needProgram('tcpdump');
        if (!inNamespaces && !isRoot)
          lack('capturing on the machine’s own loopback is kept to root', worlds.mend);
      }),
      finding('loss', 'packets that get lost on their way', () => {
        needProgram('nft');
        if (!inNamespaces) lack('rules need a world of namespaces', worlds.mend);
      }),
      finding('states', 'socket states as a witness', () => {
        mayRead('/proc/net/tcp', 'run the labs on Linux with /proc mounted');
      }),
      finding('listeners', 'accept queues and their limits', () => {
        needProgram('ss');
      }),
    ],
  };
}

function finding(ability: Finding['ability'], purpose: string, look: () => void): Finding {
  try {
    look();
    return { ability, purpose, ok: true, optional: false, why: undefined, mend: undefined };
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    return { ability, purpose, ok: false, optional: false, why: error.message, mend: error.hint };
  }
}

function lack(why: string, mend: string | undefined): never {
  throw new KitError('lack', english(why), {
    fault: 'machine',
    ...(mend === undefined ? {} : { hint: english(mend) }),
  });
}

function mayRead(file: string, mend: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch {
    lack(`${file} cannot be read`, mend);
  }
}
