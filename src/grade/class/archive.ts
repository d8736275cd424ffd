/**
 * What was handed in, as files in memory: from a folder, a .zip, a .tar, a .tar.gz. Only regular files are taken, only
 * below the top, only so many and so large; everything else is a problem with a name, and the rest is taken all the same.
 */
import { Buffer } from 'node:buffer';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { english, KitError } from '../../bytes/index.ts';
import { badArchive, type Entry, MAX_BYTES } from './entry.ts';
import { readTar } from './tar.ts';
import { readZip } from './zip.ts';

export interface HandedIn {
  readonly files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly executable: boolean }>;
  readonly problems: readonly string[];
}

export const MAX_FILES = 5_000;
const MAX_PATH = 240;
/** NAME_MAX of Linux's file systems, in bytes. */
const LONGEST_NAME = 255;

export const ARCHIVE = /\.(zip|tar|tar\.gz|tgz)$/i;

/** Throws KitError `bad-archive` (usage) when it is no archive at all, or `too-large`. */
export function readHandedIn(path: string): HandedIn {
  if (lstatSync(path).isDirectory()) return take(folderEntries(path));
  if (lstatSync(path).size > MAX_BYTES) throw tooLarge();
  const bytes = readFileSync(path);
  if (/\.zip$/i.test(path)) return take(readZip(bytes));
  if (/\.tar$/i.test(path)) return take(readTar(bytes));
  return take(readTar(gunzip(bytes)));
}

function gunzip(bytes: Uint8Array): Uint8Array {
  try {
    // Stops at the limit, whatever the file says of itself.
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw badArchive('it is no gzip file', error);
  }
}

const tooLarge = (): KitError =>
  new KitError('too-large', english(`it holds more than ${MAX_BYTES / 1024 ** 2} MiB`), { fault: 'usage' });

function take(entries: Iterable<Entry>): HandedIn {
  const files = new Map<string, { bytes: Uint8Array; executable: boolean }>();
  const folders = new Set<string>();
  const problems: string[] = [];
  let total = 0;
  let seen = 0;
  for (const entry of entries) {
    if (++seen > MAX_FILES) {
      problems.push(`more than ${MAX_FILES} files: the rest was left out`);
      break;
    }
    const path = safePath(entry.path);
    if (path === undefined) problems.push(`${shown(entry.path)}: a path outside the submission`);
    else if (entry.kind !== 'file')
      problems.push(
        `${shown(entry.path)}: ${entry.kind === 'link' ? 'a link' : 'no regular file'}, left out`,
      );
    else if (folders.has(path) || foldersOf(path).some((folder) => files.has(folder)))
      problems.push(`${shown(entry.path)}: a file and a folder of one name, left out`);
    else {
      // What it says of itself comes first, so that no more than that is unpacked; what it was is counted.
      if (total + entry.size > MAX_BYTES) throw tooLarge();
      const bytes = entry.bytes();
      total += bytes.length;
      if (total > MAX_BYTES) throw tooLarge();
      files.set(path, { bytes, executable: entry.executable });
      for (const folder of foldersOf(path)) folders.add(folder);
    }
  }
  return { files, problems };
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

const shown = (path: string): string => JSON.stringify(path.slice(0, MAX_PATH));

/** The path below the top, or undefined when it leads elsewhere or nobody could write it. */
function safePath(path: string): string | undefined {
  // Length first: a name of millions of slashes has millions of parts.
  if (path.length > MAX_PATH || path.startsWith('/') || path.includes('\\') || path.includes('\0'))
    return undefined;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const tooLong = parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME);
  return tooLong || parts.length === 0 || parts.includes('..') ? undefined : parts.join('/');
}

function* folderEntries(root: string, below = ''): Generator<Entry> {
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const facts = lstatSync(join(root, path));
    if (facts.isDirectory()) yield* folderEntries(root, path);
    else {
      const kind = facts.isFile() ? 'file' : facts.isSymbolicLink() ? 'link' : 'other';
      const bytes = (): Uint8Array => readFileSync(join(root, path));
      yield { path, kind, executable: (facts.mode & 0o100) !== 0, size: facts.size, bytes };
    }
  }
}
