/** From packets to connections. Push packets as they come; keep everything (for a report) or nothing (for a stream). */
import type { AppProtocol } from './app.ts';
import { CaptureReader } from './capture-reader.ts';
import { Connection, type CitedMessage, type ConnectionOptions } from './connection.ts';
import { SegmentDecoder } from './decode.ts';
import type { CaptureProblem, Packet } from './packet.ts';
import { FLAG, Segment } from './segment.ts';
import { readTcpdumpText } from './tcpdump-text.ts';

export interface AnalyserOptions {
  /** Application protocols to look for, the likeliest first. */
  readonly protocols?: readonly AppProtocol[];
  /**
   * True (the default): connections keep their segments, streams and messages. False: memory holds only what is open;
   * what the callbacks get is valid until the next packet.
   */
  readonly keep?: boolean;
  readonly onSegment?: (connection: Connection, segment: Segment) => void;
  readonly onMessage?: (connection: Connection, message: CitedMessage) => void;
  /** A connection that is over and has been let go of, or that the capture's end leaves open. */
  readonly onConnectionEnd?: (connection: Connection) => void;
}

export interface Analysis {
  /** Time of the first packet, nanoseconds since 1970; undefined for a capture without packets. */
  readonly epochNs: bigint | undefined;
  readonly connections: readonly Connection[];
  readonly packets: number;
  readonly tcpSegments: number;
  /** Packets that are not TCP, or of which too little was captured to tell. */
  readonly otherPackets: number;
  readonly problems: readonly CaptureProblem[];
}

/** A closed connection can be forgotten after 2 MSL of capture time (RFC 9293, section 3.4.2: MSL is two minutes). */
const FORGET_AFTER_NS = 240e9;
const SWEEP_EVERY = 65_536;

export class Analyser {
  readonly #options: AnalyserOptions;
  readonly #connectionOptions: ConnectionOptions;
  readonly #decoder = new SegmentDecoder();
  readonly #keep: boolean;
  /** The youngest connection of each hash of a four-tuple; others with the same hash hang behind it. */
  readonly #table = new Map<number, Connection[]>();
  readonly #connections: Connection[] = [];
  #segment = new Segment();
  #last: Connection | undefined;
  #count = 0;
  #tcpSegments = 0;

  constructor(options: AnalyserOptions = {}) {
    this.#options = options;
    this.#keep = options.keep ?? true;
    this.#connectionOptions = {
      keep: this.#keep,
      protocols: options.protocols ?? [],
      onMessage: options.onMessage,
    };
  }

  packet(packet: Packet): void {
    const segment = this.#segment;
    if (!this.#decoder.decode(packet, segment)) return;
    if (this.#keep) this.#segment = new Segment();
    this.segment(segment);
  }

  /** Takes a decoded segment; the text reader makes them without a packet. */
  segment(segment: Segment): void {
    this.#tcpSegments++;
    const connection = this.#find(segment);
    connection.accept(segment);
    this.#options.onSegment?.(connection, segment);
    if (!this.#keep && this.#tcpSegments % SWEEP_EVERY === 0) this.#sweep(segment.atNs);
  }

  /** Says that the capture is over; gives the result. */
  end(input: { epochNs: bigint | undefined; problems: readonly CaptureProblem[] }): Analysis {
    this.#decoder.end();
    for (const connections of this.#table.values()) {
      for (const connection of connections) {
        if (!this.#keep) this.#finish(connection);
      }
    }
    for (const connection of this.#connections) this.#finish(connection);
    this.#table.clear();
    return {
      epochNs: input.epochNs,
      connections: this.#connections,
      packets: this.#decoder.packets,
      tcpSegments: this.#tcpSegments,
      otherPackets: this.#decoder.others,
      problems: [...input.problems, ...this.#decoder.problems],
    };
  }

  #find(segment: Segment): Connection {
    const last = this.#last;
    if (last !== undefined && this.#claims(last, segment)) return last;
    const hash = hashOf(segment);
    const bucket = this.#table.get(hash);
    const found = bucket?.find((connection) => connection.sideOf(segment) !== -1);
    if (found !== undefined && this.#claims(found, segment)) {
      this.#last = found;
      return found;
    }
    const connection = new Connection(this.#count++, segment, found !== undefined, this.#connectionOptions);
    const side = connection.sideOf(segment);
    if (side !== -1) segment.side = side;
    if (bucket === undefined) this.#table.set(hash, [connection]);
    else {
      if (found !== undefined) {
        bucket.splice(bucket.indexOf(found), 1);
        if (!this.#keep) this.#finish(found);
      }
      bucket.push(connection);
    }
    if (this.#keep) this.#connections.push(connection);
    this.#last = connection;
    return connection;
  }

  /**
   * Whether a segment of this four-tuple is of this connection, and not of a new one on the same ports: a SYN with
   * another sequence number opens a new one. With the same number it is the same attempt again, after a RST too (Windows
   * tries three times). This is the rule of Wireshark 4.0 as well.
   */
  #claims(connection: Connection, segment: Segment): boolean {
    const side = connection.sideOf(segment);
    if (side === -1) return false;
    segment.side = side;
    if ((segment.flags & (FLAG.syn | FLAG.ack)) !== FLAG.syn) return true;
    const own = connection.directions[side];
    return !own.hasBase || segment.seq === own.baseSeq;
  }

  #finish(connection: Connection): void {
    connection.end();
    this.#options.onConnectionEnd?.(connection);
  }

  /** Lets go of connections that are over. */
  #sweep(nowNs: number): void {
    for (const [hash, bucket] of this.#table) {
      const open = bucket.filter((connection) => {
        if (!connection.isOver || nowNs - connection.lastNs < FORGET_AFTER_NS) return true;
        this.#finish(connection);
        return false;
      });
      if (open.length === 0) this.#table.delete(hash);
      else if (open.length < bucket.length) this.#table.set(hash, open);
    }
    if (this.#last?.isOver === true) this.#last = undefined;
  }
}

/** The same for both directions of a four-tuple. */
function hashOf(segment: Segment): number {
  const source = mix(segment.src0 ^ segment.src1 ^ segment.src2 ^ segment.src3, segment.srcPort);
  const destination = mix(segment.dst0 ^ segment.dst1 ^ segment.dst2 ^ segment.dst3, segment.dstPort);
  return (source + destination) | 0;
}

function mix(address: number, port: number): number {
  let h = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 13;
  return Math.imul(h, 0xc2b2ae35);
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
  const analysis = analyser.end(capture);
  return { ...analysis, packets: capture.segments.length };
}
