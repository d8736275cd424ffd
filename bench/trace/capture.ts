/**
 * The benchmark's capture: real conversations, recorded on the spot, repeated until there are enough packets. Every copy
 * gets addresses of its own, so that it is other connections, and begins before the one before has ended, so that many
 * are open at once. (The IP checksums of the copies are not made anew; none of the programs compared looks at them.)
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCapture, type Packet } from '../../src/tcp/index.ts';
import { record, recordProgram, type Scene } from '../../test/tcp/scenes.ts';

const chat = fileURLToPath(new URL('chat.ts', import.meta.url));
const CLIENTS = 300;
/** Losses in one direction of a bulk transfer, closed windows, and all the ways to end. */
const SCENES = ['loss', 'zero-window', 'half-close', 'reset', 'unread-data', 'refused'] as const;
/** A copy begins after this part of the one before. */
const STEP = 0.5;

/** Packets of one recording, with times from its beginning. */
type Piece = readonly Packet[];

/** Records anew; takes half a minute. */
export function recordPieces(folder: string): Piece[] {
  process.env['CAPTURE_KB'] = '65536';
  const files = SCENES.map((scene: Scene) => {
    const file = join(folder, `${scene}.pcap`);
    record(scene, file);
    return file;
  });
  const file = join(folder, 'chat.pcap');
  recordProgram([chat, String(CLIENTS)], file);
  return [file, ...files].map(readPiece);
}

export function readPiece(file: string): Piece {
  const { packets, problems } = readCapture(readFileSync(file));
  if (problems.length > 0) throw new Error(`${file}: ${problems.map(({ text }) => text).join(', ')}`);
  return packets;
}

/** Writes a capture of `count` packets made of copies of the pieces. */
export function writeCapture(pieces: readonly Piece[], count: number, file: string): void {
  const all = pieces
    .flatMap((packets, piece) => packets.map((packet) => ({ packet, piece })))
    .sort((a, b) => a.packet.atNs - b.packet.atNs);
  const lengthNs = all.at(-1)?.packet.atNs ?? 0;
  const copies = Array.from({ length: Math.ceil(count / all.length) }, (_, copy) => ({
    copy,
    startNs: copy * lengthNs * STEP,
    at: 0,
  }));
  const output = openSync(file, 'w');
  writeSync(output, fileHeader());
  let records: Uint8Array[] = [];
  for (let written = 0; written < count; written++) {
    let first: (typeof copies)[number] | undefined;
    let firstNs = Infinity;
    for (const each of copies) {
      const atNs = each.startNs + (all[each.at]?.packet.atNs ?? Infinity);
      if (atNs < firstNs) [first, firstNs] = [each, atNs];
    }
    const next = first === undefined ? undefined : all[first.at];
    if (first === undefined || next === undefined) break;
    first.at++;
    records.push(recordOf(next.packet, firstNs, first.copy, next.piece));
    if (records.length < 4096 && written + 1 < count) continue;
    writeSync(output, Buffer.concat(records));
    records = [];
  }
  closeSync(output);
}

function fileHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  // Microseconds, little-endian; version 2.4; snapshot length; Ethernet.
  [0xa1b2c3d4, 0x00040002, 0, 0, 262_144, 1].forEach((word, i) => header.setUint32(i * 4, word, true));
  return new Uint8Array(header.buffer);
}

const IP = 14;
const EPOCH_SEC = 1_700_000_000;

/** A packet with its record header; both addresses get the copy's and the piece's number in their middle. */
function recordOf(packet: Packet, atNs: number, copy: number, piece: number): Uint8Array {
  const bytes = packet.data.subarray(packet.start, packet.end);
  const record = new Uint8Array(16 + bytes.length);
  const header = new DataView(record.buffer);
  const us = Math.floor(atNs / 1000);
  header.setUint32(0, EPOCH_SEC + Math.floor(us / 1e6), true);
  header.setUint32(4, us % 1e6, true);
  header.setUint32(8, bytes.length, true);
  header.setUint32(12, packet.originalLength, true);
  record.set(bytes, 16);
  for (const address of [12, 16]) {
    record[16 + IP + address + 1] = copy;
    record[16 + IP + address + 2] = piece;
  }
  return record;
}
