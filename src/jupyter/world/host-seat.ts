/** One host of a notebook's world: what cells can start and do on it. */
import { Buffer } from 'node:buffer';
import { KitError, text } from '../../bytes/index.ts';
import type { Endpoint, IncomingText } from '../../net/index.ts';
import { shownAs } from '../../repl/index.ts';
import { readDescription } from '../../wire/index.ts';
import { CableHandle } from './cable-handle.ts';
import type { Caller } from './rpc.ts';
import type { StreamStatus } from './stream.ts';

type Ask = (method: string, ...args: readonly unknown[]) => Promise<unknown>;
interface Ends {
  readonly ref: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

export interface SocketOptions {
  /** Nagle's algorithm; on, as TCP has it, unless told otherwise. */
  readonly nagle?: boolean;
  /** SO_KEEPALIVE, with the times of the host's kernel (`net.ipv4.tcp_keepalive_*`); off unless told otherwise. */
  readonly keepAlive?: boolean;
  /** false: as if `pause()` had been called at once. */
  readonly reads?: boolean;
}

export class HostSeat {
  readonly name: string;
  readonly address: string;
  readonly cable: CableHandle;
  readonly #caller: Caller;
  readonly #ask: Ask;
  #writes = 0;

  constructor(name: string, address: string, caller: Caller) {
    this.name = name;
    this.address = address;
    this.#caller = caller;
    this.#ask = (method, ...args) => {
      this.#writes += writesOf(method, args);
      return caller.call('seat', name, method, args);
    };
    this.cable = new CableHandle((method) => caller.call(method, name));
    shownAs(this, () => `host ${name}, ${address}`);
  }

  /** How often its programs have written on a connection: one write for each `write`, and for each chat request. */
  get writes(): number {
    return this.#writes;
  }

  /** socket, bind, listen: the kernel takes connections on that port from now on. */
  async listen(port: number, options: SocketOptions & { backlog?: number } = {}): Promise<ListenerHandle> {
    const { nagle = true, keepAlive = false, reads = true, ...rest } = options;
    const made = (await this.#ask('listen', {
      host: this.address,
      port,
      nagle,
      keepAlive,
      reads,
      ...rest,
    })) as Ends;
    return new ListenerHandle(made, this.#ask);
  }

  /** socket, connect: resolves when the handshake is done. `to` is a host of the world or an address. */
  async dial(
    to: HostSeat | string,
    port: number,
    options: SocketOptions & { localPort?: number } = {},
  ): Promise<TcpHandle> {
    const { nagle = true, keepAlive = false, reads = true, ...rest } = options;
    const made = await this.#ask('dial', { host: addressOf(to), port, nagle, keepAlive, reads, ...rest });
    return new TcpHandle(made as Ends, this.#ask);
  }

  /** Starts the kit's chat server here. */
  async chatd(
    options: {
      port?: number;
      protocol?: string;
      nagle?: boolean;
      backlog?: number;
      idleSeconds?: number;
    } = {},
  ): Promise<ChatdHandle> {
    const { port = 2312, protocol = 'clp', nagle = false, backlog, idleSeconds } = options;
    const args = [
      ...['--port', String(port), '--protocol', protocol, '--log-level', 'info', '--log-format', 'json'],
      ...(nagle ? ['--nagle'] : []),
      ...(backlog === undefined ? [] : ['--backlog', String(backlog)]),
      ...(idleSeconds === undefined ? [] : ['--idle', String(idleSeconds)]),
    ];
    const made = (await this.#caller.call('chatd', this.name, args)) as { id: number; pid: number };
    return new ChatdHandle(this.name, { address: this.address, port }, protocol, made, this.#caller);
  }

  /** A chat client here, connected to a server that `chatd` gave (or to an address, with a protocol). */
  async chat(
    server: ChatdHandle | { address: string; port: number; protocol?: string },
    options: { name?: string; nagle?: boolean; timeoutMs?: number } = {},
  ): Promise<ChatHandle> {
    const { address: host, port, protocol = 'clp' } = server;
    const { nagle = false, ...rest } = options;
    const { text } = readDescription(protocol);
    const made = await this.#ask('chat', { host, port, nagle, protocol: text, ...rest });
    return new ChatHandle(made as Ends & { id: number }, this.#ask);
  }

  /** Runs a program to its end, without a shell: `await w.client.run('ss', '-tan')`. Gives what it printed. */
  async run(file: string, ...args: string[]): Promise<string> {
    const result = (await this.#caller.call('exec', this.name, [file, ...args], undefined)) as {
      stdout: string;
      stderr: string;
    };
    return result.stdout + result.stderr;
  }

  /** Starts a program and leaves it running. */
  async spawn(file: string, ...args: string[]): Promise<ProgramHandle> {
    const made = (await this.#caller.call('spawn', this.name, [file, ...args])) as {
      id: number;
      pid: number;
    };
    return new ProgramHandle(`${file} on ${this.name}`, made, this.#caller);
  }

  /** Stops the program on this host (SIGSTOP): it accepts, reads and writes nothing more. Its kernel goes on. */
  async freeze(): Promise<void> {
    await this.#caller.call('signalSeat', this.name, 'SIGSTOP');
  }

  /** Lets it go on (SIGCONT). */
  async thaw(): Promise<void> {
    await this.#caller.call('signalSeat', this.name, 'SIGCONT');
  }

  /** Listening sockets with the fill and the limit of their accept queues. */
  async listeners(): Promise<unknown> {
    return this.#caller.call('listeners', this.name);
  }
}

function writesOf(method: string, args: readonly unknown[]): number {
  if (method === 'write' || method === 'fill') return 1;
  // A chat client writes each packet by itself.
  return method === 'chatCalls' ? Number(args[3]) : 0;
}

function addressOf(to: HostSeat | string): string {
  return typeof to === 'string' ? to : to.address;
}

/** A listening socket. */
export class ListenerHandle {
  readonly local: Endpoint;
  readonly #ref: number;
  readonly #ask: Ask;

  constructor({ ref, local }: Pick<Ends, 'ref' | 'local'>, ask: Ask) {
    this.local = local;
    this.#ref = ref;
    this.#ask = ask;
    shownAs(this, () => `listening on ${local.address}:${local.port}`);
  }

  /** The next connection. (Node calls accept() as soon as one is there; this hands it out.) */
  async accept(): Promise<TcpHandle> {
    return new TcpHandle((await this.#ask('accept', this.#ref)) as Ends, this.#ask);
  }

  async close(): Promise<void> {
    await this.#ask('closeListener', this.#ref);
  }
}

/** One end of a TCP connection. */
export class TcpHandle {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #ref: number;
  readonly #ask: Ask;

  constructor({ ref, local, remote }: Ends, ask: Ask) {
    this.local = local;
    this.remote = remote;
    this.#ref = ref;
    this.#ask = ask;
    shownAs(this, () => `TCP ${local.address}:${local.port} → ${remote.address}:${remote.port}`);
  }

  /** Hands bytes to the kernel; gives how many it has not taken yet. */
  async write(data: string | Uint8Array): Promise<number> {
    return (await this.#ask('write', this.#ref, data)) as number;
  }

  /** Writes so many bytes, whatever they are; gives how many the kernel has not taken yet. */
  async fill(bytes: number): Promise<number> {
    return (await this.#ask('fill', this.#ref, bytes)) as number;
  }

  /** What has arrived, at least one byte; with `bytes`, exactly so many. Undefined at the end of the stream. */
  async read(bytes?: number): Promise<string | undefined> {
    return (await this.#ask('read', this.#ref, bytes)) as string | undefined;
  }

  /** The same as bytes, for what is no text. */
  async readBytes(bytes?: number): Promise<Buffer | undefined> {
    const read = (await this.#ask('readBytes', this.#ref, bytes)) as Uint8Array | undefined;
    return read === undefined ? undefined : Buffer.from(read);
  }

  /** Stops reading, once some 64 KiB are waiting in the program. To leave all in the kernel: `host.freeze()`. */
  async pause(): Promise<void> {
    await this.#ask('pause', this.#ref);
  }

  async resume(): Promise<void> {
    await this.#ask('resume', this.#ref);
  }

  /** A FIN behind all that was written: shutdown(SHUT_WR). The other direction stays open. */
  async finish(): Promise<void> {
    await this.#ask('finish', this.#ref);
  }

  /** A RST, at once: what is unsent or unread is thrown away. */
  async reset(): Promise<void> {
    await this.#ask('reset', this.#ref);
  }

  async status(): Promise<StreamStatus> {
    return (await this.#ask('status', this.#ref)) as StreamStatus;
  }

  /** Resolves when the connection is gone for the program, with `FIN` or the error's code. */
  async ended(): Promise<string> {
    return (await this.#ask('ended', this.#ref)) as string;
  }
}

/** A chat client on a host. */
export class ChatHandle {
  readonly id: number;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #ref: number;
  readonly #ask: Ask;

  constructor({ ref, id, local, remote }: Ends & { id: number }, ask: Ask) {
    this.id = id;
    this.local = local;
    this.remote = remote;
    this.#ref = ref;
    this.#ask = ask;
    shownAs(this, () => `client ${id}, ${local.address}:${local.port} → ${remote.address}:${remote.port}`);
  }

  time(): Promise<unknown> {
    return this.#one('time');
  }

  name(): Promise<unknown> {
    return this.#one('name');
  }

  list(): Promise<unknown> {
    return this.#one('list');
  }

  heartbeat(): Promise<unknown> {
    return this.#one('heartbeat');
  }

  send(to: number, text: string): Promise<unknown> {
    return this.#one('send', to, text);
  }

  /** The next message that came for this client; waits for one. */
  async receive(): Promise<IncomingText> {
    return (await this.#ask('chatReceive', this.#ref)) as IncomingText;
  }

  /** So many calls; `together`: all written before the first answer, else each behind the answer to the one before. */
  async repeat(
    count: number,
    operation: string,
    options: { together?: boolean; args?: readonly unknown[] } = {},
  ): Promise<unknown> {
    const { together = false, args = [] } = options;
    return this.#ask('chatCalls', this.#ref, operation, args, count, together);
  }

  /** Stops reading what the server sends. */
  async pauseReading(): Promise<void> {
    await this.#ask('chatPause', this.#ref);
  }

  async resumeReading(): Promise<void> {
    await this.#ask('chatResume', this.#ref);
  }

  /** Says goodbye and closes. */
  async disconnect(): Promise<void> {
    await this.#one('disconnect');
  }

  async reset(): Promise<void> {
    await this.#ask('chatReset', this.#ref);
  }

  async #one(operation: string, ...args: readonly unknown[]): Promise<unknown> {
    const [value] = (await this.#ask('chatCalls', this.#ref, operation, args, 1, false)) as unknown[];
    return value;
  }
}

/** A program on a host. */
export class ProgramHandle {
  readonly pid: number;
  readonly #id: number;
  readonly #caller: Caller;

  constructor(what: string, { id, pid }: { id: number; pid: number }, caller: Caller) {
    this.pid = pid;
    this.#id = id;
    this.#caller = caller;
    shownAs(this, () => `${what}, pid ${pid}`);
  }

  async output(): Promise<string> {
    return ((await this.#caller.call('output', this.#id)) as { stdout: string }).stdout;
  }

  async errors(): Promise<string> {
    return ((await this.#caller.call('output', this.#id)) as { stderr: string }).stderr;
  }

  /** Text for its standard input; nothing ends it. */
  async write(text?: string): Promise<void> {
    await this.#caller.call('write', this.#id, text);
  }

  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!/^SIG[A-Z]+$/.test(signal))
      throw new KitError('bad-signal', text(`not a signal: ${signal}`, `不是信号：${signal}`), {
        fault: 'usage',
      });
    await this.#caller.call('kill', this.#id, signal);
  }

  /** Resolves when it has ended, with how. */
  async ended(): Promise<string> {
    return (await this.#caller.call('ended', this.#id)) as string;
  }
}

/** A chat server on a host. */
export class ChatdHandle extends ProgramHandle {
  readonly address: string;
  readonly port: number;
  readonly protocol: string;

  constructor(
    host: string,
    { address, port }: Endpoint,
    protocol: string,
    made: { id: number; pid: number },
    caller: Caller,
  ) {
    super(`chatd on ${host}, ${address}:${port}, protocol ${protocol}`, made, caller);
    this.address = address;
    this.port = port;
    this.protocol = protocol;
  }
}
