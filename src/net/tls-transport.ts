import { type Socket } from 'node:net';
import type * as Tls from 'node:tls';
import { english, KitError, text } from '../bytes/index.ts';
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
import { listenWith } from './node-transport.ts';
import { aborted, dialError } from './socket-errors.ts';
import { established } from './established.ts';

/** Text in PEM form (RFC 7468). */
export interface TlsServerFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsClientFiles {
  /** The authority that must have signed the server's certificate; undefined: those that Node ships. */
  readonly ca?: string | undefined;
}

/** Loaded by who encrypts: it takes as long as all of Node's own start. */
const tls = (): typeof Tls => process.getBuiltinModule('node:tls');

/** Who is no client yet has no place among clients, and is counted here. */
export interface HandshakeLimits {
  /**
   * So many may be under way; beyond, the oldest is ended. One that means it is done in milliseconds; what is old says
   * nothing, and holds a descriptor.
   */
  readonly most: number;
  readonly withinMs: number;
}
const HANDSHAKES: HandshakeLimits = { most: 2_048, withinMs: 10_000 };

/**
 * Sockets of node:tls: the same bytes, encrypted, and a server that proves who it is (RFC 8446). Not for labs that look
 * at packets.
 *
 * @throws KitError (usage) `bad-certificate`: the certificate or the key cannot be used.
 */
export function tlsTransport(files: {
  server?: TlsServerFiles;
  client?: TlsClientFiles;
  handshakes?: HandshakeLimits;
}): Transport {
  const { server, handshakes = HANDSHAKES } = files;
  if (server !== undefined) check(server);
  return {
    listen: (options) =>
      server === undefined
        ? Promise.reject(
            new KitError('no-certificate', english('a TLS server needs a certificate'), { fault: 'usage' }),
          )
        : listen(server, handshakes, options),
    dial: (options) => dial(files.client ?? {}, options),
  };
}

function check(files: TlsServerFiles): void {
  try {
    tls().createSecureContext({ ...files });
  } catch (error) {
    throw new KitError(
      'bad-certificate',
      english(`certificate and key cannot be used: ${(error as Error).message}`),
      {
        fault: 'usage',
        hint: english('Both are PEM files that belong together; chatd cert makes some.'),
        cause: error,
      },
    );
  }
}

function listen(
  files: TlsServerFiles,
  handshakes: HandshakeLimits,
  options: ListenOptions,
): Promise<Listener> {
  const server = tls().createServer({
    ...files,
    minVersion: 'TLSv1.3',
    allowHalfOpen: true,
    noDelay: options.noDelay,
    handshakeTimeout: handshakes.withinMs,
  });
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const key = endsOf(socket);
    shaking.set(key, socket);
    socket.once('close', () => shaking.delete(key));
    const [oldest] = shaking.values();
    if (shaking.size > handshakes.most) oldest?.destroy();
  });
  server.on('secureConnection', (socket: Tls.TLSSocket) => {
    shaking.delete(endsOf(socket));
    if (socket.remoteAddress === undefined) socket.destroy();
    else options.connection(new TlsChannel(socket));
  });
  // Who speaks something else, or takes too long: Node has closed that connection, and nobody else is touched.
  server.on('tlsClientError', (_error, socket: Socket) => void socket.destroy());
  return listenWith(server, options);
}

/** The same for a connection and for the TLS in it. */
const endsOf = ({ localAddress, remoteAddress, remotePort }: Socket): string =>
  `${localAddress} ${remoteAddress} ${remotePort}`;

/** Not NodeChannel, which writes to the descriptor: here that would go out in the clear. */
class TlsChannel implements Channel {
  readonly #socket: Tls.TLSSocket;
  /** Who borrows is told in portions, one a turn. */
  #inPortions: ((chunk: Buffer) => void) | undefined;
  #paused = false;
  #scheduled = false;
  readonly local: Endpoint;
  readonly remote: Endpoint;

  constructor(socket: Tls.TLSSocket) {
    this.#socket = socket;
    this.local = { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  }

  listen(events: ChannelEvents): void {
    const socket = this.#socket;
    let failure: NodeJS.ErrnoException | undefined;
    if (events.borrows === true) {
      this.#inPortions = events.data;
      socket.on('readable', () => this.#tell());
    } else {
      socket.on('data', events.data);
    }
    socket.on('end', events.ended);
    socket.on('drain', events.drained);
    socket.on('error', (error) => (failure = error));
    socket.on('close', () => events.closed(failure));
  }

  /**
   * Node decrypts what a turn brings, a megabyte perhaps, and would tell all of it in that turn. So it is left in the
   * stream, which reads no further of the kernel once it holds its `highWaterMark`, and taken out in portions.
   */
  #tell(): void {
    const socket = this.#socket;
    if (this.#scheduled || this.#paused) return;
    const chunk = socket.read(Math.min(socket.readableLength, BYTES_A_TURN)) as Buffer | null;
    if (chunk !== null) this.#inPortions?.(chunk);
    if (socket.readableLength > 0) this.#tellLater();
    // Only when it is asked and has nothing does a stream find that the peer has ended.
    else socket.read(0);
  }

  #tellLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#tell();
    });
  }

  send(bytes: Buffer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** What goes through it is no longer ours to read. */
  get descriptor(): undefined {
    return undefined;
  }

  pause(): void {
    this.#paused = true;
    if (this.#inPortions === undefined) this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#inPortions === undefined) this.#socket.resume();
    else this.#tellLater();
  }

  finish(): void {
    this.#socket.end();
  }

  /** node:tls has no RST (resetAndDestroy is for TCP handles only). */
  abort(): void {
    this.#socket.destroy();
  }
}

function dial(files: TlsClientFiles, options: DialOptions): Promise<Channel> {
  const { host, port, localAddress, localPort, signal } = options;
  if (signal?.aborted) return Promise.reject(aborted());
  const socket = tls().connect({
    host,
    port,
    minVersion: 'TLSv1.3',
    ...(files.ca === undefined ? {} : { ca: files.ca }),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(localPort === undefined ? {} : { localPort }),
  });
  socket.setNoDelay(options.noDelay);
  const failure = (error: Error): Error => tlsError(error, host, port);
  return established(socket, 'secureConnect', signal, failure, () => new TlsChannel(socket));
}

/** A certificate that does not fit is the one error of which people must not make light. */
function tlsError(error: Error, host: string, port: number): KitError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const where = `${host}:${port}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || /CERT|SIGNATURE|ISSUER/.test(code)) {
    return new KitError(
      'bad-certificate',
      text(
        `${where} cannot prove who it is: ${error.message}`,
        `${where} 无法证明自己的身份：${error.message}`,
      ),
      {
        fault: 'peer',
        hint: text(
          'Give the authority of the class with --tls-ca FILE, and the name or address that its certificate has. If you do, somebody else may be answering.',
          '请用 --tls-ca 文件 给出班级的 CA 证书，并使用证书上的主机名或地址。若已如此，应答的可能是别人。',
        ),
        cause: error,
      },
    );
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return new KitError(
      'no-tls',
      text(`${where} does not speak TLS 1.3: ${error.message}`, `${where} 不使用 TLS 1.3：${error.message}`),
      {
        fault: 'peer',
        hint: text(
          'Was the server started with --tls-cert and --tls-key?',
          '服务器启动时是否给出了 --tls-cert 和 --tls-key？',
        ),
        cause: error,
      },
    );
  }
  return dialError(error, host, port);
}
