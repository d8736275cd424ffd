import { constants, closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { english, KitError } from '../bytes/index.ts';
import { ownFolder, replaceOwnFile } from '../files/index.ts';
import { isNearby, isRunning } from './chatd-identity.ts';
import { instanceName, runFolder } from './chatd-places.ts';

const entrySchema = z.object({
  pid: z.int().positive(),
  /** See ProcessIdentity. */
  started: z.string(),
  space: z.string(),
  /** The address it listens on. */
  host: z.string(),
  /** The same as it was asked for, a name perhaps. */
  asked: z.string(),
  port: z.int().min(1).max(65_535),
  protocol: z.string(),
  since: z.string(),
  /** The socket that answers `chatd status`. */
  control: z.string(),
  /** Its log file; empty when it writes to a terminal or to whoever started it. */
  log: z.string(),
});

/** What a pid file says about its server. */
export type Entry = z.infer<typeof entrySchema>;

export interface Found extends Entry {
  readonly file: string;
  /** false: a stale pid file; its server did not end properly. Of a server that is not nearby nobody knows. */
  readonly running: boolean;
  /** In our pid namespace; no other can be signalled from here. */
  readonly nearby: boolean;
}

/** The pid file that is there for this address and port. */
export const registered = (host: string, port: number): Found | undefined => readEntry(fileOf(host, port));

const fileOf = (host: string, port: number): string => join(runFolder(), `${instanceName(host, port)}.pid`);

/**
 * Writes the pid file in place of an older one: the number on the first line, so that `head -1` gives what other
 * daemons' files hold, and the rest as JSON on the second.
 */
export function register(entry: Entry): void {
  ownFolder(runFolder());
  replaceOwnFile(fileOf(entry.host, entry.port), `${entry.pid}\n${JSON.stringify(entry)}\n`);
}

/** Removes the pid file of `entry`, unless it tells of another process by now. */
export function unregister(entry: Entry): void {
  const there = registered(entry.host, entry.port);
  if (there?.pid === entry.pid && there.started === entry.started) rmSync(there.file, { force: true });
}

/** All nearby servers that have a pid file, of one port or host only if asked. Names of files, in order. */
export function findServers(want: { host?: string | undefined; port?: number | undefined }): Found[] {
  let names: string[];
  try {
    names = readdirSync(runFolder());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new KitError('no-folder', english(`cannot read ${runFolder()}: ${(error as Error).message}`), {
      fault: 'machine',
      hint: english('Point XDG_RUNTIME_DIR to a folder of your own.'),
      cause: error,
    });
  }
  return names
    .filter((name) => name.startsWith('chatd-') && name.endsWith('.pid'))
    .sort()
    .map((name) => readEntry(join(runFolder(), name)))
    .filter((found) => found !== undefined)
    .filter(({ nearby }) => nearby)
    .filter(({ host, asked, port }) => {
      const here = want.host === undefined || want.host === host || want.host === asked;
      return here && (want.port ?? port) === port;
    });
}

/** undefined: there is no such file, or nothing that one of our servers wrote. */
function readEntry(file: string): Found | undefined {
  let text: string;
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      text = readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
    const entry = entrySchema.parse(JSON.parse(text.split('\n')[1] ?? ''));
    const nearby = isNearby(entry);
    return { ...entry, file, nearby, running: nearby && isRunning(entry) };
  } catch {
    // Gone since it was listed, half written, or no file of ours: there is no server to tell of.
    return undefined;
  }
}
