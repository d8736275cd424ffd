/** The door for capture files: looks at the first bytes and hands over to the reader of that format. */
import { ChunkBuffer } from './chunk-buffer.ts';
import type { CaptureProblem, Packet, PacketSource } from './packet.ts';
import { isPcapMagic, PcapReader } from './pcap.ts';
import { isPcapngMagic, PcapngReader } from './pcapng.ts';

/** Enough of a file to know its format. */
const MAGIC_BYTES = 4;

/**
 * Reads a pcap or pcapng capture as it comes, from a file or a pipe that is still growing. Memory holds one record and
 * the chunk it came in, never the capture. Damage does not throw: what is whole comes out, `problems` has the rest.
 */
export class CaptureReader implements PacketSource {
  readonly #buffer: ChunkBuffer;
  readonly #problems: CaptureProblem[] = [];
  #format: PcapReader | PcapngReader | undefined;
  #refused = false;

  /** `reuse`: packets are valid until the next bytes are added, and those may be changed afterwards. */
  constructor({ reuse = false }: { readonly reuse?: boolean } = {}) {
    this.#buffer = new ChunkBuffer(reuse);
  }

  get problems(): readonly CaptureProblem[] {
    return this.#format === undefined ? this.#problems : this.#format.problems;
  }

  get epochNs(): bigint | undefined {
    return this.#format?.epochNs;
  }

  push(chunk: Uint8Array): Iterable<Packet> {
    this.add(chunk);
    return this.#drain();
  }

  /** Takes the next bytes as `push` does, for whoever calls `next` until it answers undefined. */
  add(chunk: Uint8Array): void {
    if (!this.#refused) this.#buffer.append(chunk);
  }

  next(): Packet | undefined {
    return (this.#format ?? this.#recognise())?.next();
  }

  end(): void {
    if (this.#format !== undefined) this.#format.end();
    else if (!this.#refused && this.#buffer.length > 0) this.#refuse();
  }

  *#drain(): Generator<Packet, void, undefined> {
    for (let packet = this.next(); packet !== undefined; packet = this.next()) yield packet;
  }

  #recognise(): PcapReader | PcapngReader | undefined {
    const buffer = this.#buffer;
    if (this.#refused || buffer.length < MAGIC_BYTES) return undefined;
    if (isPcapMagic(buffer.data, buffer.start)) this.#format = new PcapReader(buffer);
    else if (isPcapngMagic(buffer.data, buffer.start)) this.#format = new PcapngReader(buffer);
    else this.#refuse();
    return this.#format;
  }

  #refuse(): void {
    this.#refused = true;
    this.#problems.push({
      code: 'not-a-capture',
      at: 0,
      text: 'neither pcap nor pcapng: unknown first bytes',
    });
  }
}

/** True when the bytes begin like a capture file that `CaptureReader` reads. */
export function looksLikeCapture(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC_BYTES && (isPcapMagic(bytes, 0) || isPcapngMagic(bytes, 0));
}

/** A whole capture at once. */
export interface Capture {
  readonly packets: readonly Packet[];
  readonly problems: readonly CaptureProblem[];
  readonly epochNs: bigint | undefined;
}

export function readCapture(bytes: Uint8Array): Capture {
  const reader = new CaptureReader();
  const packets = [...reader.push(bytes)];
  reader.end();
  return { packets, problems: reader.problems, epochNs: reader.epochNs };
}

/**
 * The absolute time of a packet in microseconds since 1970, as a number (exact: such a number needs 51 bits), which is
 * what application logs and kernel samples are joined by.
 */
export function epochUs(epochNs: bigint, atNs: number): number {
  const us = epochNs / 1000n;
  return Number(us) + (atNs + Number(epochNs - us * 1000n)) / 1000;
}
