/**
 * The classic capture format of libpcap: a 24-byte file header, then for each packet a 16-byte header and its bytes.
 * Source: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html. The magic number gives byte order and whether
 * the fraction of a second counts micro- or nanoseconds.
 */
import type { ChunkBuffer } from './chunk-buffer.ts';
import { BIG, LITTLE, u32be, type ByteOrder } from './integers.ts';
import type { CaptureProblem, Packet } from './packet.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** What tcpdump and Wireshark allow; a larger record is damage, unless the file's own snapshot length announces it. */
const USUAL_LIMIT = 262_144;
/** IPv6 jumbograms of Linux ("BIG TCP") are at most 512 KiB, so this is never a real packet. */
const HARD_LIMIT = 16 * 1024 * 1024;

const MAGIC = new Map<number, { order: ByteOrder; nsPerUnit: number }>([
  [0xa1b2c3d4, { order: BIG, nsPerUnit: 1000 }],
  [0xd4c3b2a1, { order: LITTLE, nsPerUnit: 1000 }],
  [0xa1b23c4d, { order: BIG, nsPerUnit: 1 }],
  [0x4d3cb2a1, { order: LITTLE, nsPerUnit: 1 }],
]);

export function isPcapMagic(bytes: Uint8Array, at: number): boolean {
  return MAGIC.has(u32be(bytes, at));
}

/** Reads records from a buffer that somebody else fills. */
export class PcapReader {
  readonly problems: CaptureProblem[] = [];
  epochNs: bigint | undefined;
  #buffer: ChunkBuffer;
  #order: ByteOrder = LITTLE;
  #nsPerUnit = 0;
  #linkType = 0;
  #limit = USUAL_LIMIT;
  #frame = 0;
  #firstSec = 0;
  #firstNs = 0;
  #stopped = false;

  constructor(buffer: ChunkBuffer) {
    this.#buffer = buffer;
  }

  next(): Packet | undefined {
    if (this.#stopped || (this.#nsPerUnit === 0 && !this.#readFileHeader())) return undefined;
    const buffer = this.#buffer;
    if (buffer.end - buffer.start < RECORD_HEADER) return undefined;
    const { data, start } = buffer;
    const order = this.#order;
    const captured = order.u32(data, start + 8);
    const original = order.u32(data, start + 12);
    if (captured > this.#limit) {
      this.#stop(captured);
      return undefined;
    }
    if (buffer.end - start < RECORD_HEADER + captured) return undefined;
    const sec = order.u32(data, start);
    const ns = order.u32(data, start + 4) * this.#nsPerUnit;
    if (this.#frame++ === 0) this.#setEpoch(sec, ns);
    buffer.consume(RECORD_HEADER + captured);
    return {
      frame: this.#frame,
      atNs: (sec - this.#firstSec) * 1e9 + (ns - this.#firstNs),
      data,
      start: start + RECORD_HEADER,
      end: start + RECORD_HEADER + captured,
      originalLength: Math.max(original, captured),
      linkType: this.#linkType,
    };
  }

  end(): void {
    const rest = this.#buffer.length;
    if (this.#stopped || rest === 0) return;
    this.#stopped = true;
    this.problems.push(
      this.#nsPerUnit === 0
        ? { code: 'cut-header', at: 0, text: `the file ends inside its header, after ${rest} bytes` }
        : {
            code: 'cut-record',
            at: this.#buffer.consumed,
            text: `the capture ends inside a record: the last ${rest} bytes, of packet ${this.#frame + 1}, are lost`,
          },
    );
  }

  #readFileHeader(): boolean {
    const buffer = this.#buffer;
    if (buffer.length < FILE_HEADER) return false;
    const { data, start } = buffer;
    const magic = MAGIC.get(u32be(data, start));
    if (magic === undefined) return false;
    this.#order = magic.order;
    this.#nsPerUnit = magic.nsPerUnit;
    const snapshotLength = magic.order.u32(data, start + 16);
    this.#limit = Math.max(USUAL_LIMIT, Math.min(snapshotLength, HARD_LIMIT));
    // The upper bits hold the length of a frame check sequence, not part of the number.
    this.#linkType = magic.order.u32(data, start + 20) & 0xffff;
    buffer.consume(FILE_HEADER);
    return true;
  }

  #setEpoch(sec: number, ns: number): void {
    this.#firstSec = sec;
    this.#firstNs = ns;
    this.epochNs = BigInt(sec) * 1_000_000_000n + BigInt(ns);
  }

  #stop(captured: number): void {
    this.#stopped = true;
    this.problems.push({
      code: 'damaged-record',
      at: this.#buffer.consumed,
      text:
        `packet ${this.#frame + 1} claims ${captured} bytes, more than a capture can hold: ` +
        `everything from byte ${this.#buffer.consumed} on is lost`,
    });
  }
}
