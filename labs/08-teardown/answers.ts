import { type AnswerKey, type Evidence, frames, headerKey, numberKey } from '../../src/check/index.ts';
import type { Ending } from './scenario.ts';
import { endingViews, finsOf, segmentsOfClose } from './views.ts';

const wireOf = (evidence: Evidence, wanted: Ending) =>
  endingViews(evidence).find(({ ending }) => ending === wanted)?.client;

/** Three or four, by sequence numbers, for the server that closes at once. */
export function closeSegments(evidence: Evidence): AnswerKey | undefined {
  const wire = wireOf(evidence, 'at-once');
  const value = wire === undefined ? undefined : segmentsOfClose(wire);
  if (wire === undefined || value === undefined) return undefined;
  const places = finsOf(wire).flatMap(({ fin, ack }) => [fin.frame, ack?.frame]);
  return numberKey(value, frames(wire.capture.file, ...places));
}

/** The acknowledgment number in the header of the segment that first covers the client's FIN. */
export function finAckNumber(evidence: Evidence): AnswerKey | undefined {
  const wire = wireOf(evidence, 'later');
  const fin = wire === undefined ? undefined : finsOf(wire).find(({ side }) => side === 0);
  return headerKey(wire, fin?.ack, 'ack');
}
