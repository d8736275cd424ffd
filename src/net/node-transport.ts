import { Buffer } from 'node:buffer';
import { writeSync } from 'node:fs';
import { connect, createServer, type Server, Socket, type SocketConstructorOpts } from 'node:net';
import {
  BYTES_A_TURN,
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
import { established } from './established.ts';

/** Sockets of node:net: everywhere that Node runs. */
export const nodeTransport: Transport = { listen, dial };

/** What is read of all sockets whose receivers borrow. */
let readInto: Buffer | undefined;

/** What Node's sockets have below them. Not documented, and there since Node 0.x. */
interface Handle {
  /** -1 once it is closed. */
  readonly fd?: number;
}
interface OnHandle {
  _handle?: Handle | null;
}

class NodeChannel implements Channel {
  #socket: Socket;
  #local: Endpoint | undefined;
  #paused = false;
  readonly remote: Endpoint;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  }

  /** Asked of the kernel when somebody asks for it: a server knows where it listens. */
  get local(): Endpoint {
    const { localAddress, localPort = 0 } = this.#socket;
    return (this.#local ??= { address: plainAddress(localAddress), port: localPort });
  }

  listen(events: ChannelEvents): void {
    const borrowed =
      events.borrows === true ? borrowing(this.#socket, (chunk) => this.#heard(events, chunk)) : undefined;
    const socket = borrowed ?? this.#socket;
    this.#socket = socket;
    let failure: NodeJS.ErrnoException | undefined;
    if (borrowed === undefined) socket.on('data', events.data);
    socket.on('end', events.ended);
    socket.on('drain', events.drained);
    socket.on('error', (error) => (failure = error));
    socket.on('close', () => {
      events.closed(failure);
    });
  }

  /** Answers whether to read on in this turn. */
  #heard(events: ChannelEvents, chunk: Buffer): boolean {
    events.data(chunk);
    if (chunk.length < BYTES_A_TURN || this.#paused) return !this.#paused;
    setImmediate(() => {
      if (!this.#paused) this.#socket.resume();
    });
    return false;
  }

  send(bytes: Buffer): void {
    const socket = this.#socket;
    // Behind our own FIN nothing can be sent; the caller hears `closed`.
    if (socket.destroyed || !socket.writable) return;
    const taken = socket.writableLength === 0 ? this.#sendNow(bytes) : 0;
    if (taken !== undefined && taken < bytes.length)
      socket.write(taken === 0 ? bytes : bytes.subarray(taken));
  }

  /**
   * Gives the kernel what it takes at once; how much that is, or undefined when the connection is over. A stream's write makes a request, a callback and a turn of
   * promises out of each system call, which costs as much as the call; it is for what the kernel does not take.
   */
  #sendNow(bytes: Buffer): number | undefined {
    const { descriptor } = this;
    // On Windows a handle has none.
    if (descriptor === undefined) return 0;
    try {
      return writeSync(descriptor, bytes);
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      // The socket's buffer is full: the stream waits for room. All else ends the connection, as a stream's write would.
      if (failure.code === 'EAGAIN') return 0;
      this.#socket.destroy(failure);
      return undefined;
    }
  }

  get descriptor(): number | undefined {
    const descriptor = (this.#socket as unknown as OnHandle)._handle?.fd ?? -1;
    return descriptor < 0 ? undefined : descriptor;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
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

/**
 * The same connection as a socket that reads into memory that all of them share: Node has that for sockets that one opens
 * oneself (`onread`), and for those that a server accepts only so. Undefined where there is no handle to take over.
 */
function borrowing(socket: Socket, data: (chunk: Buffer) => boolean): Socket | undefined {
  const old = socket as unknown as OnHandle;
  const handle = old._handle;
  if (handle === undefined || handle === null) return undefined;
  old._handle = null;
  const buffer = (readInto ??= Buffer.allocUnsafeSlow(BYTES_A_TURN));
  const options: Omit<SocketConstructorOpts, 'handle'> & { handle: unknown } = {
    ...{ handle, allowHalfOpen: socket.allowHalfOpen },
    onread: {
      buffer,
      // false: no more until `resume`.
      callback: (length) => data(buffer.subarray(0, length)),
    },
  };
  return new Socket(options as SocketConstructorOpts);
}

function listen(options: ListenOptions): Promise<Listener> {
  const { noDelay, keepAlive = false, paused = false } = options;
  // allowHalfOpen: a client that has sent its FIN still wants its answers (RFC 9293, section 3.6).
  const server = createServer(
    { allowHalfOpen: true, noDelay, keepAlive, pauseOnConnect: paused },
    (socket) => {
      // A client that is gone before we accept it has no address any more, and nothing to say.
      if (socket.remoteAddress === undefined) socket.destroy();
      else options.connection(new NodeChannel(socket));
    },
  );
  return listenWith(server, options);
}

/** Makes a server of node's listen; its connections are its maker's matter. */
export function listenWith(server: Server, options: ListenOptions): Promise<Listener> {
  const { host, port, backlog = 511 } = options;
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
  const socket = connect({
    host,
    port,
    noDelay,
    keepAlive,
    allowHalfOpen: false,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
  });
  const failure = (error: Error): Error => dialError(error, host, port);
  return established(socket, 'connect', signal, failure, () => new NodeChannel(socket));
}
