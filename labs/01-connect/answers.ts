import { type AnswerKey, type Evidence, frames } from '../../src/check/index.ts';
import { clientViews } from './views.ts';

/** The port of the SYN in the client's capture. */
export function clientPort(evidence: Evidence): AnswerKey | undefined {
  const wire = clientViews(evidence).find(({ plan }) => plan.id === 'client-2')?.client;
  if (wire === undefined) return undefined;
  const { handshake, initiator } = wire.connection;
  return { kind: 'number', value: initiator.port, where: [frames(wire.capture.file, handshake.syn)] };
}

/** The acknowledgment number in the header of the SYN-ACK, not the relative one that many tools show. */
export function synAckNumber(evidence: Evidence): AnswerKey | undefined {
  const wire = clientViews(evidence).find(({ plan }) => plan.id === 'client-3')?.client;
  const synAck = wire?.connection.segments.find(({ frame }) => frame === wire.connection.handshake.synAck);
  if (wire === undefined || synAck === undefined) return undefined;
  return { kind: 'number', value: synAck.ack, where: [frames(wire.capture.file, synAck.frame)] };
}
