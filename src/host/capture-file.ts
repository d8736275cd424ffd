import { open } from 'node:fs/promises';
import { KitError } from '../bytes/index.ts';

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MAGIC_LITTLE = [0xd4c3b2a1, 0x4d3cb2a1];
const MAGIC_BIG = [0xa1b2c3d4, 0xa1b23c4d];

/**
 * Counts the packets of a pcap file by its record headers. libpcap does not look whether its writes succeed, so a full
 * disk shows only here: fewer packets than tcpdump counted, or a record cut at the end (`cutBytes`).
 */
export async function countPackets(file: string): Promise<{ packets: number; cutBytes: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const chunk = Buffer.alloc(256 * 1024);
    let start = 0;
    let filled = 0;
    /** The `length` bytes at `at`, read in large pieces; undefined past the end. */
    const bytesAt = async (at: number, length: number): Promise<number | undefined> => {
      if (at + length > size) return undefined;
      if (at < start || at + length > start + filled) {
        start = at;
        filled = (await handle.read(chunk, 0, chunk.length, at)).bytesRead;
      }
      return at + length > start + filled ? undefined : at - start;
    };
    const head = await bytesAt(0, FILE_HEADER);
    if (head === undefined) return { packets: 0, cutBytes: size };
    const magic = chunk.readUInt32BE(head);
    const little = MAGIC_LITTLE.includes(magic);
    if (!little && !MAGIC_BIG.includes(magic))
      throw new KitError('not-a-capture', `not a pcap file: ${file}`);
    let packets = 0;
    let at = FILE_HEADER;
    for (;;) {
      const record = await bytesAt(at, RECORD_HEADER);
      if (record === undefined) break;
      const length = little ? chunk.readUInt32LE(record + 8) : chunk.readUInt32BE(record + 8);
      if (at + RECORD_HEADER + length > size) break;
      at += RECORD_HEADER + length;
      packets += 1;
    }
    return { packets, cutBytes: size - at };
  } finally {
    await handle.close();
  }
}
