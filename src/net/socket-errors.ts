import { KitError } from '../bytes/index.ts';
import { formatEndpoint } from './channel.ts';

const errnoOf = (error: unknown): string => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? 'unknown';
};

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Why a server cannot listen, with what to do. */
export function listenError(error: unknown, host: string, port: number): KitError {
  const where = formatEndpoint({ address: host, port });
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return new KitError('port-taken', `${where} is taken by another program`, {
        fault: 'machine',
        hint: `Find it with: ss -ltnp 'sport = :${port}'. Stop it, or choose another --port.`,
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
      return new KitError('not-permitted', `you may not listen on ${where}`, {
        fault: 'machine',
        hint: 'Ports below 1024 are kept for the system; choose a higher --port.',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new KitError('no-such-address', `${host} is no address of this machine`, {
        fault: 'machine',
        hint: 'List the addresses with: ip address. Use 127.0.0.1 for this machine only.',
        cause: error,
      });
    default:
      return new KitError('listen-failed', `cannot listen on ${where}: ${sentence(error)}`, {
        fault: 'machine',
        cause: error,
      });
  }
}

/** Why a connection could not be made, with what to do. */
export function dialError(error: unknown, host: string, port: number): KitError {
  const where = formatEndpoint({ address: host, port });
  switch (errnoOf(error)) {
    case 'ECONNREFUSED':
      return new KitError(
        'connection-refused',
        `nobody listens on ${where}: the connection was refused (RST)`,
        {
          fault: 'peer',
          hint: `Start the server (chatd run --port ${port}), or check host and port.`,
          cause: error,
        },
      );
    case 'ETIMEDOUT':
      return new KitError('connect-timeout', `${where} does not answer`, {
        fault: 'peer',
        hint: 'Nothing came back, not even a refusal: check the address, the cable and the firewall.',
        cause: error,
      });
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new KitError('unreachable', `there is no way to ${where}`, {
        fault: 'peer',
        hint: 'Check the address with: ip route get ADDRESS.',
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new KitError('unknown-host', `no host is called ${host}`, {
        fault: 'peer',
        hint: 'Check the spelling, or give the address in numbers.',
        cause: error,
      });
    case 'EADDRINUSE':
      return new KitError('port-taken', `the local port for the connection to ${where} is taken`, {
        fault: 'machine',
        hint: 'A connection with the same four numbers may still be in TIME_WAIT: ss -tan. Leave the port to the kernel.',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new KitError('no-such-address', `no local address or port for a connection to ${where}`, {
        fault: 'machine',
        hint: 'Check the local address (ip address); all ports may be in use (ss -s).',
        cause: error,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new KitError('no-descriptors', 'this process may not open more files or sockets', {
        fault: 'machine',
        hint: 'Close some, or raise the limit: ulimit -n.',
        cause: error,
      });
    case 'ABORT_ERR':
      return aborted();
    default:
      return new KitError('connect-failed', `cannot connect to ${where}: ${sentence(error)}`, {
        fault: 'peer',
        cause: error,
      });
  }
}

export const aborted = (): KitError =>
  new KitError('aborted', 'given up before it was done', { fault: 'peer' });

/** Why an established connection is gone. */
export function lossOf(error: NodeJS.ErrnoException | undefined, where: string): KitError {
  switch (error?.code) {
    case undefined:
      return new KitError('connection-lost', `${where} closed the connection`, {
        fault: 'peer',
        hint: 'Connect again; the server says why in its log.',
      });
    case 'ECONNRESET':
      return new KitError('connection-lost', `${where} reset the connection (RST)`, {
        fault: 'peer',
        hint: 'The peer closed with data unread, crashed, or no longer knows the connection.',
        cause: error,
      });
    case 'ETIMEDOUT':
      return new KitError('connection-lost', `${where} no longer acknowledges: TCP gave up`, {
        fault: 'peer',
        hint: 'The cable is out, or the peer vanished without a FIN.',
        cause: error,
      });
    default:
      return new KitError('connection-lost', `the connection to ${where} failed: ${error?.message ?? ''}`, {
        fault: 'peer',
        cause: error,
      });
  }
}
