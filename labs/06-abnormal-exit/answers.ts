import { type AnswerKey, type Evidence, headerKey, portKey } from '../../src/check/index.ts';
import { caseViews, rstsIn } from './views.ts';

const killed = (evidence: Evidence) => caseViews(evidence).find(({ way }) => way === 'kill');

/** The port of the client that was killed, which the server still lists. */
export const deadPort = (evidence: Evidence): AnswerKey | undefined => portKey(killed(evidence)?.server);

/** The RST with which the client's host answers what is sent to the dead client. */
export function rstNumber(evidence: Evidence): AnswerKey | undefined {
  const wire = killed(evidence)?.server;
  return headerKey(wire, wire && rstsIn(wire).find(({ side }) => side === 0), 'seq');
}
