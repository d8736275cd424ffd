/** Archives as students make them, by the programs they make them with, and some that no program makes. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';

export type ArchiveKind = 'zip' | 'tar' | 'tgz';
export interface Seed {
  readonly kind: ArchiveKind;
  readonly bytes: Uint8Array;
}

const ZIP = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', int(sys.argv[2])) as z:
    for top, _, names in os.walk('.'):
        for name in names: z.write(os.path.join(top, name))
`;

/** By `tar` in each of its formats, and by Python's zipfile, stored and deflated. */
export function realArchives(): Seed[] {
  const folder = mkdtempSync(join(tmpdir(), 'seeds '));
  try {
    const work = join(folder, 'work');
    mkdirSync(join(work, 'src', 'a'.repeat(60), 'b'.repeat(60)), { recursive: true });
    writeFileSync(join(work, 'server.c'), 'int main(void) { return 0; }\n'.repeat(40));
    writeFileSync(join(work, 'src', '你好.txt'), '你好\n');
    writeFileSync(join(work, 'src', 'a'.repeat(60), 'b'.repeat(60), 'deep.txt'), 'deep\n');
    writeFileSync(join(work, 'run.sh'), '#!/bin/sh\nexec ./server\n');
    chmodSync(join(work, 'run.sh'), 0o755);
    symlinkSync('server.c', join(work, 'link'));
    const made = join(folder, 'made');
    const tars = ['gnu', 'pax', 'ustar', 'v7'].map((format): Seed => {
      execFileSync('tar', [
        ...['--format', format, '-cf', made, '-C', work, 'server.c', 'run.sh', 'link'],
        ...(format === 'v7' ? [] : ['src']),
      ]);
      return { kind: 'tar', bytes: readFileSync(made) };
    });
    const zips = ['0', '8'].map((method): Seed => {
      execFileSync('python3', ['-c', ZIP, made, method], { cwd: work });
      return { kind: 'zip', bytes: readFileSync(made) };
    });
    const tgz = tars.map(({ bytes }): Seed => ({ kind: 'tgz', bytes: gzipSync(bytes) }));
    return [...tars, ...zips, ...tgz];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const MIB = 1024 ** 2;

/** By name: what fills disks and memories, and what leads outside. */
export function archiveBombs(): [string, Seed][] {
  const zeros = (length: number): Buffer => Buffer.alloc(length);
  const stored = (body: Buffer, size = body.length): ZipEntry => ({ body, size, method: 0 });
  const packed = deflateRawSync(zeros(64 * MIB));
  const slashes = '/'.repeat(4 * MIB);
  return [
    ['a zip whose files all lie over one another', zip(many(5_000, 'over'), deflated(packed, 64 * MIB))],
    ['the same, each said to be empty', zip(many(5_000, 'over'), deflated(packed, 0))],
    ['stored files over one another, each said to be empty', zip(many(5_000, 'over'), stored(zeros(MIB), 0))],
    ['stored files over one another', zip(many(5_000, 'over'), stored(zeros(MIB)))],
    ['sixty thousand empty files', zip(many(60_000, 'f'), stored(zeros(0)))],
    [
      'sixty thousand folders',
      zip(
        many(60_000, 'f').map((name) => `${name}/`),
        stored(zeros(0)),
      ),
    ],
    ['four gigabytes, the directory says', zip(['a'], deflated(packed, 0xffff_ffff))],
    ['a file and a folder of one name', zip(['a', 'a/b', 'a/b/c'], stored(Buffer.from('x')))],
    [
      'names that no file system takes',
      zip(['n'.repeat(239), 'a\0b', '.', '..', ' ', '\u202e', '\x1b[2J'], stored(zeros(1))),
    ],
    ['a path of folders only', zip(['a/'.repeat(119) + 'x'], stored(zeros(1)))],
    ['outside', zip(['../x', '/etc/x', 'a/../../x', 'a\\..\\..\\x', 'C:\\x', '....//x'], stored(zeros(1)))],
    ['300 MiB of zeros, packed', { kind: 'tgz', bytes: gzipSync(zeros(300 * MIB)) }],
    ['a name of four million slashes', { kind: 'tar', bytes: tar([longName(slashes), file('x', zeros(1))]) }],
    ['the same in pax', { kind: 'tar', bytes: tar([pax(slashes), file('x', zeros(1))]) }],
    [
      'a thousand long names for one file',
      { kind: 'tar', bytes: tar(Array.from({ length: 1_000 }, () => longName('n'.repeat(5_000)))) },
    ],
    [
      'a tar of links, devices and pipes',
      { kind: 'tar', bytes: tar('12345670'.split('').map((type) => file(`t${type}`, zeros(0), type))) },
    ],
    [
      'the same name a thousand times',
      { kind: 'tar', bytes: tar(Array.from({ length: 1_000 }, () => file('same', zeros(10)))) },
    ],
    [
      'digits without an end, where a pax record says its length',
      { kind: 'tar', bytes: tar([file('x', Buffer.from('1'.repeat(4 * MIB)), 'x')]) },
    ],
  ];
}

const many = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, at) => `${name}${at}`);

interface ZipEntry {
  readonly body: Buffer;
  /** What the directory says that it is, unpacked. */
  readonly size: number;
  readonly method: number;
}

const deflated = (body: Buffer, size: number): ZipEntry => ({ body, size, method: 8 });

/** One body under all these names (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16). */
function zip(names: readonly string[], { body, size, method }: ZipEntry): Seed {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(body.length, 18);
  local.writeUInt32LE(size, 22);
  const directory = names.map((name) => {
    const bytes = Buffer.from(name);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(body.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(bytes.length, 28);
    return Buffer.concat([entry, bytes]);
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(local.length + body.length, 16);
  return { kind: 'zip', bytes: Buffer.concat([local, body, ...directory, end]) };
}

const BLOCK = 512;

/** A header of ustar (IEEE 1003.1, pax) and what it heads. */
function file(name: string, body: Buffer, type = '0'): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(type, 156);
  header.write('ustar\x0000', 257);
  sealTar(header);
  return Buffer.concat([header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)]);
}

/** Writes the header's checksum, in which its own place counts as blanks. */
export function sealTar(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, BLOCK).reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}

const longName = (name: string): Buffer => file('././@LongLink', Buffer.from(`${name}\0`), 'L');

function pax(path: string): Buffer {
  const record = ` path=${path}\n`;
  return file('pax', Buffer.from(`${record.length + 7}${record}`), 'x');
}

const tar = (parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
