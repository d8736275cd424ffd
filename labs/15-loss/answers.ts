import { type AnswerKey, type Evidence, frames, headerKey, timeKey } from '../../src/check/index.ts';
import { caseViews, distances } from './views.ts';

/** The first segment of the burst that did not arrive, SACK in use. */
export function lostSeq(evidence: Evidence): AnswerKey | undefined {
  const view = caseViews(evidence).find(({ id }) => id === 'fast');
  return headerKey(view?.client, view?.lostData[0], 'seq');
}

/** The last, and longest, distance between two copies of the lone line. */
export function longestGapMs(evidence: Evidence): AnswerKey | undefined {
  const view = caseViews(evidence).find(({ id }) => id === 'timeout');
  const gap = view === undefined ? undefined : distances(view).at(-1);
  if (view === undefined || gap === undefined) return undefined;
  return timeKey(
    gap * 1000,
    1,
    frames(view.client.capture.file, ...view.data.slice(-2).map(({ frame }) => frame)),
  );
}
