import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import type { Ending } from './scenario.ts';
import { endingViews, finsOf, segmentsOfClose } from './views.ts';

/** With how many segments a connection was closed, by the numbers that the ACKs cover. */
const closeOf =
  (wanted: Ending) =>
  (evidence: Evidence): PredictionOutcome => {
    const wire = endingViews(evidence).find(({ ending }) => ending === wanted)?.server;
    const segments = wire === undefined ? undefined : segmentsOfClose(wire);
    if (wire === undefined || segments === undefined) return NOT_SHOWN;
    const numbers = finsOf(wire).flatMap(({ fin, ack }) => [fin.frame, ack?.frame]);
    return {
      option: segments === 3 ? 'three' : 'four',
      seen: text(`${segments} segments`, `${segments} 个报文段`),
      where: [frames(wire.capture.file, ...numbers)],
    };
  };

export const atOnce = closeOf('at-once');
export const later = closeOf('later');
