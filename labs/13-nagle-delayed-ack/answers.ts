import { type AnswerKey, type Evidence, frames, headerKey, numberKey } from '../../src/check/index.ts';
import { caseViews } from './views.ts';

const both = (evidence: Evidence) => caseViews(evidence).find(({ id }) => id === 'both');

/** What the first segment of the first round carried. */
export function partBytes(evidence: Evidence): AnswerKey | undefined {
  const view = both(evidence);
  const first = view?.rounds[0]?.first;
  return view === undefined || first === undefined
    ? undefined
    : numberKey(first.payloadLength, frames(view.client.capture.file, first.frame));
}

/** The ACK for which the second part of the last round waited. */
export function lastAck(evidence: Evidence): AnswerKey | undefined {
  const view = both(evidence);
  return headerKey(view?.client, view?.rounds.at(-1)?.ack, 'ack');
}
