import type { Row } from './store.ts';

/** Whose score changed at a regrade, in which checks, and why. */
export interface Change {
  readonly submission: string;
  readonly task: string;
  readonly from: string;
  readonly to: string;
  readonly why: 'submission' | 'checks' | 'both' | 'neither';
  readonly checks: readonly { readonly id: string; readonly from: string; readonly to: string }[];
}

/** undefined: no check came out otherwise than before. */
export function changeBetween(before: Row, after: Row): Change | undefined {
  const points = ({ grade }: Row): string => `${grade.score.points}/${grade.score.of}`;
  const of = ({ grade }: Row): Map<string, string> =>
    new Map(grade.checks.map((check) => [check.id, `${check.verdict} ${check.points}/${check.maxPoints}`]));
  const [old, now] = [of(before), of(after)];
  const checks = [...new Set([...old.keys(), ...now.keys()])]
    .map((id) => ({ id, from: old.get(id) ?? 'not there', to: now.get(id) ?? 'not there' }))
    .filter(({ from, to }) => from !== to);
  if (checks.length === 0) return undefined;
  const [work, rules] = [
    before.submissionDigest !== after.submissionDigest,
    before.checksDigest !== after.checksDigest,
  ];
  const why = work && rules ? 'both' : work ? 'submission' : rules ? 'checks' : 'neither';
  return {
    submission: after.submission,
    task: after.task,
    from: points(before),
    to: points(after),
    why,
    checks,
  };
}

export const WHY: Readonly<Record<Change['why'], string>> = {
  submission: 'the submission is another',
  checks: 'the checks are others',
  both: 'the submission and the checks are others',
  neither: 'submission and checks are the same: the result is not stable',
};
