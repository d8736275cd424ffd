import { type AnswerKey, callLines, type Evidence, headerKey, numberKey } from '../../src/check/index.ts';
import { caseViews } from './views.ts';

const joined = (evidence: Evidence) =>
  caseViews(evidence).find(({ protocol, way }) => protocol === 'clp' && way === 'joined');

/** What the server's program got at once, at the most. */
export function largestRead(evidence: Evidence): AnswerKey | undefined {
  const [largest] = (joined(evidence)?.reads ?? []).toSorted((a, b) => b.bytes - a.bytes);
  return largest === undefined ? undefined : numberKey(largest.bytes, callLines(largest.line));
}

/** The first segment with data, which was lost on its way. */
export function lostSeq(evidence: Evidence): AnswerKey | undefined {
  const view = joined(evidence);
  const first = view?.client.connection.segments.find(
    ({ side, payloadLength }) => side === 0 && payloadLength > 0,
  );
  return headerKey(view?.client, first, 'seq');
}
