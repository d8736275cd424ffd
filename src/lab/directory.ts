import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KitError, text } from '../bytes/index.ts';

/**
 * Makes the directory of a run, for its owner alone. Throws `not-writable`, `not-empty` or, for a link, `unsafe-folder`
 * (usage).
 */
export function makeDirectory(directory: string): void {
  guard(directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
  if (lstatSync(directory).isSymbolicLink()) {
    throw new KitError(
      'unsafe-folder',
      text(
        `${directory} is a link, and evidence goes where it is said to`,
        `${directory} 是一个链接，而证据要写在指定的目录本身`,
      ),
      {
        fault: 'usage',
        hint: text('Give the directory itself with --out.', '请用 --out 给出目录本身。'),
      },
    );
  }
  if (readdirSync(directory).length > 0) {
    throw new KitError(
      'not-empty',
      text(
        `${directory} is not empty, and a run never overwrites evidence`,
        `${directory} 不是空目录，而运行从不覆盖已有的证据`,
      ),
      {
        fault: 'usage',
        hint: text('Give another --out, or remove the directory.', '请换一个 --out，或删除该目录。'),
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
      throw new KitError(
        'disk-full',
        text(`the disk that holds ${directory} is full`, `${directory} 所在的磁盘已满`),
        {
          fault: 'machine',
          hint: text(
            'Make room, or give a directory elsewhere with --out. What was written so far is kept.',
            '请腾出空间，或用 --out 指定别处的目录。已写入的内容会保留。',
          ),
          cause: error,
        },
      );
    }
    if (errno === 'EACCES' || errno === 'EROFS' || errno === 'EPERM' || errno === 'ENOTDIR') {
      throw new KitError(
        'not-writable',
        text(
          `${directory} cannot be written: ${error instanceof Error ? error.message : ''}`,
          `无法写入 ${directory}：${error instanceof Error ? error.message : ''}`,
        ),
        {
          fault: 'usage',
          hint: text('Give a directory of your own with --out.', '请用 --out 指定你自己的目录。'),
          cause: error,
        },
      );
    }
    throw error;
  }
}
