/** What a task is worth where nothing can be graded: what is not handed in, or cannot be read, loses all of it. */
import { isAbsolute } from 'node:path';
import { assertNever, KitError } from '../../bytes/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import { labName, loadLab } from '../../lab/index.ts';
import { lessonName, lessonPoints } from '../../jupyter/index.ts';
import { CLIENT_CHECKS, clientFoundations } from '../clients/checks.ts';
import { foundations, SERVER_CHECKS, type ServerCheck } from '../peers/checks/index.ts';
import type { Task, TaskOf } from './class-file.ts';

/** Of a report whose lab is not known before one is there: most labs have as many. */
const USUAL = 100;

const sum = (checks: readonly { readonly points: number }[]): number =>
  checks.reduce((all, { points }) => all + points, 0);

export async function worthOf(task: Task): Promise<number> {
  switch (task.kind) {
    case 'report': {
      const name = labOf(task);
      if (name === undefined) return USUAL;
      const { file } = await loadLab(name);
      return sum(file.checks) + sum(file.answers ?? []);
    }
    case 'notebook':
      return lessonPoints(lessonName(String(task.notebook)));
    case 'program':
      return task.points;
    case 'server':
      return sum(chosen(SERVER_CHECKS, task.only, foundations).filter(applies(task.protocol)));
    case 'client':
      return sum(chosen(CLIENT_CHECKS, task.only, clientFoundations));
    default:
      return assertNever(task);
  }
}

/** Whether a check has words in the lecturer's protocol; of a description that a submission would bring nothing is known. */
function applies(nameOrFile: string): (check: ServerCheck) => boolean {
  const known = isAbsolute(nameOrFile) || !/\.ya?ml$/.test(nameOrFile);
  if (!known) return () => true;
  const protocol = loadProtocol(nameOrFile);
  return ({ lacks }) => lacks?.(protocol) === undefined;
}

function chosen<T extends { readonly id: string }>(
  checks: readonly T[],
  only: readonly string[] | undefined,
  below: (id: string) => ReadonlySet<string>,
): T[] {
  const wanted = only === undefined ? undefined : new Set(only.flatMap((id) => [...below(id)]));
  return checks.filter(({ id }) => wanted?.has(id) !== false);
}

/**
 * The lab that a report must be of: what the task says, or the one that its folder or its id names (`lab01`,
 * `03-time-100x`). undefined: it may be any.
 *
 * @throws KitError `unknown-lab` (usage) when the task itself names one that does not exist.
 */
export function labOf({ lab, folder, id }: TaskOf<'report'>): string | undefined {
  if (lab !== undefined) return labName(String(lab));
  for (const name of [folder.split('/').at(-1) ?? '', id]) {
    const found = named(name) ?? named(/^lab-?0*(\d{1,2})$/i.exec(name)?.[1] ?? '');
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(name: string): string | undefined {
  if (name === '') return undefined;
  try {
    return labName(name);
  } catch (error) {
    if (error instanceof KitError && error.code === 'unknown-lab') return undefined;
    throw error;
  }
}
