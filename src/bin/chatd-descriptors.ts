import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Logger } from 'pino';

/** Descriptors that are no client: the listening socket, logs, Node's own, clients that are being refused. */
const OTHERS = 320;
const WATCH_MS = 1_000;
/** While descriptors stay exhausted it is said again only so often. */
const SAY_AGAIN_MS = 60_000;

/**
 * How many clients this process has descriptors for. A client above that would be accepted and closed without a word,
 * so it is better refused with one.
 */
export function clientRoom(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    if (soft === undefined) return Infinity;
    const limit = Number(soft);
    return Math.max(1, limit - Math.min(OTHERS, Math.floor(limit / 2)));
  } catch {
    // No /proc: then we cannot know.
    return Infinity;
  }
}

/**
 * Says in the log when no descriptor is left. Accepting does not tell: libuv then takes the waiting connections with a
 * descriptor that it kept for this, closes them, and reports nothing (measured with Node 20 and 26), so that a full
 * process neither spins nor stops; who reads its log should know nevertheless.
 */
export function watchDescriptors(logger: Logger): () => void {
  let saidMs = -Infinity;
  let exhausted = false;
  const timer = setInterval(() => {
    const code = probe();
    const nowMs = performance.now();
    if (code === undefined) {
      if (exhausted)
        logger.info({ event: 'descriptors-back' }, 'descriptors are free again; clients are accepted');
      exhausted = false;
      return;
    }
    exhausted = true;
    if (nowMs - saidMs < SAY_AGAIN_MS) return;
    saidMs = nowMs;
    logger.error(
      { event: 'accept-failed', code, hint: 'Raise the limit (ulimit -n), or set a lower --max-clients.' },
      'no descriptors are left: new connections are closed at once; the clients that are here are served',
    );
  }, WATCH_MS);
  return () => clearInterval(timer);
}

/** The error code of opening one more descriptor; undefined when it can be done. */
function probe(): string | undefined {
  try {
    closeSync(openSync('/dev/null', 'r'));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EMFILE' || code === 'ENFILE' ? code : undefined;
  }
}
