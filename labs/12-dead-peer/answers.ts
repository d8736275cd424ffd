import { type AnswerKey, type Evidence, frames, headerKey, numberKey } from '../../src/check/index.ts';
import { cutView, probesIn } from './views.ts';

const kept = (evidence: Evidence) => cutView(evidence)?.dead.find(({ way }) => way === 'keep-alive');

/** Keep-alive probes that left for the dead client, in the server's capture. */
export function probeCount(evidence: Evidence): AnswerKey | undefined {
  const view = kept(evidence);
  if (view?.server === undefined) return undefined;
  const probes = probesIn(view);
  return numberKey(probes.length, frames(view.server.capture.file, ...probes.map(({ frame }) => frame)));
}

/** The number that all of them carry: one below the next byte. */
export function probeSeq(evidence: Evidence): AnswerKey | undefined {
  const view = kept(evidence);
  return headerKey(view?.server, view && probesIn(view)[0], 'seq');
}
