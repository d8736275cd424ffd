import { type AnswerKey, type Evidence, frames, headerKey, numberKey } from '../../src/check/index.ts';
import { connectedWhileStopped, opening, stopView } from './views.ts';

/** Whole handshakes before the server went on. */
export function howManyConnected(evidence: Evidence): AnswerKey | undefined {
  const view = stopView(evidence);
  if (view === undefined) return undefined;
  const during = connectedWhileStopped(view);
  return numberKey(
    during.length,
    frames('client.pcap', ...during.map(({ client }) => client?.connection.handshake.ack)),
  );
}

/** The number of the SYN that was sent in vain: the same in each copy. */
export function lastSyn(evidence: Evidence): AnswerKey | undefined {
  const wire = stopView(evidence)?.clients.find(({ last }) => last)?.client;
  return headerKey(wire, opening(wire).syns[0], 'seq');
}
