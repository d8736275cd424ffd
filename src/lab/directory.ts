import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { english, KitError } from '../bytes/index.ts';

/**
 * Makes the directory of a run, for its owner alone. Throws `not-writable`, `not-empty` or, for a link, `unsafe-folder`
 * (usage).
 */
export function makeDirectory(directory: string): void {
  guard(directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
  if (lstatSync(directory).isSymbolicLink()) {
    throw new KitError(
      'unsafe-folder',
      english(`${directory} is a link, and evidence goes where it is said to`),
      {
        fault: 'usage',
        hint: english('Give the directory itself with --out.'),
      },
    );
  }
  if (readdirSync(directory).length > 0) {
    throw new KitError(
      'not-empty',
      english(`${directory} is not empty, and a run never overwrites evidence`),
      {
        fault: 'usage',
        hint: english('Give another --out, or remove the directory.'),
      },
    );
  }
}

/** A path below `parent` that is not there yet: 03-time-100x-20261120-113800, with a number behind it when that is. */
export function labFolder(parent: string, name: string, student: string | undefined): string {
  const now = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const stem = join(parent, [name, ...(student === undefined ? [] : [student]), day, time].join('-'));
  for (let n = 1; ; n++) {
    const directory = n === 1 ? stem : `${stem}-${n}`;
    if (!existsSync(directory)) return directory;
  }
}

/** Does a write below `directory`. A full or forbidden disk becomes an error that says what to do. */
export function guard<T>(directory: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const reason = error instanceof KitError ? error.cause : error;
    const errno = reason instanceof Error ? (reason as NodeJS.ErrnoException).code : undefined;
    if (errno === 'ENOSPC' || errno === 'EDQUOT') {
      throw new KitError('disk-full', english(`the disk that holds ${directory} is full`), {
        fault: 'machine',
        hint: english(
          'Make room, or give a directory elsewhere with --out. What was written so far is kept.',
        ),
        cause: error,
      });
    }
    if (errno === 'EACCES' || errno === 'EROFS' || errno === 'EPERM' || errno === 'ENOTDIR') {
      throw new KitError(
        'not-writable',
        english(`${directory} cannot be written: ${error instanceof Error ? error.message : ''}`),
        {
          fault: 'usage',
          hint: english('Give a directory of your own with --out.'),
          cause: error,
        },
      );
    }
    throw error;
  }
}
