/** What the wire says about a check that a client failed: frames, the ladder, the bytes; and whether it bears out our calls. */
import { assertNever } from '../../bytes/index.ts';
import { type Connection, epochUs, type Side } from '../../tcp/index.ts';
import type { Invalid, Protocol } from '../../wire/index.ts';
import type { Wire } from '../peers/testimony.ts';
import { telling } from '../peers/tries.ts';
import { wireStory } from '../peers/witnesses.ts';
import {
  brokenBytes,
  type Exhibit,
  lastShown,
  NO_EXHIBIT,
  packetShown,
  type Talk,
  talkOf,
} from './exhibit.ts';
import type { Calls, ClientSymptom, ClientTried, ClientTry } from './orders.ts';
import { CLIENT } from './witnesses.ts';

export const CLIENT_WIRE = 'client.pcap';

type Testimony = Pick<ClientTried, 'wire' | 'frames' | 'ladder' | 'bytes' | 'contradiction'>;
const NOTHING: Testimony = { ...NO_EXHIBIT, frames: [], wire: null, contradiction: null };

/**
 * `contradiction` is set where a verdict would rest on calls of ours that the capture belies: then it is our fault. A
 * capture that lost packets belies nothing.
 */
export function clientTestimony(
  { connections, epochNs }: Wire,
  tries: readonly ClientTry[],
  protocol: Protocol,
  dropped: number,
): Testimony {
  const told = telling(tries);
  if (told?.verdict !== 'fail' || told.seen === null || told.symptom === null) return NOTHING;
  const { symptom } = told;
  const { serverPort, calls, atMs } = told.seen;
  // Ports come again; what began after the failure is another try's.
  const began = ({ segments }: Connection): boolean =>
    epochUs(epochNs, segments[0]?.atNs ?? 0) <= (atMs + 1) * 1000;
  const connection = connections.findLast(
    (one) =>
      one.responder.port === serverPort &&
      (calls === null || one.initiator.port === calls.clientPort) &&
      began(one),
  );
  if (connection === undefined) {
    if (calls === null || dropped > 0) return NOTHING;
    return {
      ...NOTHING,
      contradiction: `our calls have a client at port ${calls.clientPort}, the capture none`,
    };
  }
  // What passed after the failure is our own doing: the client is ended, and the kernel closes for it.
  const { segments } = connection;
  const after = segments.findIndex(({ atNs }) => epochUs(epochNs, atNs) > (atMs + 1) * 1000);
  if (after > 0) segments.length = after;
  const talk = talkOf(connection, protocol);
  const { line, frames } = wireStory(connection, CLIENT);
  const exhibit = unreadShown(symptom, talk) ?? exhibitOf(symptom, talk);
  return {
    wire: line,
    frames: [...new Set([...frames, ...exhibit.frames])].sort((a, b) => a - b),
    ladder: exhibit.ladder,
    bytes: exhibit.bytes,
    contradiction: dropped > 0 ? null : belied(symptom, calls, talk),
  };
}

/** What to look at: the bytes that are no packet, whoever sent them; or the answer that was not shown. */
function exhibitOf(symptom: ClientSymptom, talk: Talk): Exhibit {
  const { client, server } = talk;
  switch (symptom.is) {
    case 'not-a-packet':
      return client.stopped === undefined ? lastShown(talk) : brokenBytes(talk, 'client', client.stopped);
    case 'not-connected':
    case 'not-asked':
      return lastShown(talk);
    case 'not-shown':
      return symptom.asked ? answered(talk, server.stopped) : lastShown(talk);
    case 'ended':
    case 'said-nothing':
    case 'did-not-end':
      return answered(talk, server.stopped);
    default:
      return assertNever(symptom);
  }
}

/** Where the client stopped reading, by its kernel. */
function unreadShown(symptom: ClientSymptom, talk: Talk): Exhibit | undefined {
  if (symptom.is !== 'not-shown' && symptom.is !== 'did-not-end') return undefined;
  const { unread } = symptom;
  const offset = passed(talk, 1) - unread;
  if (unread === 0 || offset < 0) return undefined;
  return brokenBytes(talk, 'server', { offset, reason: 'not read from here on' });
}

function answered(talk: Talk, stopped: Invalid | undefined): Exhibit {
  if (stopped !== undefined) return brokenBytes(talk, 'server', stopped);
  const last = talk.server.packets.at(-1);
  return last === undefined ? lastShown(talk) : packetShown(talk, last);
}

/** Bytes of one side's stream that passed before the failure; relative numbers count the SYN as 0 (RFC 9293, 3.4). */
const passed = ({ connection }: Talk, side: Side): number =>
  Math.max(
    0,
    ...connection.segments
      .filter((segment) => segment.side === side && segment.payloadLength > 0)
      .map(({ relSeq, payloadLength }) => relSeq + payloadLength - 1),
  );

function belied(symptom: ClientSymptom, calls: Calls | null, talk: Talk): string | null {
  const [fromClient, toClient] = [passed(talk, 0), passed(talk, 1)];
  const counts = `the capture holds ${fromClient} bytes from the client and ${toClient} to it`;
  switch (symptom.is) {
    case 'not-connected':
      // A SYN that nothing answers is a client's try; only a connection that we did not notice is our fault.
      return talk.connection.segments.some(({ side }) => side === 1)
        ? `${counts}, our calls no client`
        : null;
    case 'not-a-packet': {
      const at = talk.client.stopped?.offset;
      return at === symptom.offset
        ? null
        : `our calls have no packet at byte ${symptom.offset}, the capture ${at === undefined ? 'has only packets' : `at byte ${at}`}`;
    }
    case 'not-shown':
    case 'not-asked':
    case 'did-not-end':
      // The client was waited for while our server had nothing to do: what passed before is counted on both sides.
      if (calls === null) return `${counts}, our calls no client`;
      if ((calls.closed || calls.read >= fromClient) && calls.wrote === toClient) return null;
      return `${counts}, our calls say ${calls.read} and ${calls.wrote}`;
    case 'ended':
    case 'said-nothing':
      // What was on its way when it ended may not have arrived.
      return calls !== null && toClient > calls.wrote ? `${counts}, our calls say ${calls.wrote}` : null;
    default:
      return assertNever(symptom);
  }
}
