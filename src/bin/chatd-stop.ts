import { setTimeout as wait } from 'node:timers/promises';
import { rmSync } from 'node:fs';
import { english, KitError } from '../bytes/index.ts';
import { askStatus } from './chatd-answer.ts';
import { isRunning } from './chatd-identity.ts';
import { type Found, findServers } from './chatd-registry.ts';

/** Longer than a server takes to drain. */
const STOP_MS = 10_000;
const POLL_MS = 20;

/** What `stop` did. */
export interface Stopped {
  readonly stopped: Found | undefined;
  /** Pid files whose servers had ended before, removed. */
  readonly stale: readonly Found[];
}

/**
 * Asks one server to end (SIGTERM) and resolves when it has.
 *
 * @throws KitError `several-servers` (usage): nothing said which; `not-stopped` (machine): it did not end in time.
 */
export async function stop(want: { host?: string | undefined; port?: number | undefined }): Promise<Stopped> {
  const found = findServers(want);
  const running = found.filter((server) => server.running);
  const [first, second] = running;
  if (first !== undefined && second !== undefined) {
    const list = running.map(({ host, port, pid }) => `${host} port ${port} (process ${pid})`).join(', ');
    throw new KitError('several-servers', english(`several servers run: ${list}`), {
      fault: 'usage',
      hint: english('Say which one with --port, and --host if need be.'),
    });
  }
  const stale = found.filter((server) => !server.running);
  for (const { file } of stale) rmSync(file, { force: true });
  if (first !== undefined) await end(first);
  return { stopped: first, stale };
}

async function end(server: Found): Promise<void> {
  // Where nothing else tells which process it is, the server itself must have answered under this number.
  if (server.started === '') await askStatus(server);
  try {
    process.kill(server.pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new KitError('not-permitted', english(`process ${server.pid} may not be signalled`), {
      fault: 'machine',
      hint: english('It belongs to another user.'),
      cause: error,
    });
  }
  const deadline = performance.now() + STOP_MS;
  while (isRunning(server)) {
    if (performance.now() > deadline) {
      throw new KitError(
        'not-stopped',
        english(`process ${server.pid} still runs ${STOP_MS / 1000} s after SIGTERM`),
        {
          fault: 'machine',
          hint: english(
            `Look at its log (${server.log === '' ? 'its terminal' : server.log}); end it with: kill -9 ${server.pid}`,
          ),
        },
      );
    }
    await wait(POLL_MS);
  }
}
