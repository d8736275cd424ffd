import { english, KitError } from '../bytes/index.ts';
import type { ExecResult } from './exec.ts';

/** A listening socket and its accept queue. */
export type Listener = {
  address: string;
  port: number;
  /** Connections that are established and wait for accept. */
  waiting: number;
  /** The backlog that listen was given, cut to net.core.somaxconn. The queue takes one more than this. */
  limit: number;
};

/** From `ss`, since /proc/net/tcp does not have the limit. Throws `command-failed`. */
export async function readListeners(
  run: (command: readonly string[]) => Promise<ExecResult>,
): Promise<Listener[]> {
  const result = await run(['ss', '-Hlnt']);
  if (result.code !== 0)
    throw new KitError('command-failed', english(`ss failed: ${result.stderr}`), { fault: 'machine' });
  return parseListeners(result.stdout);
}

/** Reads `ss -Hlnt`: `LISTEN 0 128 10.77.0.1:2312 0.0.0.0:*`. Pure. */
export function parseListeners(text: string): Listener[] {
  return text
    .split('\n')
    .map((line) => /^LISTEN\s+(\d+)\s+(\d+)\s+(\S+):(\d+)\s/.exec(line))
    .filter((match) => match !== null)
    .map(([, waiting = '', limit = '', address = '', port = '']) => ({
      address: address.replace(/^\[|\]$/g, '').replace(/%.*$/, ''),
      port: Number(port),
      waiting: Number(waiting),
      limit: Number(limit),
    }));
}
