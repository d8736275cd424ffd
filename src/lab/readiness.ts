import type { WorldsAbility } from '../host/index.ts';
import type { LabFile } from './lab-file.ts';
import { lacking } from './needs.ts';

/** What this machine can do with one lab. */
export interface Readiness {
  readonly lab: string;
  /** `loopback`: it runs, but both hosts share the machine's own network stack. */
  readonly can: 'yes' | 'loopback' | 'no';
  readonly why: string | undefined;
  /** The one line that would mend it. */
  readonly mend: string | undefined;
}

/** Told from the lab's needs and the machine's ability, without running anything. */
export function readinessOf(file: LabFile, worlds: WorldsAbility): Readiness {
  const { lab, namespaces = file.sysctls !== undefined } = file;
  const lacks = lacking(file);
  if (lacks.length > 0) {
    const packages = [...new Set(lacks.map((lack) => lack.package))].join(' ');
    return {
      lab,
      can: 'no',
      why: `not installed: ${lacks.map(({ program }) => program).join(', ')}`,
      mend: `apt-get install ${packages}`,
    };
  }
  if (worlds.kind === 'namespaces') return { lab, can: 'yes', why: undefined, mend: undefined };
  return {
    lab,
    can: worlds.kind === 'loopback' && !namespaces ? 'loopback' : 'no',
    why: worlds.why,
    mend: worlds.mend,
  };
}
