import { type AnswerKey, type Evidence, frames, numberKey } from '../../src/check/index.ts';
import { carriers, phaseViews } from './views.ts';

const wireOf = (evidence: Evidence, id: string) =>
  phaseViews(evidence).find(({ phase }) => phase.id === id)?.wire.client;

/** Segments in the client's capture that carried the requests which were sent all at once, Nagle off. */
export function requestSegments(evidence: Evidence): AnswerKey | undefined {
  const wire = wireOf(evidence, 'all-at-once');
  if (wire === undefined) return undefined;
  const found = carriers(wire.sent, 'time.request');
  return numberKey(found.length, frames(wire.capture.file, ...found));
}

/** Bytes that the client sent on the connection that asked one by one, Nagle off. */
export function bytesSent(evidence: Evidence): AnswerKey | undefined {
  const wire = wireOf(evidence, 'one-by-one');
  if (wire === undefined) return undefined;
  const { streamLength } = wire.connection.directions[0];
  return numberKey(streamLength, frames(wire.capture.file, wire.connection.firstFrame));
}
