/**
 * Busy code is ended by V8's own termination, which no `catch` stops: names, timers and sockets stay. But code that is
 * ended inside a timer's callback leaves Node's stack of asynchronous contexts out of step, for which Node by default ends
 * the process («async hook stack has become corrupted»). That check must be off where such code may run.
 */
import { Session } from 'node:inspector/promises';

/**
 * Flags of Node for a process that runs cells. The first turns that check off; from Node 24 on that is all. The second: a
 * warning about what Node calls experimental is not the cell's.
 */
export const CELL_FLAGS = ['--no-force-async-hooks-checks', '--disable-warning=ExperimentalWarning'] as const;

/** Whether this process has them; else it must be started again, with them. */
export const hasCellFlags = (): boolean => CELL_FLAGS.every((flag) => process.execArgv.includes(flag));

interface AsyncWrap {
  readonly async_hook_fields: Uint32Array;
  readonly constants: { readonly kCheck: number; readonly kTotals: number };
}
let wrap: AsyncWrap | undefined;

/**
 * Up to Node 23 an AsyncLocalStorage works by async hooks, and any hook turns the checks on again: `kCheck` for the
 * popped context, `kTotals` (hooks in use) for an empty stack at the end of a turn. Both are numbers within reach. Called
 * in each cell, where the storage is in use. Measured on Node 20.20: without it every busy timer ended the process.
 */
export function letBusyCodeEnd(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) return;
  wrap ??= internalAsyncWrap();
  wrap.async_hook_fields[wrap.constants.kCheck] = 0;
  wrap.async_hook_fields[wrap.constants.kTotals] = 0;
}

function internalAsyncWrap(): AsyncWrap {
  const inside = process as typeof process & { binding: (name: 'async_wrap') => AsyncWrap };
  const { noDeprecation = false } = process;
  process.noDeprecation = true;
  try {
    return inside.binding('async_wrap');
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

/** Called by a worker thread: ends what the main thread is executing. */
export async function endBusyCode(): Promise<void> {
  const session = new Session();
  session.connectToMainThread();
  await session.post('Runtime.terminateExecution');
  session.disconnect();
}
