import { type Text, text } from './text.ts';
import type { Finding, VerdictKind, Where } from './verdict.ts';

/** One statement of a check: what was seen, where, and what follows for the verdict. */
export interface Statement {
  readonly verdict: Extract<VerdictKind, 'pass' | 'fail' | 'ungradable'>;
  readonly seen: Text;
  readonly where?: readonly Where[];
}

export const passed = (seen: Text, ...where: readonly Where[]): Statement => ({
  verdict: 'pass',
  seen,
  where,
});
export const failed = (seen: Text, ...where: readonly Where[]): Statement => ({
  verdict: 'fail',
  seen,
  where,
});
/** The evidence for it is not there, or its witnesses contradict each other. */
export const unknown = (seen: Text, ...where: readonly Where[]): Statement => ({
  verdict: 'ungradable',
  seen,
  where,
});
/** Part of what a check is about was never written down. */
export const MISSING: Statement = unknown(text('not all of it is in the evidence', '证据不全'));
export const when = (holds: boolean, seen: Text, ...where: readonly Where[]): Statement =>
  holds ? passed(seen, ...where) : failed(seen, ...where);

export const frames = (file: string, ...numbers: readonly (number | undefined)[]): Where => ({
  witness: 'wire',
  file,
  frames: numbers.filter((frame) => frame !== undefined && frame > 0) as number[],
});
export const socketLines = (...lines: readonly number[]): Where => ({
  witness: 'kernel',
  file: 'sockets.jsonl',
  lines,
});
export const callLines = (...lines: readonly number[]): Where => ({
  witness: 'application',
  file: 'calls.jsonl',
  lines,
});

/**
 * A check's finding from its statements. What cannot be known outweighs what failed, and one that failed all that
 * passed; then only those that stand in the way are told.
 */
export function conclude(expected: Text, statements: readonly Statement[]): Finding {
  const of = (verdict: Statement['verdict']): Statement[] =>
    statements.filter((statement) => statement.verdict === verdict);
  const worst = (['ungradable', 'fail', 'pass'] as const).find((verdict) => of(verdict).length > 0);
  if (worst === undefined) return { verdict: 'ungradable', expected, actual: NOTHING, where: [] };
  const told = of(worst);
  return {
    verdict: worst,
    expected,
    actual: text(told.map(({ seen }) => seen.en).join('; '), told.map(({ seen }) => seen.zh).join('；')),
    where: told.flatMap(({ where }) => where ?? []).filter((where) => placesIn(where) > 0),
  };
}

const placesIn = (where: Where): number =>
  where.witness === 'wire' ? where.frames.length : where.lines.length;

const NOTHING = text('the evidence has nothing of it', '证据中没有相关内容');

/** For a check that needs packets, on a run without them. */
export const withoutPackets = (expected: Text): Finding => ({
  verdict: 'skipped',
  expected,
  actual: text('this run has no packets', '本次运行没有抓包'),
  where: [],
});
