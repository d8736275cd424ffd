import { conclude, MISSING, type Statement, withoutPackets } from './conclude.ts';
import type { Evidence } from './evidence.ts';
import type { Text } from './text.ts';
import type { Finding } from './verdict.ts';

/** What `rule` says of each view of the packets; there must be `count` of them. */
export function concludeEach<View>(
  evidence: Evidence,
  expected: Text,
  views: readonly View[],
  count: number,
  rule: (view: View) => Statement,
): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  return conclude(expected, views.length < count ? [MISSING] : views.map(rule));
}
