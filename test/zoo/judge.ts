/** Whether a grade says of a program of the zoo what is true of it. */
import type { Grade } from '../../src/check/index.ts';
import { foundations } from '../../src/grade/peers/checks/index.ts';

/**
 * Empty when the grade is right; otherwise what is wrong with it. A right program must fail nothing. A wrong one must
 * fail the check that is named for its fault, surely and not now and then; and no other check may fail or be kept from
 * being tried but those that depend on it and those that its protocol has no words for (`lacks`).
 */
export function wrongs(
  grade: Grade,
  wanted: { fails: string; also?: readonly string[] } | undefined,
  below: (id: string) => ReadonlySet<string> = foundations,
  lacks?: readonly string[],
): string[] {
  const problems: string[] = [];
  const named = new Set(wanted === undefined ? [] : [wanted.fails, ...(wanted.also ?? [])]);
  for (const { id, verdict, unstable, actual } of grade.checks) {
    const why = `${id}${unstable === true ? ' (unstable)' : ''}: ${actual.en}`;
    const depends = [...below(id)].some((one) => named.has(one));
    if (verdict === 'error' || verdict === 'ungradable') problems.push(`fault: ${why}`);
    else if (wanted === undefined && verdict === 'fail') problems.push(`false failure: ${why}`);
    else if (verdict === 'fail' && !depends) problems.push(`stray: ${why}`);
    else if (verdict === 'skipped' && !depends && lacks?.includes(id) === false)
      problems.push(`stray: ${why}`);
  }
  const failed = grade.checks.find(({ id }) => id === wanted?.fails);
  if (wanted !== undefined && (failed?.verdict !== 'fail' || failed.unstable === true))
    problems.push(`false pass: ${wanted.fails}`);
  return problems;
}
