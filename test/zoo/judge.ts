/** Whether a grade says of a program of the zoo what is true of it. */
import type { Grade } from '../../src/check/index.ts';
import { foundations } from '../../src/grade/peers/checks/index.ts';

/** Empty when the grade is right; otherwise what is wrong with it. */
export function wrongs(
  grade: Grade,
  wanted: { fails: string; also: readonly string[] } | undefined,
  below: (id: string) => ReadonlySet<string> = foundations,
): string[] {
  const failed = grade.checks.filter(({ verdict, unstable }) => verdict === 'fail' || unstable === true);
  const faults = grade.checks.filter(({ verdict }) => verdict === 'error' || verdict === 'ungradable');
  const said = faults.map(({ id, actual }) => `${id}: ${actual.en}`);
  if (wanted === undefined)
    return [...said, ...failed.map(({ id, actual }) => `false failure: ${id}: ${actual.en}`)];
  const named = new Set([wanted.fails, ...wanted.also]);
  const strays = failed.filter(({ id }) => ![...below(id)].some((one) => named.has(one)));
  return [
    ...said,
    ...(failed.some(({ id, unstable }) => id === wanted.fails && unstable !== true)
      ? []
      : [`false pass: ${wanted.fails}`]),
    ...strays.map(
      ({ id, actual, unstable }) => `stray: ${id}${unstable === true ? ' (unstable)' : ''}: ${actual.en}`,
    ),
  ];
}
