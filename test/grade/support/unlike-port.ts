/** Prints the ports that clients had, in order, as the server saw them; run where the kernel has few ports to give. */
import { connectUnlike } from '../../../src/grade/clients/unlike-port.ts';
import { Server } from '../../../src/net/index.ts';
import { loadProtocol } from '../../../src/wire/index.ts';

const protocol = loadProtocol('clp');
// Of a network of its own: no other program is there, and the few ports are for the clients.
const port = 4000;
const server = await Server.listen({ protocol, host: '127.0.0.1', port, hostName: 'here' });
const tried: number[] = [];
const packets = {
  connected: ({ port }: { port: number }) => tried.push(port),
  sent: () => undefined,
  received: () => undefined,
};
const client = await connectUnlike({ protocol, host: '127.0.0.1', port, packets });
process.stdout.write(JSON.stringify({ tried, kept: client.local.port }));
await client.disconnect();
await server.close();
