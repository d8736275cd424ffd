import { closeSync, fstatSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openOwnFile } from '../files/index.ts';

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

/** Opens a server's log for appending. The caller closes it. Throws as openOwnFile does. */
export function openLogFile(path: string): number {
  let fd = openOwnFile(path);
  if (fstatSync(fd).size > LONG_LOG_BYTES) {
    closeSync(fd);
    renameSync(path, `${path}.1`);
    fd = openOwnFile(path);
  }
  return fd;
}
