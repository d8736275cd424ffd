/** What the wire says about a check that failed: frames, the ladder around it, and whether it bears out our calls. */
import { readFileSync } from 'node:fs';
import { chatProtocol } from '../../check/index.ts';
import { analyse, type Connection, epochUs } from '../../tcp/index.ts';
import type { Protocol } from '../../wire/index.ts';
import type { Tried } from './orders.ts';
import { telling } from './tries.ts';
import { drawn, SERVER, wireStory } from './witnesses.ts';

export const WIRE_FILE = 'clients.pcap';

export interface Wire {
  readonly connections: readonly Connection[];
  readonly epochNs: bigint;
}

export function readWire(file: string, protocol: Protocol): Wire {
  const { connections, epochNs } = analyse(readFileSync(file), { protocols: [chatProtocol(protocol)] });
  return { connections, epochNs: epochNs ?? 0n };
}

/**
 * Frames and ladder of the connection that the last try failed on. `contradiction` is set when an answer is said to be
 * missing and the capture holds more than our calls: then the verdict would rest on a fault of ours. (A check that ends
 * for another reason ends while packets still come.)
 */
export function testimony(
  { connections, epochNs }: Wire,
  { tries }: Tried,
  dropped: number,
): Pick<Tried, 'frames' | 'wire' | 'ladder' | 'contradiction'> {
  const nothing = { frames: [], wire: null, ladder: null, contradiction: null };
  const last = telling(tries);
  if (last === undefined || last.peer === null) return nothing;
  const { peer, atMs } = last;
  const found = connections.filter(
    ({ initiator, responder }) => initiator.port === peer.clientPort && responder.port === peer.serverPort,
  );
  const connection = found.at(-1);
  if (connection === undefined) return nothing;
  const [client, server] = connection.directions;
  // What passed after the failure is our own doing: the server is ended, and the kernel closes for it.
  const { segments } = connection;
  const after = segments.findIndex(({ atNs }) => atMs !== null && epochUs(epochNs, atNs) > (atMs + 1) * 1000);
  if (after > 0) segments.length = after;
  const { line, frames } = wireStory(connection, SERVER);
  return {
    frames,
    wire: line,
    ladder: drawn(connection, [peer.name, 'server']),
    contradiction:
      dropped > 0 ||
      !peer.readAll ||
      last.symptom?.is !== 'no-answer' ||
      (server.bytes <= peer.received && client.bytes <= peer.sent)
        ? null
        : `the capture holds ${server.bytes} bytes to ${peer.name} and ${client.bytes} from it, our calls say ${peer.received} and ${peer.sent}`,
  };
}
