import { analyse, type Connection, FLAG } from '../../src/tcp/index.ts';
import { pcapFile, tcpPacket } from './odd-segments.ts';

/** One segment; numbers are relative to the sender's initial sequence number, 1000 for A and 2000 for B. */
export interface Said {
  readonly side: 'A' | 'B';
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly length: number;
  readonly window: number;
}

/** A's port 5000 and B's port 80, a segment each millisecond, as the analysis of their capture has it. */
export function conversation(steps: readonly Said[]): Connection {
  const packets = steps.map(({ side, flags, seq, ack, length, window }, index) => ({
    atNs: index * 1e6,
    bytes: tcpPacket({
      ...{ fromA: side === 'A', portA: 5000, portB: 80, flags, window, length },
      seq: (side === 'A' ? 1000 : 2000) + seq,
      ack: flags & FLAG.ack ? (side === 'A' ? 2000 : 1000) + ack : 0,
    }),
  }));
  const [connection] = analyse(pcapFile(packets)).connections;
  if (connection === undefined) throw new Error('no connection');
  return connection;
}
