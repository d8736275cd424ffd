/** Follows a capture file that is being written, and keeps the latest segments of each connection as rungs. */
import {
  Analyser,
  type AppProtocol,
  CaptureReader,
  type Connection,
  epochUs,
  FLAG,
  flagNames,
  formatEndpoint,
  type Segment,
  segmentLabel,
} from '../../tcp/index.ts';
import { type LadderReading, pairKey, type Rung } from '../snapshot.ts';
import { Tail } from './tail.ts';

const KEPT_RUNGS = 200;
/** Of the connections that somebody may look at; the oldest are forgotten. */
const KEPT_CONNECTIONS = 500;

interface Track {
  readonly lanes: readonly [string, string];
  rungs: Rung[];
}

export class WireTap {
  readonly #tail: Tail;
  readonly #reader = new CaptureReader();
  readonly #analyser: Analyser;
  /** Of the messages that the segment at hand completes: the analyser tells them first, then the segment. */
  readonly #names: string[] = [];
  readonly #tracks = new Map<string, Track>();

  /** The file may not be there yet. `serverPort`: whose clients were there before we looked. */
  constructor(file: string, protocols: readonly AppProtocol[], serverPort?: number) {
    this.#tail = new Tail(file);
    this.#analyser = new Analyser({
      keep: false,
      protocols,
      ...(serverPort === undefined ? {} : { serverPort }),
      onSegment: (connection, segment) => this.#segment(connection, segment),
      onMessage: (_connection, message) => this.#names.push(message.name),
    });
  }

  /** Reads what has been written since the last time. */
  read(): void {
    for (const chunk of this.#tail.chunks()) {
      for (const packet of this.#reader.push(chunk)) this.#analyser.packet(packet);
    }
  }

  ladder(key: string): LadderReading | undefined {
    const track = this.#tracks.get(key);
    return track === undefined ? undefined : { ...track, witness: 'wire' };
  }

  close(): void {
    this.#tail.close();
  }

  #segment(connection: Connection, segment: Segment): void {
    const lanes = [formatEndpoint(connection.initiator), formatEndpoint(connection.responder)] as const;
    const key = pairKey(...lanes);
    // A new connection on the same ports begins its ladder anew.
    const fresh = segment.frame === connection.firstFrame;
    const track = (fresh ? undefined : this.#tracks.get(key)) ?? { lanes, rungs: [] };
    this.#tracks.delete(key);
    this.#tracks.set(key, track);
    if (this.#tracks.size > KEPT_CONNECTIONS) {
      const [oldest] = this.#tracks.keys();
      if (oldest !== undefined) this.#tracks.delete(oldest);
    }
    const names = this.#names.splice(0);
    const flags = flagNames(segment.flags);
    const length = segment.payloadLength === 0 ? '' : ` ${segment.payloadLength} B`;
    track.rungs.push({
      atMs: epochUs(this.#reader.epochNs ?? 0n, segment.atNs) / 1000,
      from: segment.side === 0 ? 'left' : 'right',
      label: [...names, segmentLabel(segment)].join(' · '),
      brief: `${names.length === 0 ? flags : names.join(', ')}${length}`,
      tone: toneOf(segment),
    });
    if (track.rungs.length >= 2 * KEPT_RUNGS) track.rungs = track.rungs.slice(-KEPT_RUNGS);
  }
}

function toneOf({ flags, payloadLength }: Segment): Rung['tone'] {
  if (flags & FLAG.rst) return 'reset';
  if (flags & FLAG.syn) return 'open';
  if (flags & FLAG.fin) return 'close';
  return payloadLength > 0 ? 'data' : 'ack';
}
