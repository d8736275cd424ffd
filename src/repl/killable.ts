/**
 * Runs a part of the user's code that may never pause. A listener for SIGTERM waits for a turn of the event loop, which
 * such code never grants: so for this long the signal has its default action, which ends the process at once, and the
 * server sees the connection end without a goodbye. (One that comes in the very instant of the change is lost.)
 */
export function killable<T>(listener: () => void, part: () => T): T {
  process.off('SIGTERM', listener);
  try {
    return part();
  } finally {
    process.once('SIGTERM', listener);
  }
}
