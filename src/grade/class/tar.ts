/** POSIX tar (IEEE 1003.1, pax) with GNU's long names, as `tar` and `git archive` write it. */
import { Buffer } from 'node:buffer';
import { badArchive, type Entry } from './entry.ts';

const BLOCK = 512;

export function* readTar(bytes: Uint8Array): Generator<Entry> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= view.length;) {
    const header = view.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    if (!checksumFits(header)) throw badArchive(`no tar header at byte ${at}`);
    const size = octal(header, 124, 12);
    const type = String.fromCharCode(header[156] ?? 0);
    const body = at + BLOCK;
    if (body + size > view.length) throw badArchive('the tar file is cut off');
    const content = view.subarray(body, body + size);
    at = body + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'L') longName = cString(content);
    else if (type === 'x') longName = paxPath(content) ?? longName;
    else if (type !== 'g' && type !== '5') {
      const kind = type === '0' || type === '\0' ? 'file' : type === '1' || type === '2' ? 'link' : 'other';
      const path = longName ?? headerName(header);
      longName = undefined;
      yield { path, kind, executable: (octal(header, 100, 8) & 0o100) !== 0, size, bytes: () => content };
    } else if (type === '5') longName = undefined;
  }
}

/** The checksum's own field counts as eight spaces. */
function checksumFits(header: Buffer): boolean {
  const sum = header.reduce((all, byte, index) => all + (index >= 148 && index < 156 ? 32 : byte), 0);
  return sum === octal(header, 148, 8);
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = header.toString('latin1', at, at + length).replaceAll(/[\0 ]/g, '');
  if (!/^[0-7]*$/.test(digits)) throw badArchive('a tar header with an odd number');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

const cString = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
};

function headerName(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? cString(header.subarray(345, 500)) : '';
  const name = cString(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

const paxPath = (content: Buffer): string | undefined =>
  /^\d+ path=([^\n]*)\n/m.exec(content.toString('utf8'))?.[1];
