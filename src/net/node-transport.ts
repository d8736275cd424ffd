import { type Buffer } from 'node:buffer';
import { connect, createServer, type Socket } from 'node:net';
import {
  type Channel,
  type ChannelEvents,
  type DialOptions,
  type Endpoint,
  type Listener,
  type ListenOptions,
  plainAddress,
  type Transport,
} from './channel.ts';
import { aborted, dialError, listenError } from './socket-errors.ts';

/** Sockets of node:net: everywhere that Node runs. */
export const nodeTransport: Transport = { listen, dial };

class NodeChannel implements Channel {
  readonly #socket: Socket;
  readonly local: Endpoint;
  readonly remote: Endpoint;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.local = { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  }

  listen(events: ChannelEvents): void {
    const socket = this.#socket;
    let failure: NodeJS.ErrnoException | undefined;
    socket.on('data', events.data);
    socket.on('end', events.ended);
    socket.on('drain', events.drained);
    socket.on('error', (error) => (failure = error));
    socket.on('close', () => {
      events.closed(failure);
    });
  }

  send(bytes: Buffer): void {
    // Behind our own FIN nothing can be sent; the caller hears `closed`.
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  get descriptor(): number | undefined {
    // Not documented, and there since Node 0.x; -1 once it is closed.
    const { _handle: handle } = this.#socket as unknown as {
      readonly _handle?: { readonly fd?: number } | null;
    };
    const descriptor = handle?.fd ?? -1;
    return descriptor < 0 ? undefined : descriptor;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  finish(): void {
    this.#socket.end();
  }

  abort(): void {
    const socket = this.#socket;
    // While a shutdown is under way libuv refuses to reset (EINVAL, uv_tcp_close_reset), and Node then neither closes
    // the descriptor nor emits `close`, ever. Our FIN is out then, or about to be, so that closing is enough.
    const shuttingDown = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
    if (shuttingDown) socket.destroy();
    else socket.resetAndDestroy();
  }
}

function listen(options: ListenOptions): Promise<Listener> {
  const { host, port, backlog = 511, noDelay, keepAlive = false, paused = false } = options;
  // allowHalfOpen: a client that has sent its FIN still wants its answers (RFC 9293, section 3.6).
  const server = createServer(
    { allowHalfOpen: true, noDelay, keepAlive, pauseOnConnect: paused },
    (socket) => {
      // A client that is gone before we accept it has no address any more, and nothing to say.
      if (socket.remoteAddress === undefined) socket.destroy();
      else options.connection(new NodeChannel(socket));
    },
  );
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenError(error, host, port));
    server.once('error', failed);
    server.listen({ host, port, backlog }, () => {
      server.off('error', failed);
      server.on('error', options.acceptFailed);
      const address = server.address();
      const local = typeof address === 'object' && address !== null ? address : { address: host, port };
      resolve({
        local: { address: local.address, port: local.port },
        close: () =>
          new Promise<void>((closed) => {
            // Its callback waits for every connection; listening stops at once, and that is what was asked.
            server.close();
            setImmediate(closed);
          }),
      });
    });
  });
}

function dial(options: DialOptions): Promise<Channel> {
  const { host, port, noDelay, keepAlive = false, localAddress, localPort, signal } = options;
  if (signal?.aborted) return Promise.reject(aborted());
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay,
      keepAlive,
      allowHalfOpen: false,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(localPort === undefined ? {} : { localPort }),
    });
    const giveUp = (): void => {
      socket.destroy();
      reject(aborted());
    };
    const failed = (error: Error): void => {
      signal?.removeEventListener('abort', giveUp);
      reject(dialError(error, host, port));
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.once('error', failed);
    socket.once('connect', () => {
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', failed);
      resolve(new NodeChannel(socket));
    });
  });
}
