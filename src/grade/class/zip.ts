/** ZIP (PKWARE APPNOTE 6.3), read by its central directory; stored and deflated files. */
import { Buffer } from 'node:buffer';
import { inflateRawSync } from 'node:zlib';
import { badArchive, type Entry, MAX_BYTES } from './entry.ts';

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const OTHER_SIZE = 'a file of the zip has another size than its directory says';
/** The end record is followed by a comment of at most 64 KiB. */
const LONGEST_END = 22 + 65_535;

export function* readZip(bytes: Uint8Array): Generator<Entry> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = endRecord(view);
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    if (at + 46 > view.length || view.readUInt32LE(at) !== CENTRAL)
      throw badArchive('the zip directory is broken');
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const path = view.toString('utf8', at + 46, at + 46 + nameLength);
    const [method, packed, size, local] = [
      view.readUInt16LE(at + 10),
      view.readUInt32LE(at + 20),
      view.readUInt32LE(at + 24),
      view.readUInt32LE(at + 42),
    ];
    // Unix mode, where the archive was made on Unix (section 4.4.15).
    const mode = view.readUInt32LE(at + 38) >>> 16;
    at += 46 + nameLength + extra + comment;
    if (path.endsWith('/')) continue;
    const kind = (mode & 0o170_000) === 0o120_000 ? 'link' : 'file';
    const content = (): Uint8Array => unpack(view, local, method, packed, size);
    yield { path, kind, executable: (mode & 0o100) !== 0, size, bytes: content };
  }
}

function endRecord(view: Buffer): number {
  for (let at = view.length - 22; at >= Math.max(0, view.length - LONGEST_END); at--) {
    if (view.readUInt32LE(at) === END) return at;
  }
  throw badArchive('it is no zip file');
}

function unpack(view: Buffer, at: number, method: number, packed: number, size: number): Uint8Array {
  if (at + 30 > view.length || view.readUInt32LE(at) !== LOCAL)
    throw badArchive('a file of the zip is not where it should be');
  const from = at + 30 + view.readUInt16LE(at + 26) + view.readUInt16LE(at + 28);
  const data = view.subarray(from, from + packed);
  if (method === 0) {
    // Thousands of entries may lie over one another and each say that it is empty.
    if (data.length !== size) throw badArchive(OTHER_SIZE);
    return data;
  }
  if (method !== 8)
    throw badArchive(`a file of the zip is packed in a way (${method}) that is not read here`);
  try {
    // No more than the directory said, or a few bytes would fill the memory.
    const out = inflateRawSync(data, { maxOutputLength: Math.max(1, Math.min(size, MAX_BYTES)) });
    if (out.length !== size) throw badArchive(OTHER_SIZE);
    return out;
  } catch (error) {
    if (error instanceof RangeError)
      throw badArchive('a file of the zip is larger than its directory says', error);
    if (error instanceof Error && 'errno' in error) throw badArchive('a file of the zip is broken', error);
    throw error;
  }
}
