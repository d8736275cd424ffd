import type { Evidence } from './evidence.ts';
import { lackText } from './lacks.ts';
import { text } from './text.ts';
import type { CheckText, Finding, Verdict } from './verdict.ts';

type Checks = Readonly<Record<string, (evidence: Evidence) => Finding>>;

/**
 * Every check's verdict, in the lab's order. Evidence that is incomplete or was changed proves nothing: all checks are
 * then `ungradable`, or `error` where the kit itself did not bring the run to its end. A check that throws is the kit's own fault and says so.
 */
export function judge(evidence: Evidence, texts: readonly CheckText[], checks: Checks): Verdict[] {
  const spoilt = evidence.problems.find(
    ({ code }) => code === 'incomplete' || code === 'changed' || code === 'missing' || code === 'unfit',
  );
  const { lacks = [], failure } = evidence.manifest;
  const ours = spoilt?.code === 'incomplete' && (failure?.fault === 'kit' || failure?.code === 'not-in-time');
  return texts.map((check) => {
    const run = checks[check.id];
    if (spoilt !== undefined || run === undefined) {
      return {
        ...check,
        verdict: ours ? 'error' : 'ungradable',
        expected: text('whole evidence', '完整的证据'),
        actual: spoilt?.text ?? text('no such check', '没有这项检查'),
        where: [],
      };
    }
    if (lacks.length > 0) {
      const { expected, actual } = lackText(lacks);
      return { ...check, verdict: 'skipped', expected, actual, where: [] };
    }
    try {
      return { ...check, ...run(evidence) };
    } catch (error) {
      const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      return {
        ...check,
        verdict: 'error',
        expected: text('a verdict', '得出结论'),
        actual: text(what, what),
        where: [],
      };
    }
  });
}
