import { Buffer } from 'node:buffer';
import type { Connection, Side } from '../tcp/index.ts';
import type { Invalid, Message, MessageType, Protocol } from '../wire/index.ts';

/** A packet of the protocol as the wire shows it. */
export interface WirePacket {
  readonly side: Side;
  readonly message: Message;
  readonly bytes: Buffer;
  /** In this side's stream. */
  readonly offset: number;
  /** The frames that carried it, in stream order. */
  readonly frames: readonly number[];
  /** When its last byte passed, on the capture's clock. */
  readonly atNs: number;
}

/** All packets of one side of a connection, and what stopped the reading, if anything did. */
export function packetsOf(
  connection: Connection,
  side: Side,
  protocol: Protocol,
): { packets: WirePacket[]; stopped: Invalid | undefined } {
  const direction = connection.directions[side];
  const stream = direction.streamBytes().bytes;
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const decoder = protocol.decoder(side === 0 ? 'client' : 'server');
  for (const type of requestsFrom(connection, side === 0 ? 1 : 0, protocol)) decoder.expect(type);
  decoder.push(bytes);
  const times = new Map(connection.segments.map((segment) => [segment.frame, segment.atNs]));
  const packets: WirePacket[] = [];
  for (;;) {
    const next = decoder.next();
    if (next.type === 'need-more') return { packets, stopped: decoder.end() };
    if (next.type === 'invalid') return { packets, stopped: next };
    const { offset, length } = decoder;
    const frames = direction.framesOf(offset, length);
    const atNs = Math.max(...frames.map((frame) => times.get(frame) ?? 0));
    packets.push({
      side,
      message: next,
      bytes: bytes.subarray(offset, offset + length),
      offset,
      frames,
      atNs,
    });
  }
}

/** What the other side asked: some answers do not say themselves what they are. */
function requestsFrom(connection: Connection, side: Side, protocol: Protocol): MessageType[] {
  const stream = connection.directions[side].streamBytes().bytes;
  const decoder = protocol.decoder(side === 0 ? 'client' : 'server');
  decoder.push(Buffer.from(stream.buffer, stream.byteOffset, stream.length));
  const types: MessageType[] = [];
  for (
    let next = decoder.next();
    next.type !== 'need-more' && next.type !== 'invalid';
    next = decoder.next()
  ) {
    types.push(next.type);
  }
  return types;
}
