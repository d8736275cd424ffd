/**
 * The program on a host that does what cells order: it listens, dials, writes, reads and closes by TCP alone, or is a
 * chat client. One for each host of a world.
 */
import { Buffer } from 'node:buffer';
import { KitError, text } from '../../bytes/index.ts';
import {
  type Channel,
  type Client,
  connect,
  type IncomingText,
  type Listener,
  nodeTransport,
} from '../../net/index.ts';
import { compileProtocol } from '../../wire/index.ts';
import { serveParent } from './rpc.ts';
import { Stream } from './stream.ts';

interface Listening {
  readonly listener: Listener;
  readonly accepted: number[];
  readonly waiting: ((connection: number) => void)[];
}

interface ChatSeat {
  readonly client: Client;
  readonly messages: IncomingText[];
  readonly waiting: ((message: IncomingText) => void)[];
}

/** Letters, so that what stands in a hexdump can be followed. */
const PATTERN = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(2048));

let last = 0;
const listeners = new Map<number, Listening>();
const streams = new Map<number, Stream>();
const chats = new Map<number, ChatSeat>();

function need<T>(table: ReadonlyMap<number, T>, ref: number): T {
  const found = table.get(ref);
  if (found === undefined)
    throw new KitError('no-such-socket', text('it is closed', '它已关闭'), { fault: 'usage' });
  return found;
}

function hold(channel: Channel, reads: boolean): { ref: number; local: unknown; remote: unknown } {
  const ref = ++last;
  streams.set(ref, new Stream(channel, reads));
  return { ref, local: channel.local, remote: channel.remote };
}

const OPERATIONS = ['time', 'name', 'list', 'send', 'heartbeat', 'rename', 'disconnect'] as const;
type Operation = (typeof OPERATIONS)[number];

function operate(client: Client, operation: Operation, args: readonly unknown[]): Promise<unknown> {
  switch (operation) {
    case 'time':
      return client.time();
    case 'name':
      return client.name();
    case 'list':
      return client.list();
    case 'heartbeat':
      return client.heartbeat();
    case 'send':
      return client.send(Number(args[0]), String(args[1]));
    case 'rename':
      return client.rename(String(args[0]));
    case 'disconnect':
      return client.disconnect();
  }
}

serveParent({
  listen: async (options: {
    host: string;
    port: number;
    backlog?: number;
    nagle: boolean;
    keepAlive: boolean;
    reads: boolean;
  }) => {
    const { host, port, backlog, nagle, keepAlive, reads } = options;
    const ref = ++last;
    const accepted: number[] = [];
    const waiting: ((connection: number) => void)[] = [];
    const listener = await nodeTransport.listen({
      ...{ host, port, noDelay: !nagle, keepAlive },
      ...(backlog === undefined ? {} : { backlog }),
      connection: (channel) => {
        const { ref: connection } = hold(channel, reads);
        const next = waiting.shift();
        if (next) next(connection);
        else accepted.push(connection);
      },
      acceptFailed: (error) => process.stderr.write(`accept: ${error.message}\n`),
    });
    listeners.set(ref, { listener, accepted, waiting });
    return { ref, local: listener.local };
  },
  accept: async (ref: number) => {
    const { accepted, waiting } = need(listeners, ref);
    const connection = accepted.shift() ?? (await new Promise<number>((resolve) => waiting.push(resolve)));
    const { channel } = need(streams, connection);
    return { ref: connection, local: channel.local, remote: channel.remote };
  },
  closeListener: async (ref: number) => {
    await need(listeners, ref).listener.close();
  },
  dial: async (options: {
    host: string;
    port: number;
    localPort?: number;
    nagle: boolean;
    keepAlive: boolean;
    reads: boolean;
  }) => {
    const { host, port, localPort, nagle, keepAlive, reads } = options;
    const bind = localPort === undefined ? {} : { localPort };
    return hold(await nodeTransport.dial({ host, port, noDelay: !nagle, keepAlive, ...bind }), reads);
  },
  write: (ref: number, data: string | Uint8Array) => {
    const { channel } = need(streams, ref);
    channel.send(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data));
    return channel.unsentBytes;
  },
  fill: (ref: number, bytes: number) => {
    const { channel } = need(streams, ref);
    for (let left = bytes; left > 0; left -= PATTERN.length)
      channel.send(PATTERN.subarray(0, Math.min(left, PATTERN.length)));
    return channel.unsentBytes;
  },
  read: async (ref: number, bytes: number | undefined) =>
    (await need(streams, ref).read(bytes))?.toString('utf8'),
  readBytes: (ref: number, bytes: number | undefined) => need(streams, ref).read(bytes),
  pause: (ref: number) => need(streams, ref).channel.pause(),
  resume: (ref: number) => need(streams, ref).channel.resume(),
  finish: (ref: number) => need(streams, ref).channel.finish(),
  reset: (ref: number) => need(streams, ref).channel.abort(),
  status: (ref: number) => need(streams, ref).status(),
  ended: (ref: number) => need(streams, ref).closed,
  chat: async (options: {
    host: string;
    port: number;
    name?: string;
    nagle: boolean;
    protocol: string;
    timeoutMs?: number;
  }) => {
    const { protocol, nagle, ...rest } = options;
    const client = await connect({
      ...rest,
      noDelay: !nagle,
      protocol: compileProtocol(protocol, 'protocol'),
    });
    const ref = ++last;
    const seat: ChatSeat = { client, messages: [], waiting: [] };
    client.on('message', (message) => {
      const next = seat.waiting.shift();
      if (next) next(message);
      else seat.messages.push(message);
    });
    chats.set(ref, seat);
    return { ref, id: client.id, local: client.local, remote: client.remote };
  },
  chatCalls: async (
    ref: number,
    operation: Operation,
    args: readonly unknown[],
    count: number,
    together: boolean,
  ) => {
    const { client } = need(chats, ref);
    if (!OPERATIONS.includes(operation))
      throw new KitError('no-method', text(`a client has no ${operation}`, `客户端没有 ${operation}`), {
        fault: 'usage',
      });
    if (together) return Promise.all(Array.from({ length: count }, () => operate(client, operation, args)));
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(await operate(client, operation, args));
    return values;
  },
  chatReceive: (ref: number) => {
    const { messages, waiting } = need(chats, ref);
    return messages.shift() ?? new Promise<IncomingText>((resolve) => waiting.push(resolve));
  },
  chatReset: (ref: number) => need(chats, ref).client.reset(),
  chatPause: (ref: number) => need(chats, ref).client.pauseReading(),
  chatResume: (ref: number) => need(chats, ref).client.resumeReading(),
});
