/**
 * A process on a host of a lab that uses sockets by themselves, without any protocol above TCP: it listens, connects,
 * writes, sends its FIN or a RST when the lab says so, and testifies to each call and to all that it hears.
 *
 * Usage: node peer.ts HOST NAME [ADDRESS]; on loopback it connects from the address, which is its host's.
 */
import { Buffer } from 'node:buffer';
import { KitError } from '../bytes/index.ts';
import { type Channel, nodeTransport } from '../net/index.ts';
import { live } from './habits.ts';
import { serveLab } from './serve-lab.ts';
import { type Habits, PEER_ORDER, type PeerOrder } from './peer-protocol.ts';
import { failureOf, Testimony } from './testimony.ts';

const [hostName = '', processName = '', localAddress = ''] = process.argv.slice(2);
const testimony = new Testimony(hostName, processName);

interface Held {
  readonly channel: Channel;
  readonly number: number;
  readBytes: number;
  ended: boolean;
  closed: boolean;
}

const connections: Held[] = [];
let waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
let calls = 0;

function look(): void {
  const done = waiting.filter(({ holds }) => holds());
  waiting = waiting.filter((wait) => !done.includes(wait));
  for (const { resolve } of done) resolve();
}

/** Takes a connection into the table and listens to it from its first moment. */
function hold(channel: Channel, reads: boolean, habits: Habits = {}): Held {
  const held: Held = { channel, number: connections.length + 1, readBytes: 0, ended: false, closed: false };
  connections.push(held);
  const say = (event: string, fields: Record<string, unknown> = {}): void => {
    testimony.say({
      kind: 'log',
      event,
      fields: { connection: held.number, port: channel.remote.port, ...fields },
    });
    look();
  };
  const living = live(channel, habits, say);
  channel.listen({
    data: (chunk) => {
      held.readBytes += chunk.length;
      say('data', { bytes: chunk.length, total: held.readBytes });
      living.read(chunk);
    },
    ended: () => {
      held.ended = true;
      say('end');
      if (habits.answersFin !== true) return;
      testimony.say({ kind: 'call', call: ++calls, operation: 'finish', arguments: [] });
      channel.finish();
    },
    drained: () => undefined,
    closed: (error) => {
      held.closed = true;
      living.over();
      say('close', { code: error?.code ?? 'none' });
    },
  });
  if (!reads) channel.pause();
  look();
  return held;
}

function held(number: number): Held {
  const found = connections[number - 1];
  if (found === undefined) throw new KitError('no-connection', `there is no connection ${number}`);
  return found;
}

/** Letters, so that what stands in a hexdump can be followed. */
const pattern = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => 97 + (index % 26)));

async function obey(order: PeerOrder): Promise<unknown> {
  switch (order.order) {
    case 'listen': {
      const { host, port, nagle, reads, backlog, habits = {} } = order;
      const listener = await nodeTransport.listen({
        ...{ host, port, noDelay: !nagle, keepAlive: habits.keepAlive === true, paused: !reads },
        ...(backlog === undefined ? {} : { backlog }),
        connection: (channel) => {
          const { number } = hold(channel, reads, habits);
          testimony.say({
            kind: 'log',
            event: 'accept',
            fields: { connection: number, port: channel.remote.port },
          });
        },
        acceptFailed: (error) =>
          testimony.say({ kind: 'log', event: 'accept-failed', fields: { code: error.code } }),
      });
      return { ...listener.local };
    }
    case 'connect': {
      const { host, port, nagle, reads, localPort, habits = {} } = order;
      const channel = await nodeTransport.dial({
        ...{ host, port, noDelay: !nagle, keepAlive: habits.keepAlive === true },
        ...(localPort === undefined ? {} : { localPort }),
        ...(localAddress === '' ? {} : { localAddress }),
      });
      const { number } = hold(channel, reads, habits);
      return { connection: number, localPort: channel.local.port };
    }
    case 'send': {
      const { channel } = held(order.connection);
      const bytes = order.text === undefined ? pattern(order.bytes ?? 0) : Buffer.from(order.text);
      for (let index = 0; index < order.writes; index++) channel.send(bytes);
      return { unsentBytes: channel.unsentBytes };
    }
    case 'finish':
      held(order.connection).channel.finish();
      return null;
    case 'abort':
      held(order.connection).channel.abort();
      return null;
    case 'pause':
      held(order.connection).channel.pause();
      return null;
    case 'resume':
      held(order.connection).channel.resume();
      return null;
    case 'await':
      return until(order);
    case 'exit':
      testimony.flush();
      await new Promise((resolve) => setImmediate(resolve));
      process.exit(0);
  }
}

/** Waiting is no call of the program's: it is not testified to. */
async function until(order: Extract<PeerOrder, { order: 'await' }>): Promise<unknown> {
  const holds = (): boolean => {
    const connection = connections[order.connection - 1];
    if (connection === undefined) return false;
    switch (order.event) {
      case 'open':
        return true;
      case 'bytes':
        return connection.readBytes >= (order.bytes ?? 1);
      case 'ended':
        return connection.ended || connection.closed;
      case 'closed':
        return connection.closed;
    }
  };
  if (!holds()) await new Promise<void>((resolve) => waiting.push({ holds, resolve }));
  const connection = held(order.connection);
  return { readBytes: connection.readBytes, remotePort: connection.channel.remote.port };
}

/** The call as a student would write it. */
function spelt(order: PeerOrder): { operation: string; arguments: unknown[] } {
  const rest = Object.entries(order).filter(([key]) => key !== 'order' && key !== 'id');
  return { operation: order.order, arguments: rest.length === 0 ? [] : [Object.fromEntries(rest)] };
}

async function logged(order: PeerOrder): Promise<unknown> {
  if (order.order === 'await') return obey(order);
  const call = ++calls;
  const { operation, arguments: args } = spelt(order);
  testimony.say({ kind: 'call', call, operation, arguments: args });
  try {
    const value = await obey(order);
    testimony.say({ kind: 'return', call, operation, value });
    return value;
  } catch (error) {
    testimony.say({ kind: 'throw', call, operation, ...failureOf(error) });
    throw error;
  }
}

serveLab(PEER_ORDER, logged, testimony);
