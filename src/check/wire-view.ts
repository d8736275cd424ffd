import { endsAfter, netstatState, type Connection, type Side } from '../tcp/index.ts';
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
