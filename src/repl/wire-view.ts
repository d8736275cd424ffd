/** `.wire on`: each packet of the session's connections, its bytes named by the protocol's description. */
import { hexdump } from '../bytes/index.ts';
import { annotate, type Protocol, stateOf } from '../wire/index.ts';
import type { Paint } from './paint.ts';
import type { SeenPacket } from './session.ts';

/** One packet as lines: a heading, then its annotated bytes. Offsets count in all that went that way. */
export function packetText(packet: SeenPacket, protocol: Protocol, paint: Paint): string {
  const sent = packet.direction === 'sent';
  const { spans } = annotate(
    protocol,
    sent ? 'client' : 'server',
    packet.bytes,
    stateOf(packet.message.type),
  );
  const who = packet.otherPort === undefined ? '' : `:${packet.otherPort} `;
  const heading = `${who}${sent ? '→ sent' : '← received'} ${packet.message.type}, ${packet.bytes.length} bytes at ${packet.streamOffset}`;
  return `${paint.cyan(heading)}\n${hexdump(packet.bytes, { fields: spans, base: packet.streamOffset })}`;
}
