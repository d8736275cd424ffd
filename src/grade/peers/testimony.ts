/** What the wire says about a check that failed: frames, the ladder around it, and whether it bears out our calls. */
import { readFileSync } from 'node:fs';
import { chatProtocol } from '../../check/index.ts';
import { analyse, type Connection, ladderOf, ladderText } from '../../tcp/index.ts';
import type { Protocol } from '../../wire/index.ts';
import type { Tried } from './orders.ts';

export const WIRE_FILE = 'clients.pcap';
const LADDER = { head: 5, tail: 9 };

export function readWire(file: string, protocol: Protocol): readonly Connection[] {
  return analyse(readFileSync(file), { protocols: [chatProtocol(protocol)] }).connections;
}

/**
 * Frames and ladder of the connection that the last try failed on. `contradiction` is set when an answer is said to be
 * missing and the capture holds more than our calls: then the verdict would rest on a fault of ours. (A check that ends
 * for another reason ends while packets still come.)
 */
export function testimony(
  connections: readonly Connection[],
  { tries }: Tried,
  dropped: number,
): Pick<Tried, 'frames' | 'ladder' | 'contradiction'> {
  const nothing = { frames: [], ladder: null, contradiction: null };
  const last = tries.at(-1);
  const peer = last?.peer;
  if (peer === null || peer === undefined) return nothing;
  const found = connections.filter(
    ({ initiator, responder }) => initiator.port === peer.clientPort && responder.port === peer.serverPort,
  );
  const connection = found.at(-1);
  if (connection === undefined) return nothing;
  const [client, server] = connection.directions;
  const frames = [
    connection.segments.findLast(({ payloadLength }) => payloadLength > 0)?.frame,
    connection.lastFrame,
  ];
  return {
    frames: [...new Set(frames.filter((frame) => frame !== undefined))],
    ladder: ladderText(ladderOf(connection, { elide: LADDER, roles: [peer.name, 'server'] })),
    contradiction:
      dropped > 0 ||
      !peer.readAll ||
      last?.symptom?.is !== 'no-answer' ||
      (server.bytes <= peer.received && client.bytes <= peer.sent)
        ? null
        : `the capture holds ${server.bytes} bytes to ${peer.name} and ${client.bytes} from it, our calls say ${peer.received} and ${peer.sent}`,
  };
}
