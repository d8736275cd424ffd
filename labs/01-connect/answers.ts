import { type AnswerKey, type Evidence, headerKey, portKey } from '../../src/check/index.ts';
import { clientViews } from './views.ts';

/** The port of the SYN in the client's capture. */
export const clientPort = (evidence: Evidence): AnswerKey | undefined =>
  portKey(clientViews(evidence).find(({ plan }) => plan.id === 'client-2')?.client);

/** The acknowledgment number in the header of the SYN-ACK. */
export function synAckNumber(evidence: Evidence): AnswerKey | undefined {
  const wire = clientViews(evidence).find(({ plan }) => plan.id === 'client-3')?.client;
  const synAck = wire?.connection.segments.find(({ frame }) => frame === wire.connection.handshake.synAck);
  return headerKey(wire, synAck, 'ack');
}
