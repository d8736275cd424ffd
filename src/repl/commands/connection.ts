/** connect, disconnect, me: the connection itself. */
import { text } from '../../bytes/index.ts';
import { type Address, formatAddress, parseAddress, parsePort } from '../address.ts';
import { callOptions, type Command, REQUEST_OPTIONS, wrongCall } from '../command.ts';
import type { Session } from '../session.ts';
import { shownAs } from '../shown.ts';

export interface Me {
  readonly id: number;
  readonly name: string;
  readonly local: { readonly address: string; readonly port: number };
  readonly server: { readonly address: string; readonly port: number };
  readonly greeting: string;
  readonly protocol: string;
}

export const connect: Command = {
  name: 'connect',
  signature: 'connect(host?, port?, options?)',
  help: 'connect to a server',
  about:
    'Without arguments to the server that the session was started for. The address may be one text ("host:port", ' +
    '"[::1]:5000"), and the port may stand alone. A connection that is open is said goodbye to first. Gives what me() ' +
    'gives. Fails when nobody listens there, when the server refuses, or when it does not answer in time.',
  example: "await connect('127.0.0.1', 5000, { name: 'alice' })",
  arguments: ['address', 'value'],
  options: { name: 'how the others see you', ...REQUEST_OPTIONS },
  run: async (session, args, call) => {
    const options = args.findLast((value) => typeof value === 'object' && value !== null);
    const [host, port] = args.filter((value) => value !== options);
    const name = (options as { name?: unknown } | undefined)?.name ?? session.name;
    if (name !== undefined && typeof name !== 'string')
      throw wrongCall('connect', text('name is a text', 'name 应是文字'));
    await session.connect(target(session, host, port), name, callOptions('connect', options, call));
    return describe(session);
  },
};

function target(session: Session, host: unknown, port: unknown): Address {
  let found = session.target;
  if (typeof host === 'string' || typeof host === 'number') found = parseAddress(String(host), found);
  else if (host !== undefined) throw wrongCall('connect', text('the host is a text', '主机应是文字'));
  if (port === undefined) return found;
  if (typeof port !== 'string' && typeof port !== 'number')
    throw wrongCall('connect', text('the port is a number', '端口应是数'));
  return { host: found.host, port: parsePort(String(port)) };
}

export const disconnect: Command = {
  name: 'disconnect',
  signature: 'disconnect()',
  help: 'say goodbye and close the connection',
  about:
    'Gives true, or false when there was no connection. Messages that came in before stay for receive().',
  example: 'await disconnect()',
  arguments: [],
  options: {},
  run: async (session) => {
    const { target: server } = session;
    const was = await session.disconnect();
    return shownAs({ disconnected: was }, () =>
      was ? `disconnected from ${formatAddress(server)}` : 'there was no connection',
    );
  },
};

export const me: Command = {
  name: 'me',
  signature: 'me()',
  help: 'who and where you are: your number, name, addresses, protocol',
  about:
    'Gives an object with id, name, local, server, greeting and protocol; asks nobody. Fails when not connected.',
  example: '(await me()).id',
  arguments: [],
  options: {},
  run: async (session, _args, call) => {
    await session.use(call);
    return describe(session);
  },
};

function describe(session: Session): Me | undefined {
  const { client, protocol } = session;
  if (!client) return undefined;
  const value: Me = {
    id: client.id,
    name: session.name ?? '',
    local: client.local,
    server: client.remote,
    greeting: client.greeting,
    protocol: protocol.name,
  };
  return shownAs(value, (safe) => {
    const who = [value.id ? `client ${value.id}` : 'a client', value.name && `"${safe(value.name)}"`];
    const where = [value.local, value.server].map((end) =>
      formatAddress({ host: end.address, port: end.port }),
    );
    const greeting = value.greeting && `, greeted with "${safe(value.greeting)}"`;
    return `connected as ${who.filter(Boolean).join(' ')}, ${where.join(' → ')}, protocol ${value.protocol}${greeting}`;
  });
}
