import {
  type AnswerKey,
  type Evidence,
  headerKey,
  numberKey,
  socketAt,
  socketLines,
} from '../../src/check/index.ts';
import { caseViews, closedBy } from './views.ts';

const unread = (evidence: Evidence) => caseViews(evidence).find(({ id }) => id === 'unread');

/** The acknowledgment number of the first segment that closed the window. */
export function closingAck(evidence: Evidence): AnswerKey | undefined {
  const view = unread(evidence);
  return headerKey(view?.client, view && closedBy(view)[0], 'ack');
}

/** What the sender's kernel still has to send while the window is closed. */
export function sendQueue(evidence: Evidence): AnswerKey | undefined {
  const view = unread(evidence);
  if (view === undefined) return undefined;
  const { clientPort, serverPort } = view;
  const seen = socketAt(evidence, 'client', 'closed', { localPort: clientPort, remotePort: serverPort });
  return seen?.row === undefined ? undefined : numberKey(seen.row.sendQueueBytes, socketLines(seen.line));
}
