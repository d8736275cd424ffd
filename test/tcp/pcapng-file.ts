/** pcapng by hand: blocks of a type, a body and their length at both ends. */
import type { Packet } from '../../src/tcp/index.ts';

export function pcapngBlock(type: number, body: Uint8Array, little: boolean): Uint8Array {
  const length = 12 + Math.ceil(body.length / 4) * 4;
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, type, little);
  view.setUint32(4, length, little);
  new Uint8Array(view.buffer).set(body, 8);
  view.setUint32(length - 4, length, little);
  return new Uint8Array(view.buffer);
}

/** Packets of one link type as a pcapng file: a section, an interface of microseconds, a block for each packet. */
export function pcapngFile(packets: readonly Packet[]): Uint8Array {
  const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
  const blocks = [
    pcapngBlock(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), true),
    pcapngBlock(1, words(packets[0]?.linkType ?? 1, 0), true),
  ];
  for (const { data, start, end, atNs, originalLength } of packets) {
    const us = 1.7e15 + Math.floor(atNs / 1000);
    const head = words(0, Math.floor(us / 2 ** 32), us % 2 ** 32, end - start, originalLength);
    blocks.push(pcapngBlock(6, Buffer.concat([head, data.subarray(start, end)]), true));
  }
  return Buffer.concat(blocks);
}
