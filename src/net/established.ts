import type { Socket } from 'node:net';
import { aborted } from './socket-errors.ts';

/**
 * Resolves with `channel()` at the socket's event `ready`. Rejects with `failure(error)` when it fails before, and with
 * KitError `aborted` when `signal` comes first; the socket is destroyed then.
 */
export function established<T>(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  signal: AbortSignal | undefined,
  failure: (error: Error) => Error,
  channel: () => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.destroy();
      reject(aborted());
    };
    const failed = (error: Error): void => {
      signal?.removeEventListener('abort', giveUp);
      reject(failure(error));
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.once('error', failed);
    socket.once(ready, () => {
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', failed);
      resolve(channel());
    });
  });
}
