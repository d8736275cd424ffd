import type { Segment } from '../tcp/index.ts';
import type { AnswerKey } from './answers.ts';
import { frames } from './conclude.ts';
import type { Where } from './verdict.ts';
import type { WireView } from './wire-view.ts';

/** A count or another number, with the places that show it. */
export const numberKey = (value: number, ...where: readonly Where[]): AnswerKey => ({
  kind: 'number',
  value,
  where,
});

/** A measured time: right is what rounds to it. */
export const timeKey = (value: number, tolerance: number, ...where: readonly Where[]): AnswerKey => ({
  ...{ kind: 'number', value, tolerance, where },
});

/** A number as it stands in a segment's header, not the relative one that many tools show. */
export const headerKey = (
  wire: WireView | undefined,
  segment: Segment | undefined,
  field: 'seq' | 'ack',
): AnswerKey | undefined =>
  wire === undefined || segment === undefined
    ? undefined
    : numberKey(segment[field], frames(wire.capture.file, segment.frame));

/** The port of who opened the connection, which its kernel chose. */
export function portKey(wire: WireView | undefined): AnswerKey | undefined {
  if (wire === undefined) return undefined;
  const { initiator, firstFrame } = wire.connection;
  return numberKey(initiator.port, frames(wire.capture.file, firstFrame));
}
