import { Script } from 'node:vm';

/** Much longer than any input takes, on a machine that has other work. */
const PATIENCE_MS = 120_000;

const script = new Script('globalThis[Symbol.for("kit.watched")]()');
const KEY = Symbol.for('kit.watched');

/**
 * Runs `work`, which does not wait for anything, and throws when it does not come back: a loop without an end would
 * otherwise stop a test run without a word. No measure of speed.
 */
export function watched<T>(what: string, work: () => T): T {
  const place = globalThis as unknown as Record<symbol, (() => T) | undefined>;
  place[KEY] = work;
  try {
    return script.runInThisContext({ timeout: PATIENCE_MS }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`${what}: it hangs, no end within ${PATIENCE_MS / 1000} s`, { cause: error });
  } finally {
    place[KEY] = undefined;
  }
}
