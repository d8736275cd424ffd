import { type AnswerKey, type Evidence, numberKey, portKey, socketLines } from '../../src/check/index.ts';
import { manyView } from './views.ts';

/** Recv-Q of all the server's sockets, while it was stopped. */
export function waitingBytes(evidence: Evidence): AnswerKey | undefined {
  const waiting = manyView(evidence)?.clients.map((client) => client.waiting) ?? [];
  const rows = waiting.flatMap((seen) => (seen?.row === undefined ? [] : [seen.row.receiveQueueBytes]));
  if (rows.length === 0 || rows.length < waiting.length) return undefined;
  return numberKey(
    rows.reduce((sum, bytes) => sum + bytes, 0),
    socketLines(...new Set(waiting.flatMap((seen) => (seen === undefined ? [] : [seen.line])))),
  );
}

/** By the SYN of its connection. */
export const thirdPort = (evidence: Evidence): AnswerKey | undefined =>
  portKey(manyView(evidence)?.clients.find(({ number }) => number === 3)?.client);
