import { isLoopback } from '../net/index.ts';
import type { Settings } from './chatd-settings.ts';

/** What whoever starts a server that listens at `address` should know; undefined when only this machine reaches it. */
export function wideWarning(address: string, { token, tls }: Settings): string | undefined {
  if (isLoopback(address)) return undefined;
  const who =
    token === undefined
      ? 'EVERYONE who reaches this machine may connect: nothing asks for a token (--token)'
      : 'who knows the token may connect from outside';
  const wire =
    tls === undefined
      ? `nothing is encrypted (--tls-cert): whoever can capture on the way reads ${token === undefined ? '' : 'the token and '}every text`
      : 'what is said is encrypted';
  return `${who}; ${wire}. For this machine only, leave --host out.`;
}
