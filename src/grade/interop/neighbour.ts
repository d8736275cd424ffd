/**
 * A client of the kit at a student's server, from a host of its own: somebody else for the list to name.
 *
 * Usage: node neighbour.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { loadProtocol } from '../../wire/index.ts';
import { connectUnlike } from '../clients/unlike-port.ts';
import { NEIGHBOUR_ORDERS } from './orders.ts';

const orders = NEIGHBOUR_ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
let port: number | null = null;
const tell = (problem: string | null): void => void process.send?.({ port, problem });
process.on('disconnect', () => process.exit(0));
try {
  const client = await connectUnlike({
    protocol: loadProtocol(orders.protocol),
    host: orders.host,
    port: orders.port,
    name: orders.name,
    packets: {
      connected: (local) => (port = local.port),
      sent: () => undefined,
      received: () => undefined,
    },
  });
  client.on('close', ({ message }) => tell(message));
  tell(null);
} catch (error) {
  tell(error instanceof Error ? error.message : String(error));
}
