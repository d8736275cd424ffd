import { onTestFinished } from 'vitest';
import {
  type Client,
  connect as connectWith,
  type ConnectOptions,
  Server,
  type ServerEvent,
  type ServerOptions,
  type TransportName,
  transportNamed,
} from '../../../src/net/index.ts';
import { loadProtocol } from '../../../src/wire/index.ts';

export const clp = loadProtocol('clp');

/** The whole folder runs once for each: vitest.config.ts says which. */
export const transport = transportNamed((process.env['NET_TRANSPORT'] ?? 'net') as TransportName);

/** Server.listen and connect, on the transport under test. */
export const listen = (options: ServerOptions): Promise<Server> => Server.listen({ transport, ...options });
export const connect = (options: ConnectOptions): Promise<Client> => connectWith({ transport, ...options });

export interface Running {
  readonly server: Server;
  readonly port: number;
  readonly events: ServerEvent[];
}

/** A server on a free port of loopback, closed when the test ends. */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<Running> {
  const events: ServerEvent[] = [];
  const server = await listen({
    protocol: clp,
    port: 0,
    hostName: 'lab-pc',
    observe: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => server.close(0));
  return { server, port: server.local.port, events };
}

/** A client of ours, gone when the test ends. */
export async function join(
  { port }: { port: number },
  options: Partial<ConnectOptions> = {},
): Promise<Client> {
  const client = await connect({ host: '127.0.0.1', port, protocol: clp, ...options });
  onTestFinished(() => client.reset());
  return client;
}

/** The events of one kind. */
export function eventsOf<K extends ServerEvent['event']>(
  events: readonly ServerEvent[],
  kind: K,
): Extract<ServerEvent, { event: K }>[] {
  return events.filter((event): event is Extract<ServerEvent, { event: K }> => event.event === kind);
}
