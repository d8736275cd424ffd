import { changedRules, type Rule } from './rules.ts';
import type { Row } from './store.ts';

/** Whose score changed at a regrade, in which checks, and why. */
export interface Change {
  readonly submission: string;
  readonly task: string;
  readonly from: string;
  readonly to: string;
  readonly anotherSubmission: boolean;
  readonly anotherRules: readonly Rule[];
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
  return {
    submission: after.submission,
    task: after.task,
    from: points(before),
    to: points(after),
    anotherSubmission: before.submissionDigest !== after.submissionDigest,
    anotherRules: changedRules(before.checksDigest, after.checksDigest),
    checks,
  };
}

const RULE: Readonly<Record<Rule, string>> = {
  kit: 'the kit or its labs changed',
  task: 'the task in class.yaml changed',
  limits: 'the limits in class.yaml changed',
  files: 'the script or the protocol of the class changed',
};

/** Why a result is another, in words. */
export function whyChanged({ anotherSubmission, anotherRules }: Change): string {
  const reasons = [
    ...(anotherSubmission ? ['the submission changed'] : []),
    ...anotherRules.map((rule) => RULE[rule]),
  ];
  return reasons.length === 0 ? 'nothing else changed: the result is not stable' : reasons.join(' and ');
}
