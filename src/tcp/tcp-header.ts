/** The TCP header and its options (RFC 9293, section 3.1; RFC 7323; RFC 2018). */
import { u16be, u32be, u8 } from './integers.ts';
import type { Segment } from './segment.ts';

const MIN_HEADER = 20;

const OPTION = {
  end: 0,
  nop: 1,
  mss: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
} as const;

/** RFC 7323, section 2.3: a larger shift is used as 14. */
const MAX_SHIFT = 14;

/**
 * Fills `segment` from the header at `at`. `end` is where the captured bytes end, `wireEnd` where the datagram ended on
 * the wire. False: there is no whole fixed header. Options that are cut or contradict their length are left out.
 */
export function readTcp(
  data: Uint8Array,
  at: number,
  end: number,
  wireEnd: number,
  segment: Segment,
): boolean {
  if (at + MIN_HEADER > end) return false;
  const word = u16be(data, at + 12);
  const headerLength = (word >> 12) * 4;
  if (headerLength < MIN_HEADER) return false;
  segment.reset();
  segment.srcPort = u16be(data, at);
  segment.dstPort = u16be(data, at + 2);
  segment.seq = u32be(data, at + 4);
  segment.ack = u32be(data, at + 8);
  segment.flags = word & 0x1ff;
  segment.window = u16be(data, at + 14);
  segment.urgent = u16be(data, at + 18);
  segment.headerLength = headerLength;
  segment.data = data;
  segment.payloadStart = at + headerLength;
  segment.payloadLength = Math.max(0, wireEnd - at - headerLength);
  segment.payloadCaptured = Math.max(0, Math.min(end - at - headerLength, segment.payloadLength));
  if (headerLength > MIN_HEADER)
    readOptions(data, at + MIN_HEADER, Math.min(at + headerLength, end), segment);
  return true;
}

/** By far the most common options of a data segment: NOP, NOP, timestamps (RFC 7323, appendix A). */
const NOP_NOP_TIMESTAMPS = 0x0101080a;

function readOptions(data: Uint8Array, start: number, end: number, segment: Segment): void {
  let at = start;
  if (end - at >= 12 && u32be(data, at) === NOP_NOP_TIMESTAMPS) {
    segment.tsVal = u32be(data, at + 4);
    segment.tsEcr = u32be(data, at + 8);
    at += 12;
  }
  while (at < end) {
    const kind = u8(data, at);
    if (kind === OPTION.end) return;
    if (kind === OPTION.nop) {
      at++;
      continue;
    }
    const length = u8(data, at + 1);
    if (length < 2 || at + length > end) return;
    readOption(kind, length, data, at + 2, segment);
    at += length;
  }
}

function readOption(kind: number, length: number, data: Uint8Array, at: number, segment: Segment): void {
  switch (kind) {
    case OPTION.mss:
      if (length === 4) segment.mss = u16be(data, at);
      break;
    case OPTION.windowScale:
      if (length === 3) segment.windowShift = Math.min(u8(data, at), MAX_SHIFT);
      break;
    case OPTION.sackPermitted:
      if (length === 2) segment.sackPermitted = true;
      break;
    case OPTION.sack: {
      const blocks: number[] = [];
      for (let edge = at; edge + 8 <= at + length - 2; edge += 8) {
        blocks.push(u32be(data, edge), u32be(data, edge + 4));
      }
      segment.sack = blocks;
      break;
    }
    case OPTION.timestamps:
      if (length === 10) {
        segment.tsVal = u32be(data, at);
        segment.tsEcr = u32be(data, at + 4);
      }
      break;
    default:
      break;
  }
}
