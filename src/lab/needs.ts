import type { Lack } from '../check/index.ts';
import { exec, findProgram, packageOf } from '../host/index.ts';
import type { LabFile } from './lab-file.ts';

/** Programs of which there are several under one name, with other options: how the one that the labs use shows itself. */
const OF_A_KIND: Readonly<Record<string, { readonly ask: string; readonly answers: RegExp }>> = {
  nc: { ask: '-h', answers: /OpenBSD/ },
};

/** What is missing here of the programs that a lab's `needs` names; empty when it can run. */
export async function lacking({ needs = [] }: LabFile): Promise<Lack[]> {
  const lacks = await Promise.all(needs.map(lackOf));
  return lacks.filter((lack) => lack !== undefined);
}

async function lackOf(program: string): Promise<Lack | undefined> {
  const lack = { program, package: packageOf(program) };
  const file = findProgram(program);
  if (file === undefined) return lack;
  const kind = OF_A_KIND[program];
  if (kind === undefined) return undefined;
  const { stdout, stderr } = await exec([], [file, kind.ask]);
  const [first = ''] = `${stderr}${stdout}`.trim().split('\n');
  return kind.answers.test(first) ? undefined : { ...lack, found: first.slice(0, 80) };
}

/** Pulls cables, loses packets or sets the kernel: on loopback that would be the whole machine's, so it is not done. */
export const needsOwnHosts = ({ namespaces, sysctls }: LabFile): boolean =>
  namespaces ?? sysctls !== undefined;
