/**
 * Logs, pid files, histories, evidence and grades hold what is nobody else's business, in folders that other users of the
 * machine, or whoever handed a folder in, may have prepared: a link in place of a file would have us write where it leads,
 * a pipe would have us wait for ever.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { english, KitError, text } from '../bytes/index.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
/** Readable and writable for others, or for the group. */
const OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes a folder that only its owner may enter; one that is there with a wider mode is closed.
 *
 * @throws KitError (machine) `unsafe-folder`: a link or a stranger's folder is in its place; `no-folder`: it cannot be
 * made.
 */
export function ownFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KitError(
      'no-folder',
      text(
        `cannot make ${path}: ${(error as Error).message}`,
        `无法建立 ${path}：${(error as Error).message}`,
      ),
      {
        fault: 'machine',
        hint: text(
          'Point XDG_RUNTIME_DIR and XDG_STATE_HOME to folders that you may write to.',
          '请让 XDG_RUNTIME_DIR 和 XDG_STATE_HOME 指向你有权写入的目录。',
        ),
        cause: error,
      },
    );
  }
  const stat = lstatSync(path);
  if (!stat.isDirectory() || isAnothers(stat)) {
    throw new KitError(
      'unsafe-folder',
      text(`${path} is a link or belongs to somebody else`, `${path} 是一个链接，或属于别人`),
      {
        fault: 'machine',
        hint: text(
          'Remove it, or name a folder of your own (for logs and pid files: XDG_STATE_HOME, XDG_RUNTIME_DIR).',
          '请删除它，或另指定你自己的目录（日志和 pid 文件：XDG_STATE_HOME、XDG_RUNTIME_DIR）。',
        ),
      },
    );
  }
  if ((stat.mode & OTHERS) !== 0) chmodSync(path, 0o700);
  return path;
}

/**
 * Opens a file for appending that only its owner may read (0600, also when it was there before with another mode). The
 * caller closes the descriptor.
 *
 * @throws KitError (machine) `unsafe-file`: a link, a pipe, or a stranger's file is in its place; `no-file`: it cannot be
 * opened for another reason.
 */
export function openOwnFile(path: string): number {
  let fd: number;
  try {
    fd = openOrdinary(path, O_WRONLY | O_APPEND | O_CREAT, 0o600);
  } catch (error) {
    throw error instanceof KitError ? error : unwritable(path, (error as Error).message, error);
  }
  try {
    const stat = fstatSync(fd);
    if (isAnothers(stat)) throw unsafe(path, "somebody else's");
    if ((stat.mode & OTHERS) !== 0) fchmodSync(fd, 0o600);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return fd;
}

/**
 * Writes a file that somebody named, or that belongs where somebody pointed: what was in it is gone, its mode stays. A new
 * one gets `mode`, less the umask.
 *
 * @throws KitError (machine) `unsafe-file`: a link or a pipe is in its place, and is left as it is; or what the system
 * says (ENOSPC, EACCES, …).
 */
export function writeOrdinaryFile(path: string, content: string | Uint8Array, mode = 0o666): void {
  // Truncated when it is known to be a file.
  const fd = openOrdinary(path, O_WRONLY | O_CREAT, mode);
  try {
    ftruncateSync(fd);
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/** Throws KitError `unsafe-file`, or what the system says. */
function openOrdinary(path: string, flags: number, mode: number): number {
  let fd: number;
  try {
    // O_NONBLOCK: the open of a pipe without a reader fails instead of waiting for one.
    fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw unsafe(path, 'a symbolic link, which is not followed', error);
    if (code === 'ENXIO') throw unsafe(path, 'no ordinary file', error);
    throw error;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw unsafe(path, 'no ordinary file');
}

/**
 * Is this file there, and ours alone to write?
 *
 * @throws KitError (machine) `unsafe-file`: a link, a stranger's file, or one that others can write, is in its place.
 */
export function hasOwnFile(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (stat.isSymbolicLink()) throw unsafe(path, 'a symbolic link, which is not followed');
  if (!stat.isFile()) throw unsafe(path, 'no ordinary file');
  if (isAnothers(stat)) throw unsafe(path, "somebody else's");
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) throw unsafe(path, 'writable for others');
  return true;
}

/**
 * Writes a file that only its owner may read, in place of whatever is there: a reader sees the old content or the new
 * one, and of a link it is the link that goes.
 *
 * @throws KitError (machine) `no-file`: the disk is full, say; nothing has changed.
 */
export function replaceOwnFile(path: string, content: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    rmSync(aside, { force: true });
    const fd = openSync(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(fd, content);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, path);
  } catch (error) {
    // Half a file helps nobody.
    rmSync(aside, { force: true });
    throw unwritable(path, (error as Error).message, error);
  }
}

const isAnothers = ({ uid }: Stats): boolean => process.getuid !== undefined && uid !== process.getuid();

const unsafe = (path: string, what: string, cause?: unknown): KitError =>
  new KitError('unsafe-file', english(`${path} is ${what}`), {
    fault: 'machine',
    hint: text(
      'Remove it, or name a place of your own (for logs and histories: XDG_STATE_HOME).',
      '请删除它，或另指定你自己的位置（日志和历史：XDG_STATE_HOME）。',
    ),
    cause,
  });

const unwritable = (path: string, why: string, cause: unknown): KitError =>
  new KitError('no-file', text(`cannot write ${path}: ${why}`, `无法写入 ${path}：${why}`), {
    fault: 'machine',
    cause,
  });
