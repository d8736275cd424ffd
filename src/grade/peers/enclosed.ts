/** What goes in front of a command under test, so that it cannot change the machine of whoever grades it. */
import { safeText } from '../../bytes/index.ts';
import { text, type Text } from '../../check/index.ts';
import { ENCLOSURE_PROGRAMS, enclosureLaunchers, findProgram, type Host } from '../../host/index.ts';

export interface Enclosed {
  readonly launchers: readonly string[];
  /** Why it is not enclosed, where it was to be. */
  readonly problem?: Text;
}

/** It is tried first: what this machine forbids is no fault of the program. */
export async function enclosure(
  host: Host,
  who: Text,
  { enclosed, command, cwd }: { enclosed: boolean; command: readonly string[]; cwd: string },
): Promise<Enclosed> {
  if (!enclosed) return { launchers: [] };
  const missing = ENCLOSURE_PROGRAMS.find((program) => findProgram(program) === undefined);
  const launchers = enclosureLaunchers({ cwd, command });
  const [program = '', ...args] = launchers;
  const tried = missing === undefined ? await host.exec(program, [...args, 'true'], { cwd }) : undefined;
  if (tried?.code === 0) return { launchers };
  const why =
    tried === undefined ? `no ${missing ?? ''}` : safeText(tried.stderr.trim().split('\n').at(-1) ?? '');
  const problem = text(
    `${who.en} was not enclosed and could change this machine: ${why}`,
    `${who.zh}没有被隔离，可以改动本机：${why}`,
  );
  return { launchers: [], problem };
}
