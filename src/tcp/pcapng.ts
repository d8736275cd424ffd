/**
 * pcapng, the format of Wireshark: blocks of a type and a length, of which sections, interfaces and packets matter here
 * and all others are stepped over. Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
 *
 * Every interface has its own link type and clock resolution; times are turned into nanoseconds since the capture's
 * first packet without a BigInt for each packet.
 */
import type { ChunkBuffer } from './chunk-buffer.ts';
import { BIG, LITTLE, u32be, type ByteOrder } from './integers.ts';
import type { CaptureProblem, Packet } from './packet.ts';

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;
/** As for pcap: no packet is larger. Blocks that are stepped over may be (name resolution, decryption secrets). */
const PACKET_LIMIT = 16 * 1024 * 1024;

type Interface = {
  linkType: number;
  snapLength: number;
  /** Nanoseconds in one unit of the clock. */
  nsPerUnit: number;
  unitsPerSec: bigint;
  offsetSec: bigint;
  /** The capture's epoch in this clock's units, high and low half, and what the division left over. */
  epochHigh: number;
  epochLow: number;
  epochRestNs: number;
  anchored: boolean;
};

export function isPcapngMagic(bytes: Uint8Array, at: number): boolean {
  return u32be(bytes, at) === SECTION;
}

export class PcapngReader {
  readonly problems: CaptureProblem[] = [];
  epochNs: bigint | undefined;
  #buffer: ChunkBuffer;
  #order: ByteOrder = LITTLE;
  #interfaces: Interface[] = [];
  #frame = 0;
  #lastAtNs = 0;
  #toSkip = 0;
  #stopped = false;

  constructor(buffer: ChunkBuffer) {
    this.#buffer = buffer;
  }

  next(): Packet | undefined {
    while (!this.#stopped) {
      const buffer = this.#buffer;
      if (this.#toSkip > 0) {
        const count = Math.min(this.#toSkip, buffer.length);
        buffer.consume(count);
        this.#toSkip -= count;
        if (this.#toSkip > 0) return undefined;
      }
      if (buffer.length < 12) return undefined;
      const { data, start } = buffer;
      if (u32be(data, start) === SECTION && !this.#startSection(data, start)) return undefined;
      const type = this.#order.u32(data, start);
      const length = this.#order.u32(data, start + 4);
      if (length < 12 || length % 4 !== 0) {
        this.#stop(`block length ${length}`);
        return;
      }
      const known =
        type === INTERFACE || type === ENHANCED_PACKET || type === SIMPLE_PACKET || type === OLD_PACKET;
      if (!known) {
        this.#toSkip = length;
        continue;
      }
      if (length > PACKET_LIMIT) {
        this.#stop(`block length ${length}`);
        return;
      }
      if (buffer.length < length) return undefined;
      buffer.consume(length);
      const packet = this.#readBlock(data, start, length, type);
      if (packet !== undefined) return packet;
    }
    return undefined;
  }

  end(): void {
    const rest = this.#buffer.length;
    if (this.#stopped || (rest === 0 && this.#toSkip === 0)) return;
    this.#stopped = true;
    this.problems.push({
      code: 'cut-record',
      at: this.#buffer.consumed,
      text: `the capture ends inside a block: the last ${rest} bytes, after packet ${this.#frame}, are lost`,
    });
  }

  #startSection(data: Uint8Array, start: number): boolean {
    const magic = u32be(data, start + 8);
    if (magic !== BYTE_ORDER_MAGIC && magic !== 0x4d3c2b1a) {
      this.#stop('a section without a byte-order mark');
      return false;
    }
    this.#order = magic === BYTE_ORDER_MAGIC ? BIG : LITTLE;
    this.#interfaces = [];
    return true;
  }

  #readBlock(data: Uint8Array, start: number, length: number, type: number): Packet | undefined {
    const { u16, u32 } = this.#order;
    const end = start + length - 4;
    switch (type) {
      case INTERFACE:
        if (length >= 20) this.#addInterface(data, start, end);
        return undefined;
      case SIMPLE_PACKET: {
        const original = u32(data, start + 8);
        const snap = this.#interfaces[0]?.snapLength ?? 0;
        const captured = Math.min(original, length - 16, snap === 0 ? original : snap);
        return length < 16 ? undefined : this.#packet(data, start + 12, captured, original, 0, 0, 0, false);
      }
      case OLD_PACKET:
      case ENHANCED_PACKET: {
        if (length < 32) {
          this.#stop(`packet block of ${length} bytes`);
          return;
        }
        const index = type === OLD_PACKET ? u16(data, start + 8) : u32(data, start + 8);
        const captured = u32(data, start + 20);
        if (captured > length - 32) {
          this.#stop(`packet of ${captured} bytes in a block of ${length}`);
          return;
        }
        const original = u32(data, start + 24);
        const high = u32(data, start + 12);
        const low = u32(data, start + 16);
        return this.#packet(data, start + 28, captured, original, index, high, low, true);
      }
      default:
        return undefined;
    }
  }

  #packet(
    data: Uint8Array,
    start: number,
    captured: number,
    original: number,
    index: number,
    high: number,
    low: number,
    timed: boolean,
  ): Packet | undefined {
    const source = this.#interfaces[index];
    this.#frame++;
    if (source === undefined) {
      this.problems.push({
        code: 'damaged-record',
        at: this.#buffer.consumed,
        text: `packet ${this.#frame} names interface ${index}, which the capture does not describe; left out`,
      });
      return undefined;
    }
    if (timed) this.#lastAtNs = this.#atNs(source, high, low);
    else if (this.problems.every((problem) => problem.code !== 'no-timestamp')) {
      this.problems.push({
        code: 'no-timestamp',
        at: this.#frame,
        text: 'some packets have no time of their own',
      });
    }
    return {
      frame: this.#frame,
      atNs: this.#lastAtNs,
      data,
      start,
      end: start + captured,
      originalLength: Math.max(original, captured),
      linkType: source.linkType,
    };
  }

  #atNs(source: Interface, high: number, low: number): number {
    this.epochNs ??=
      (((BigInt(high) << 32n) | BigInt(low)) * 1_000_000_000n) / source.unitsPerSec +
      source.offsetSec * 1_000_000_000n;
    if (!source.anchored) {
      const sinceOffsetNs = this.epochNs - source.offsetSec * 1_000_000_000n;
      const units = (sinceOffsetNs * source.unitsPerSec) / 1_000_000_000n;
      source.epochHigh = Number(units >> 32n);
      source.epochLow = Number(units & 0xffffffffn);
      source.epochRestNs = Number(sinceOffsetNs - (units * 1_000_000_000n) / source.unitsPerSec);
      source.anchored = true;
    }
    const units = (high - source.epochHigh) * 4_294_967_296 + (low - source.epochLow);
    const ns = units * source.nsPerUnit - source.epochRestNs;
    return Number.isInteger(ns) ? ns : Math.round(ns);
  }

  #addInterface(data: Uint8Array, start: number, end: number): void {
    const { u16, u32 } = this.#order;
    let unitsPerSec = 1_000_000n;
    let offsetSec = 0n;
    for (let at = start + 16; at + 4 <= end;) {
      const code = u16(data, at);
      const size = u16(data, at + 2);
      if (code === 0 || at + 4 + size > end) break;
      if (code === OPTION_TSRESOL && size === 1) {
        const value = data[at + 4] ?? 6;
        const exponent = BigInt(value & 0x7f);
        unitsPerSec = value & 0x80 ? 2n ** exponent : 10n ** exponent;
      }
      if (code === OPTION_TSOFFSET && size === 8) {
        const [high, low] =
          this.#order === BIG
            ? [u32(data, at + 4), u32(data, at + 8)]
            : [u32(data, at + 8), u32(data, at + 4)];
        offsetSec = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
      }
      at += 4 + ((size + 3) & ~3);
    }
    this.#interfaces.push({
      linkType: u16(data, start + 8),
      snapLength: u32(data, start + 12),
      nsPerUnit: 1e9 / Number(unitsPerSec),
      unitsPerSec,
      offsetSec,
      epochHigh: 0,
      epochLow: 0,
      epochRestNs: 0,
      anchored: false,
    });
  }

  #stop(what: string): undefined {
    this.#stopped = true;
    this.problems.push({
      code: 'damaged-record',
      at: this.#buffer.consumed,
      text: `damaged after packet ${this.#frame} (${what}): everything from byte ${this.#buffer.consumed} on is lost`,
    });
    return undefined;
  }
}
