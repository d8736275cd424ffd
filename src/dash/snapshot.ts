/** What the dashboard shows, as plain data. A source makes readings; the views are functions of a snapshot. */

/** One connection, or one listener, as far as its witnesses know it. */
export interface Connection {
  /** The same in every reading: both endpoints in order, see `pairKey`. */
  readonly key: string;
  /** Of a lab's world; empty on one machine. */
  readonly host: string;
  /** The number that the server gave to the client; undefined when no program owns the socket as a client's. */
  readonly id: number | undefined;
  /** As the client calls itself: not to be trusted. */
  readonly name: string;
  readonly local: string;
  readonly remote: string;
  /** The kernel's state of this socket, in netstat's words; undefined when the kernel shows no such socket. */
  readonly state: string | undefined;
  /** The state of the socket at the other end, where that is on this machine. */
  readonly peerState: string | undefined;
  readonly receiveQueue: number | undefined;
  readonly sendQueue: number | undefined;
  readonly timer: Timer | undefined;
  readonly requests: number | undefined;
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  /** Bytes for it that wait in the program. */
  readonly unsent: number | undefined;
}

export interface Timer {
  /** The kernel's: `retransmit`, `keepalive`, `time-wait`, `persist`. */
  readonly kind: string;
  readonly leftMs: number;
  /** Times that it fired without an answer. */
  readonly tries: number;
}

export interface LogLine {
  readonly atMs: number;
  readonly tone: 'plain' | 'good' | 'bad';
  readonly text: string;
}

/** A step of a connection: a segment on the wire, or a packet as the program saw it. */
export interface Rung {
  readonly atMs: number;
  readonly from: 'left' | 'right';
  readonly label: string;
  /** The same where there is little room. */
  readonly brief: string;
  readonly tone: 'open' | 'data' | 'ack' | 'close' | 'reset';
}

export interface LadderReading {
  readonly lanes: readonly [string, string];
  /** Who saw it: tcpdump, or the server itself. */
  readonly witness: 'wire' | 'server';
  readonly rungs: readonly Rung[];
}

/** Totals since the source was opened; they only grow. */
export interface Totals {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Heading {
  /** `127.0.0.1:5264  chatd`, `lab 01-connect`. */
  readonly title: string;
  /** Label and value, in the order in which they are shown. */
  readonly facts: readonly (readonly [string, string])[];
}

/** One look at what is watched. */
export interface Reading {
  readonly atMs: number;
  readonly heading: Heading;
  readonly connections: readonly Connection[];
  readonly totals: Totals;
  /** What is new since the last look. */
  readonly log: readonly LogLine[];
  readonly ladder: LadderReading | undefined;
  /** It has ended, or does not answer; what was seen last stays on the screen. */
  readonly trouble: string | undefined;
}

export interface Rates {
  readonly requests: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Speeds at a time. */
export interface Past extends Rates {
  readonly atMs: number;
}

/** Everything that a screen is drawn from, but for what its user has chosen. */
export interface Snapshot extends Omit<Reading, 'totals'> {
  /** A second, for each connection by its key. */
  readonly speeds: ReadonlyMap<string, Rates>;
  /** The whole, a second, oldest first. */
  readonly history: readonly Past[];
}

/** What one may be attached to. */
export interface Source {
  /** `chosen`: the key of the connection whose ladder is wanted. Rejects only with what ends the dashboard. */
  read(chosen: string | undefined): Promise<Reading>;
  close(): Promise<void>;
}

/** The name of a connection, whichever end looks at it. */
export const pairKey = (one: string, other: string): string => [one, other].sort().join(' ');
