import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { KitError } from '../../bytes/index.ts';
import type { Channel, DialOptions, Endpoint, Listener, ListenOptions, Transport } from '../channel.ts';
import { aborted, dialError, listenError } from '../socket-errors.ts';
import { LibcChannel } from './channel.ts';
import { FAMILIES, POLL_EVENTS, TYPE_FLAGS, TYPES } from './constants.ts';
import { CallError } from './errno.ts';
import { EINPROGRESS, type Functions, must } from './functions.ts';
import { LibcListener } from './listener.ts';
import { nameOfSocket } from './names.ts';
import { kernel, type Poller } from './poller.ts';
import { familyOf, packSockaddr } from './sockaddr.ts';
import { setKeepAlive, setNoDelay, setReuseAddress, takeError } from './socket-options.ts';

const STREAM = TYPES.SOCK_STREAM | TYPE_FLAGS.SOCK_NONBLOCK | TYPE_FLAGS.SOCK_CLOEXEC;
/** As node:net has it: enough for a burst, cut to net.core.somaxconn by the kernel (listen(2)). */
const BACKLOG = 511;

/** Sockets of the C library: Linux only. Rejects with what `kernel` rejects with elsewhere. */
export const libcTransport: Transport = { listen, dial };

async function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, backlog = BACKLOG } = options;
  const { libc, poller } = await kernel();
  let fd = -1;
  try {
    const [address = host] = await addressesOf(host);
    fd = must(libc, 'socket', libc.socket(familyOf(address), STREAM, 0));
    // A server that is started again must not wait for its old connections' TIME_WAIT (RFC 9293, section 3.6.1).
    setReuseAddress(libc, fd);
    // Each connection will have these from here: two calls less for each (measured, with getsockname: a sixth of the time
    // that it takes until 10,000 have had an answer).
    if (options.noDelay) setNoDelay(libc, fd);
    if (options.keepAlive === true) setKeepAlive(libc, fd);
    bind(libc, fd, { address, port });
    must(libc, 'listen', libc.listen(fd, backlog));
    return new LibcListener(libc, poller, fd, options);
  } catch (error) {
    if (fd !== -1) libc.close(fd);
    throw error instanceof KitError && !(error instanceof CallError) ? error : listenError(error, host, port);
  }
}

async function dial(options: DialOptions): Promise<Channel> {
  const { host, port, signal } = options;
  const { libc, poller } = await kernel();
  let failure: unknown;
  try {
    // One address after the other, in the order of getaddrinfo(3) (RFC 6724).
    for (const address of await addressesOf(host)) {
      if (signal?.aborted) throw aborted();
      try {
        return await dialOne(libc, poller, address, options);
      } catch (error) {
        if (!(error instanceof CallError)) throw error;
        failure ??= error;
      }
    }
  } catch (error) {
    failure = error;
  }
  throw failure instanceof KitError && !(failure instanceof CallError)
    ? failure
    : dialError(failure, host, port);
}

async function dialOne(
  libc: Functions,
  poller: Poller,
  address: string,
  { port, noDelay, keepAlive = false, localAddress, localPort, signal }: DialOptions,
): Promise<Channel> {
  const family = familyOf(address);
  const fd = must(libc, 'socket', libc.socket(family, STREAM, 0));
  try {
    if (noDelay) setNoDelay(libc, fd);
    if (keepAlive) setKeepAlive(libc, fd);
    if (localAddress !== undefined || localPort !== undefined) {
      const any = family === FAMILIES.AF_INET6 ? '::' : '0.0.0.0';
      // As libuv does; a local port in TIME_WAIT can then be used for another peer.
      setReuseAddress(libc, fd);
      bind(libc, fd, { address: localAddress ?? any, port: localPort ?? 0 });
    }
    await connected(libc, poller, fd, { address, port }, signal);
    const [local, remote] = [nameOfSocket(libc, 'getsockname', fd), nameOfSocket(libc, 'getpeername', fd)];
    if (local === undefined || remote === undefined)
      throw new KitError('no-name', 'a connected socket has no name');
    return new LibcChannel(libc, poller, fd, { local, remote, answersFin: true });
  } catch (error) {
    libc.close(fd);
    poller.closed(fd);
    throw error;
  }
}

/** connect(2) of a non-blocking socket: begun at once, done when poll says POLLOUT; SO_ERROR says how. */
function connected(
  libc: Functions,
  poller: Poller,
  fd: number,
  remote: Endpoint,
  signal: AbortSignal | undefined,
): Promise<void> {
  const address = packSockaddr(remote);
  if (libc.connect(fd, address, address.length) !== -1) return Promise.resolve();
  const errno = libc.errno();
  if (errno !== EINPROGRESS) return Promise.reject(new CallError('connect', errno));
  return new Promise((resolve, reject) => {
    const done = (): void => {
      poller.unwatch(fd);
      signal?.removeEventListener('abort', giveUp);
    };
    const giveUp = (): void => {
      done();
      reject(aborted());
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    poller.watch(fd, POLL_EVENTS.POLLOUT, () => {
      done();
      const failed = takeError(libc, fd);
      if (failed === 0) resolve();
      else reject(new CallError('connect', failed));
    });
  });
}

function bind(libc: Functions, fd: number, local: Endpoint): void {
  const address = packSockaddr(local);
  must(libc, 'bind', libc.bind(fd, address, address.length));
}

/** getaddrinfo(3), in a thread of the pool; an address in numbers is one already. */
async function addressesOf(host: string): Promise<string[]> {
  const [plain = ''] = host.split('%');
  if (isIP(plain) !== 0) return [host];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
