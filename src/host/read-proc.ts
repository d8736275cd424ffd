/**
 * Reads files of /proc, which say that they are empty and are asked for many times a second: into one buffer that stays,
 * where `readFileSync` would make one of 64 KiB for each.
 */
import { closeSync, openSync, readSync } from 'node:fs';

/** Shared by all: a read ends before the next one begins. */
let buffer = Buffer.alloc(256 * 1024);

/** All of an open file, from its beginning. Throws what reading throws. */
export function readOpen(fd: number): string {
  let length = 0;
  for (;;) {
    if (length === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
    // The kernel hands out whole lines, a page or so at a time.
    const got = readSync(fd, buffer, length, buffer.length - length, length);
    if (got === 0) return buffer.toString('latin1', 0, length);
    length += got;
  }
}

/** All of the file at `path`, as latin1. Throws what opening and reading throw. */
export function readProc(path: string): string {
  const fd = openSync(path, 'r');
  try {
    return readOpen(fd);
  } finally {
    closeSync(fd);
  }
}
