/** The watchdog's thread: its timers run while the main thread is deaf. */
import { parentPort } from 'node:worker_threads';
import { KitError } from '../bytes/index.ts';
import { endBusyCode } from './busy.ts';

export type ToWatchdog =
  | { readonly kind: 'watch'; readonly ms: number }
  | { readonly kind: 'done' }
  /** The main thread took the request to stop, so it is not deaf. */
  | { readonly kind: 'heard' };

const main = parentPort;
if (main === null) throw new KitError('no-parent', 'watchdog-main.ts is the program of a worker thread');

/** Nobody waits at a screen here, and a machine with other work must not make code look busy that is not. */
const DEAF_MS = 1_000;

let timer: NodeJS.Timeout | undefined;

/** Time for a slow machine to hear of the end before it counts as deaf again: an end in the midst of Node's own work is fatal. */
const AGAIN_MS = 10_000;

const again = (): void => void (timer = setTimeout(late, AGAIN_MS));

function late(): void {
  main?.postMessage('stop');
  // Again and again: code may begin anew behind each end, in a timer or behind an `await`.
  timer = setTimeout(() => void endBusyCode().then(again), DEAF_MS);
}

main.on('message', (message: ToWatchdog) => {
  clearTimeout(timer);
  if (message.kind === 'watch') timer = setTimeout(late, message.ms);
});
