import { type AnswerKey, type Evidence, frames, headerKey, timeKey } from '../../src/check/index.ts';
import { caseViews, endingOf } from './views.ts';

const caseOf = (evidence: Evidence, wanted: string) =>
  caseViews(evidence).find(({ each }) => each.id === wanted);

/** The segment whose first byte is the page's first. */
export function bodySeq(evidence: Evidence): AnswerKey | undefined {
  const view = caseOf(evidence, 'client-closes');
  const frame = view?.answer?.bodyFrames[0];
  return headerKey(
    view?.server,
    view?.server?.connection.segments.find((each) => each.frame === frame),
    'seq',
  );
}

/** From the last data to the FIN of the client that gives its idle connection up, in its own capture. */
export function idleMs(evidence: Evidence): AnswerKey | undefined {
  const wire = caseOf(evidence, 'client-closes')?.client;
  const ending = endingOf(wire);
  if (wire === undefined || ending === undefined) return undefined;
  return timeKey(ending.idleMs, 1, frames(wire.capture.file, ending.first.segment.frame));
}
