import { Session } from 'node:inspector/promises';

/**
 * Flags of Node for a process whose busy code may be ended. Ended inside a timer's callback, code leaves Node's stack of
 * asynchronous contexts out of step, for which Node by default ends the process ("async hook stack has become corrupted").
 */
export const ENDABLE = ['--no-force-async-hooks-checks'] as const;

/**
 * Called by a worker thread: ends what the main thread is executing, by V8's own termination, which no `catch` stops.
 * Names, timers and sockets stay.
 */
export async function endBusyCode(): Promise<void> {
  const session = new Session();
  session.connectToMainThread();
  await session.post('Runtime.terminateExecution');
  session.disconnect();
}
