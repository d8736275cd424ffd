/**
 * One TCP segment, decoded. A class with every field set from the start: such objects stay small and fast, and a
 * reader that keeps nothing can fill the same one again and again.
 */

/** Bits of the flags field (RFC 9293, section 3.1), as in the header's last byte. */
export const FLAG = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
  ae: 0x100,
} as const;

/** Which end of its connection sent a segment: 0 the initiator, 1 the responder. */
export type Side = 0 | 1;

export const otherSide = (side: Side): Side => (side === 0 ? 1 : 0);

const NO_BLOCKS: readonly number[] = [];
const NO_BYTES = new Uint8Array(0);

export class Segment {
  frame = 0;
  atNs = 0;

  /** 4 or 6. An IPv4 address is in word 3, the others are zero. */
  family = 4;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  src3 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;
  dst3 = 0;
  srcPort = 0;
  dstPort = 0;

  seq = 0;
  ack = 0;
  flags = 0;
  /** The window field as it stands in the header. */
  window = 0;
  urgent = 0;
  headerLength = 0;

  /** Options; -1 when absent. */
  mss = -1;
  windowShift = -1;
  sackPermitted = false;
  tsVal = -1;
  tsEcr = -1;
  /** Left and right edges of the SACK blocks, in pairs. */
  sack: readonly number[] = NO_BLOCKS;

  data: Uint8Array = NO_BYTES;
  payloadStart = 0;
  /** Payload bytes on the wire, and how many of them the capture has. */
  payloadLength = 0;
  payloadCaptured = 0;

  /** What follows is set when the segment finds its connection. */
  side: Side = 0;
  /** Numbers as Wireshark shows them: the SYN is 0, the first byte of data 1. -1 in `relAck` when there is no ACK. */
  relSeq = 0;
  relAck = -1;
  /** Window in bytes after scaling; -1 when the scale is not known because the capture has no handshake. */
  windowBytes = -1;
  /** Wireshark's analysis, in bits of `NOTE`. */
  notes = 0;
  /** For a duplicate ACK in Wireshark's sense: the how manyth, and of which frame. */
  duplicateNumber = 0;
  duplicateOf = 0;
  /** First frame that carried the bytes which this one repeats, or 0. */
  repeats = 0;
  /** Payload bytes that this segment was the first to bring. */
  newBytes = 0;
  /** State of both ends after this segment, packed; see `endsAfter`. */
  ends = 0;
  /** What the capture has of the connection up to this segment, in bits of `COMPLETENESS`. */
  completeness = 0;

  /** The payload as a view, without a copy. */
  payload(): Uint8Array {
    return this.data.subarray(this.payloadStart, this.payloadStart + this.payloadCaptured);
  }

  /** How much sequence space the segment takes: its bytes, and one each for SYN and FIN (RFC 9293, section 3.4). */
  get sequenceLength(): number {
    return this.payloadLength + ((this.flags & FLAG.syn) >> 1) + (this.flags & FLAG.fin);
  }

  /** Back to the state of a new segment, to be filled again. */
  reset(): void {
    this.mss = -1;
    this.windowShift = -1;
    this.sackPermitted = false;
    this.tsVal = -1;
    this.tsEcr = -1;
    this.sack = NO_BLOCKS;
    this.notes = 0;
    this.repeats = 0;
    this.newBytes = 0;
    this.ends = 0;
    this.relAck = -1;
    this.windowBytes = -1;
  }
}

/** Flags as tcpdump prints them today: `S`, `S.`, `P.`, `F.`, `R`. */
export function tcpdumpFlags(flags: number): string {
  let text = '';
  if (flags & FLAG.fin) text += 'F';
  if (flags & FLAG.syn) text += 'S';
  if (flags & FLAG.rst) text += 'R';
  if (flags & FLAG.psh) text += 'P';
  if (flags & FLAG.ack) text += '.';
  if (flags & FLAG.urg) text += 'U';
  if (flags & FLAG.ece) text += 'E';
  if (flags & FLAG.cwr) text += 'W';
  if (flags & FLAG.ae) text += 'e';
  return text === '' ? 'none' : text;
}

const NAMES: readonly (readonly [number, string])[] = [
  [FLAG.fin, 'FIN'],
  [FLAG.syn, 'SYN'],
  [FLAG.rst, 'RST'],
  [FLAG.psh, 'PSH'],
  [FLAG.ack, 'ACK'],
  [FLAG.urg, 'URG'],
  [FLAG.ece, 'ECE'],
  [FLAG.cwr, 'CWR'],
  [FLAG.ae, 'AE'],
];

/** Flags by the names of the RFC, in Wireshark's order: `SYN, ACK`. */
export function flagNames(flags: number): string {
  const names = NAMES.filter(([bit]) => flags & bit).map(([, name]) => name);
  return names.length === 0 ? 'none' : names.join(', ');
}
