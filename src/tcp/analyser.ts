/** From packets to connections. Push packets as they come; keep everything (for a report) or nothing (for a stream). */
import type { AppProtocol } from './app.ts';
import { CaptureReader } from './capture-reader.ts';
import { Connection, type CitedMessage, type ConnectionOptions } from './connection.ts';
import { SegmentDecoder } from './decode.ts';
import { Gone, OverQueue } from './over-queue.ts';
import { hashOf } from './four-tuple.ts';
import type { CaptureProblem, Packet } from './packet.ts';
import { FLAG, Segment } from './segment.ts';
import { readTcpdumpText } from './tcpdump-text.ts';

export interface AnalyserOptions {
  /** Application protocols to look for, the likeliest first. */
  readonly protocols?: readonly AppProtocol[];
  /** Where a server is known to listen: who has opened a connection whose SYN was not captured is then no guess. */
  readonly serverPort?: number;
  /**
   * True (the default): connections keep their segments, streams and messages. False: memory holds only what is open;
   * what the callbacks get is valid until the next packet.
   */
  readonly keep?: boolean;
  readonly onSegment?: (connection: Connection, segment: Segment) => void;
  readonly onMessage?: (connection: Connection, message: CitedMessage) => void;
  /**
   * Instead of `onSegment`, for a stream that keeps some segments: takes the segment for good and answers with one to
   * fill next, which may be the same.
   */
  readonly takeSegment?: (connection: Connection, segment: Segment) => Segment;
  /** A connection that is over and has been let go of, or that the capture's end leaves open. */
  readonly onConnectionEnd?: (connection: Connection) => void;
  /** How many segments the connections may have that are over and wait for stragglers; absent: any number. */
  readonly maxWaitingSegments?: number;
  /** Of the others only the numbers are followed, and no application protocol. Absent: all are wanted. */
  readonly wanted?: (id: number) => boolean;
}

export interface Analysis {
  /** Time of the first packet, nanoseconds since 1970; undefined for a capture without packets. */
  readonly epochNs: bigint | undefined;
  /** Empty when the analysis keeps nothing. */
  readonly connections: readonly Connection[];
  readonly connectionCount: number;
  readonly packets: number;
  readonly tcpSegments: number;
  /** Packets that are not TCP, or of which too little was captured to tell. */
  readonly otherPackets: number;
  readonly problems: readonly CaptureProblem[];
}

/** A SYN that nobody has answered for so long is over: Linux gives up after 127 seconds. */
const UNANSWERED_NS = 240e9;
const SWEEP_EVERY = 65_536;

export class Analyser {
  readonly #options: AnalyserOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #decoder = new SegmentDecoder();
  readonly #keep: boolean;
  /** The youngest connection of each hash of a four-tuple; others with the same hash hang behind it. */
  readonly #table = new Map<number, (Connection | Gone)[]>();
  readonly #over: OverQueue;
  readonly #connections: Connection[] = [];
  #segment = new Segment();
  #last: Connection | undefined;
  #count = 0;
  #tcpSegments = 0;
  #withoutPacket = 0;
  #late = 0;
  #firstLate = 0;

  constructor(options: AnalyserOptions = {}) {
    this.#options = options;
    this.#keep = options.keep ?? true;
    const protocols = options.protocols ?? [];
    const { onMessage, serverPort } = options;
    this.#connectionOptions = { keep: this.#keep, protocols, onMessage, serverPort };
    this.#over = new OverQueue(
      options.maxWaitingSegments ?? Infinity,
      (connection) => this.#letGo(connection),
      (gone) => this.#forget(gone),
    );
  }

  packet(packet: Packet): void {
    const segment = this.#segment;
    if (!this.#decoder.decode(packet, segment)) return;
    if (this.#keep) this.#segment = new Segment();
    this.#take(segment);
  }

  /** Takes a decoded segment; the text reader makes them without a packet. */
  segment(segment: Segment): void {
    this.#withoutPacket++;
    this.#take(segment);
  }

  #take(segment: Segment): void {
    this.#tcpSegments++;
    const connection = this.#find(segment);
    if (connection instanceof Gone) {
      this.#late++;
      this.#firstLate ||= segment.frame;
      return;
    }
    connection.accept(segment);
    this.#options.onSegment?.(connection, segment);
    if (this.#keep) return;
    if (this.#options.takeSegment) this.#segment = this.#options.takeSegment(connection, segment);
    if (connection.isOver) this.#over.add(connection, segment.atNs);
    if (this.#tcpSegments % SWEEP_EVERY === 0) this.#sweep(segment.atNs);
  }

  /** Says that the capture is over; gives the result. */
  end(input: { epochNs: bigint | undefined; problems: readonly CaptureProblem[] }): Analysis {
    this.#decoder.end();
    const left = this.#keep ? this.#connections : this.#over.leave([...this.#table.values()].flat());
    for (const connection of left) this.#finish(connection);
    this.#table.clear();
    const late: CaptureProblem[] =
      this.#late === 0
        ? []
        : [
            {
              code: 'late-segments',
              text:
                this.#late === 1
                  ? '1 segment came after its connection was over and told, and is not in the account'
                  : `${this.#late} segments came after their connections were over and told, and are not in the account`,
              at: this.#firstLate,
            },
          ];
    return {
      epochNs: input.epochNs,
      connections: this.#connections,
      connectionCount: this.#count,
      packets: this.#decoder.packets + this.#withoutPacket,
      tcpSegments: this.#tcpSegments,
      otherPackets: this.#decoder.others,
      problems: [...input.problems, ...this.#decoder.problems, ...late],
    };
  }

  #find(segment: Segment): Connection | Gone {
    const last = this.#last;
    if (last !== undefined && claims(last, segment)) return last;
    const hash = hashOf(segment);
    const bucket = this.#table.get(hash);
    const found = bucket?.find((connection) => connection.tuple.sideOf(segment) !== -1);
    if (found !== undefined && claims(found, segment)) {
      if (found instanceof Connection) this.#last = found;
      return found;
    }
    const id = this.#count++;
    const wanted = this.#options.wanted?.(id) ?? true;
    const options = wanted ? this.#connectionOptions : { ...this.#connectionOptions, protocols: [] };
    const connection = new Connection(id, segment, found !== undefined, options);
    const side = connection.sideOf(segment);
    if (side !== -1) segment.side = side;
    if (bucket === undefined) this.#table.set(hash, [connection]);
    else {
      if (found !== undefined) {
        bucket.splice(bucket.indexOf(found), 1);
        if (found instanceof Gone) this.#over.forget(found);
        else if (!this.#keep) this.#over.add(found, segment.atNs);
      }
      bucket.push(connection);
    }
    if (this.#keep) this.#connections.push(connection);
    this.#last = connection;
    return connection;
  }

  #finish(connection: Connection): void {
    connection.end();
    this.#options.onConnectionEnd?.(connection);
  }

  /** Tells of a connection; only its name stays, so that what still comes of it is known as such. */
  #letGo(connection: Connection): Gone {
    this.#finish(connection);
    if (this.#last === connection) this.#last = undefined;
    const gone = new Gone(connection);
    const bucket = this.#table.get(gone.hash) ?? [];
    const place = bucket.indexOf(connection);
    // It is not there when another connection has taken its addresses and ports.
    if (place >= 0) bucket[place] = gone;
    return gone;
  }

  #forget(gone: Gone): void {
    const bucket = (this.#table.get(gone.hash) ?? []).filter((each) => each !== gone);
    if (bucket.length === 0) this.#table.delete(gone.hash);
    else this.#table.set(gone.hash, bucket);
  }

  /** Connections that never were: a SYN into silence, as a port scan leaves by the thousand. */
  #sweep(nowNs: number): void {
    for (const bucket of this.#table.values()) {
      for (const each of bucket) {
        if (!(each instanceof Connection) || nowNs - each.lastNs < UNANSWERED_NS) continue;
        if (each.directions[1].segments === 0) this.#over.add(each, nowNs);
      }
    }
  }
}

/**
 * Whether a segment of this four-tuple is of this connection, and not of a new one on the same ports: a SYN with
 * another sequence number opens a new one. With the same number it is the same attempt again, after a RST too (Windows
 * tries three times). This is the rule of Wireshark 4.0 as well.
 */
function claims(connection: Connection | Gone, segment: Segment): boolean {
  const side = connection.tuple.sideOf(segment);
  if (side === -1) return false;
  segment.side = side;
  if ((segment.flags & (FLAG.syn | FLAG.ack)) !== FLAG.syn) return true;
  const own = connection.directions[side];
  return !own.hasBase || segment.seq === own.baseSeq;
}

/** A whole capture file (pcap or pcapng) at once. */
export function analyse(bytes: Uint8Array, options: AnalyserOptions = {}): Analysis {
  const reader = new CaptureReader();
  const analyser = new Analyser(options);
  for (const packet of reader.push(bytes)) analyser.packet(packet);
  reader.end();
  return analyser.end(reader);
}

/** tcpdump's text at once; see `readTcpdumpText` for what it may be surrounded by. */
export function analyseText(text: string, options: AnalyserOptions = {}): Analysis {
  const capture = readTcpdumpText(text);
  const analyser = new Analyser(options);
  for (const segment of capture.segments) analyser.segment(segment);
  return analyser.end(capture);
}
