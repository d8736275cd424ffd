import { Session } from 'node:inspector/promises';

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
