import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KitError } from '../bytes/index.ts';

const NAME = 'socket-lab-kit';
/** A log that is longer than this when a server starts is put aside as `.log.1`. */
const LONG_LOG_BYTES = 8 * 1024 * 1024;

/** An absolute folder out of the environment; what is relative is to be ignored (XDG Base Directory Specification). */
const folderIn = (variable: string): string | undefined => {
  const value = process.env[variable];
  return value?.startsWith('/') === true ? value : undefined;
};

/** Where logs are. */
export function stateFolder(): string {
  return join(folderIn('XDG_STATE_HOME') ?? join(homedir(), '.local', 'state'), NAME);
}

/** Where pid files and control sockets are. Without XDG_RUNTIME_DIR (a login gives it) a folder beside the logs. */
export function runFolder(): string {
  const runtime = folderIn('XDG_RUNTIME_DIR');
  return runtime === undefined ? join(stateFolder(), 'run') : join(runtime, NAME);
}

/** The stem of a server's files: one server for each address and port. An IPv6 address keeps its colons. */
export const instanceName = (host: string, port: number): string =>
  `chatd-${host.replaceAll('/', '_')}-${port}`;

/**
 * Makes a folder that only its owner may enter.
 *
 * @throws KitError (machine) `unsafe-folder`: a link or a stranger's folder is in its place; `no-folder`: it cannot be
 * made.
 */
export function ownFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KitError('no-folder', `cannot make ${path}: ${(error as Error).message}`, {
      fault: 'machine',
      hint: 'Point XDG_RUNTIME_DIR and XDG_STATE_HOME to folders that you may write to.',
      cause: error,
    });
  }
  const stat = lstatSync(path);
  if (!stat.isDirectory() || (process.getuid !== undefined && stat.uid !== process.getuid())) {
    throw new KitError('unsafe-folder', `${path} is a link or belongs to somebody else`, {
      fault: 'machine',
      hint: 'Remove it, or point XDG_RUNTIME_DIR and XDG_STATE_HOME to folders of your own.',
    });
  }
  if ((stat.mode & 0o077) !== 0) chmodSync(path, 0o700);
  return path;
}

/** Opens a server's log for appending. The caller closes it. */
export function openLogFile(path: string): number {
  let fd = openOwn(path);
  if (fstatSync(fd).size > LONG_LOG_BYTES) {
    closeSync(fd);
    renameSync(path, `${path}.1`);
    fd = openOwn(path);
  }
  return fd;
}

function openOwn(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  let fd: number;
  try {
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new KitError('no-log', `cannot write the log: ${(error as Error).message}`, {
      fault: 'machine',
      hint: 'A symbolic link is not followed. Remove what is in the way, or set XDG_STATE_HOME.',
      cause: error,
    });
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    throw new KitError('no-log', `${path} is no ordinary file`, { fault: 'machine', hint: 'Remove it.' });
  }
  return fd;
}
