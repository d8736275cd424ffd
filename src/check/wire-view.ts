import { endsAfter, netstatState, type Connection, type Segment, type Side } from '../tcp/index.ts';
import type { Evidence, HostCapture } from './evidence.ts';

/** A connection in one host's capture. */
export interface WireView {
  readonly capture: HostCapture;
  readonly connection: Connection;
}

/** The two ports that name a connection in a lab: who opened it, and whom it was opened to. */
export interface PortPair {
  readonly clientPort: number;
  readonly serverPort: number;
}

/** All connections of a port pair in a host's capture, in their order: a pair may be used again. */
export function wireViews(evidence: Evidence, host: string, pair: PortPair): WireView[] {
  const capture = evidence.captures.find((candidate) => candidate.host === host);
  if (capture === undefined) return [];
  return capture.analysis.connections
    .filter(
      ({ initiator, responder }) => initiator.port === pair.clientPort && responder.port === pair.serverPort,
    )
    .map((connection) => ({ capture, connection }));
}

export const wireView = (evidence: Evidence, host: string, pair: PortPair): WireView | undefined =>
  wireViews(evidence, host, pair)[0];

/**
 * The frames of a host's capture that never came to the capture at the other end, which holds for what this host sent: what
 * the other end's host sent and lost is in no capture of this one.
 */
export function lostFrames(here: WireView, there: WireView): Set<number> {
  const came = new Map<string, number>();
  for (const segment of there.connection.segments) {
    const name = nameOf(segment);
    came.set(name, (came.get(name) ?? 0) + 1);
  }
  const lost = new Set<number>();
  for (const segment of here.connection.segments) {
    const left = came.get(nameOf(segment)) ?? 0;
    came.set(nameOf(segment), left - 1);
    if (left <= 0) lost.add(segment.frame);
  }
  return lost;
}

/** Copies of one segment differ in their timestamps; where there are none, how many came is what counts. */
const nameOf = ({ side, seq, ack, flags, payloadLength, tsVal }: Segment): string =>
  [side, seq, ack, flags, payloadLength, tsVal].join(' ');

/** What the packets up to a moment say of one end, in netstat's words; `none` where that end has no socket. */
export interface PacketState {
  readonly state: string;
  /** The last packet before the moment; undefined when there was none yet. */
  readonly frame: number | undefined;
  readonly certain: boolean;
}

export function stateByPackets({ capture, connection }: WireView, side: Side, atUs: number): PacketState {
  const last = connection.segments.findLast((segment) => capture.atUs(segment.atNs) <= atUs);
  if (last === undefined) return { state: 'none', frame: undefined, certain: true };
  const { state, certainty } = endsAfter(last)[side];
  const none = state === 'CLOSED' || state === 'LISTEN';
  return {
    state: none ? 'none' : netstatState(state),
    frame: last.frame,
    certain: certainty !== 'ambiguous',
  };
}
