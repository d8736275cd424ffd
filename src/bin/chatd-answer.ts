import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { english, KitError } from '../bytes/index.ts';
import { ownFolder } from '../files/index.ts';
import {
  askControl,
  type ClientRow,
  type Control,
  serveControl,
  type Server,
  type Watch,
} from '../net/index.ts';
import { ownIdentity } from './chatd-identity.ts';
import { instanceName, runFolder } from './chatd-places.ts';
import { type Entry, type Found, register, registered } from './chatd-registry.ts';
import type { Settings } from './chatd-settings.ts';

/** sun_path of unix(7) holds 108 bytes with its NUL; other systems have fewer. */
const LONGEST_SOCKET_PATH = 100;

const statusSchema = z.object({
  pid: z.int(),
  clients: z.int(),
  accepted: z.int(),
  unconfirmed: z.int(),
  rssBytes: z.int(),
});

/** What a running server says of itself. */
export type Status = z.infer<typeof statusSchema>;

/**
 * Answers `chatd status`, and writes the pid file. The port is the lock: an older pid file for it is stale, or belongs
 * to a server in another network namespace, which then answers on its control socket. `replaced` is the process of a
 * stale one.
 *
 * @throws KitError `already-running` (machine): such a server is there.
 */
export async function startControl(
  server: Server,
  settings: Settings,
  since: Date,
  log: string,
  watch: Watch,
): Promise<{ entry: Entry; control: Control; replaced: number | undefined }> {
  const { address: host, port } = server.local;
  const other = registered(host, port);
  if (other !== undefined && (await answers(other))) {
    throw new KitError(
      'already-running',
      english(`process ${other.pid} has the pid file for ${host} port ${port}`),
      {
        fault: 'machine',
        hint: english('It listens in another network namespace; give one of the two --unlisted.'),
      },
    );
  }
  const path = socketPath(host, port);
  // Whoever had it is gone.
  rmSync(path, { force: true });
  const control = await serveControl(path, (question) => answer(question, server, watch));
  chmodSync(path, 0o600);
  const entry: Entry = {
    ...ownIdentity(),
    host,
    asked: settings.host,
    port,
    protocol: settings.protocol.name,
    since: since.toISOString(),
    control: path,
    log,
  };
  const close = (): void => {
    control.close();
    watch.close();
    if (dirname(path) !== runFolder()) rmSync(dirname(path), { recursive: true, force: true });
  };
  try {
    register(entry);
  } catch (error) {
    // A full disk. A socket that no pid file tells of helps nobody, and would keep the server from ending.
    close();
    throw error;
  }
  return { entry, replaced: other?.pid, control: { close } };
}

/**
 * `status`: figures. `clients`: a row for each client as well. `watch SEQ [CLIENT]`: also what happened behind moment
 * number SEQ, the packets of that client among it; docs/CHATD.md.
 */
function answer(question: string, server: Server, watch: Watch): unknown {
  const { clients, accepted, unconfirmed } = server.stats();
  const status: Status = {
    pid: process.pid,
    clients,
    accepted,
    unconfirmed,
    rssBytes: process.memoryUsage.rss(),
  };
  const watched = /^watch (\d{1,15})(?: (\d{1,15}))?$/.exec(question);
  if (watched !== null) {
    const [, since = '0', client] = watched;
    const news = watch.answer(Number(since), client === undefined ? undefined : Number(client));
    return { ...status, rows: rowsOf(server), ...news };
  }
  switch (question) {
    case 'status':
      return status;
    case 'clients':
      return { ...status, rows: rowsOf(server) };
    default:
      return { error: 'known questions: status, clients, watch SEQ [CLIENT]' };
  }
}

/** A description may allow names of a mebibyte; a few such would be more than an asker reads. */
const LONGEST_NAME = 256;

const rowsOf = (server: Server): ClientRow[] =>
  server.clients().map((row) => {
    if (row.name.length <= LONGEST_NAME) return row;
    // Not half of a character.
    const name = row.name.slice(0, LONGEST_NAME).replace(/[\ud800-\udbff]$/, '');
    return { ...row, name: `${name}…` };
  });

/** Asks a server that a pid file tells of. Throws KitError `no-answer` (machine), also when a stranger answers. */
export async function askStatus(found: Found): Promise<Status> {
  const parsed = statusSchema.safeParse(await askControl(found.control, 'status'));
  if (parsed.success && parsed.data.pid === found.pid) return parsed.data;
  throw new KitError('no-answer', english(`another program answers on ${found.control}`), {
    fault: 'machine',
  });
}

async function answers(found: Found): Promise<boolean> {
  try {
    await askStatus(found);
    return true;
  } catch (error) {
    if (error instanceof KitError) return false;
    throw error;
  }
}

function socketPath(host: string, port: number): string {
  const usual = join(ownFolder(runFolder()), `${instanceName(host, port)}.sock`);
  if (Buffer.byteLength(usual) <= LONGEST_SOCKET_PATH) return usual;
  return join(mkdtempSync(join(tmpdir(), 'chatd-')), 'control.sock');
}
