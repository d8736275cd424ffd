import { inLanguage, type Lack, lackText } from '../check/index.ts';
import type { WorldsAbility } from '../host/index.ts';
import type { LabFile } from './lab-file.ts';
import { needsOwnHosts } from './needs.ts';

/** What this machine can do with one lab. */
export interface Readiness {
  readonly lab: string;
  /** `loopback`: it runs, but both hosts share the machine's own network stack. */
  readonly can: 'yes' | 'loopback' | 'no';
  readonly why: string | undefined;
  /** The one line that would mend it. */
  readonly mend: string | undefined;
}

/** Told from the lab's file, the programs that it lacks here (`lacking`) and the machine's ability. Pure. */
export function readinessOf(file: LabFile, worlds: WorldsAbility, lacks: readonly Lack[]): Readiness {
  const { lab } = file;
  if (lacks.length > 0) {
    const { actual, mend } = lackText(lacks);
    return { lab, can: 'no', why: inLanguage(actual, 'en'), mend };
  }
  if (worlds.kind === 'namespaces') return { lab, can: 'yes', why: undefined, mend: undefined };
  const can = worlds.kind === 'loopback' && !needsOwnHosts(file) ? 'loopback' : 'no';
  return { lab, can, why: worlds.why, mend: worlds.mend };
}
