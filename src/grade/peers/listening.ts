import { patiently } from './patience.ts';
import type { Watched } from './watched.ts';

/** One may look something up first, or wait for a file; by the bound a compiler has been through, too. */
const PATIENCE = { asleepMs: 10_000, boundMs: 120_000 };

/** Waits until the server listens; false when it has ended, or sleeps and does not. */
export const listens = (server: Watched, ended: () => boolean): Promise<boolean> =>
  patiently(() => server.listening(), server, { ...PATIENCE, over: ended });
