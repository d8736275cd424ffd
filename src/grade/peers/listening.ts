import { sleep } from './rig.ts';
import type { Watched } from './watched.ts';

/** Of one that sleeps before it listens: it looks something up, or waits for a file. */
const ASLEEP_MS = 10_000;
/** However busy the machine is: by then a compiler has been through, too. */
const BOUND_MS = 120_000;

/**
 * Waits until the server listens; false when it has ended, or sleeps and does not. One that the machine gives no
 * processor, or whose compiler runs, is waited for.
 */
export async function listens(server: Watched, ended: () => boolean): Promise<boolean> {
  const startedAt = performance.now();
  let [asleepMs, lookedAt] = [0, startedAt];
  while (!server.listening()) {
    if (ended()) return false;
    const now = performance.now();
    if (server.busy()) asleepMs = 0;
    // We ourselves were late: then others were, too.
    else asleepMs += Math.min(now - lookedAt, 50);
    lookedAt = now;
    if (asleepMs > ASLEEP_MS || now - startedAt > BOUND_MS) return server.listening();
    await sleep(2);
  }
  return true;
}
