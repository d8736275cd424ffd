/**
 * The server that a client is graded against: a `Server` of the kit, a second client at it, and a relay in front that
 * answers well or badly.
 *
 * Usage: node teacher.ts ORDERS-AS-JSON, with an IPC channel; the message `close` ends the client's connection, `count` asks
 * for what its calls say of it.
 */
import { Server } from '../../net/index.ts';
import { epochMs, loadProtocol } from '../../wire/index.ts';
import { Random } from '../peers/random.ts';
import { type Said, TEACHER_ORDERS } from './orders.ts';
import { listenRelay } from './relay.ts';
import { connectUnlike } from './unlike-port.ts';

const tell = (said: Said): void => void process.send?.(said);
const BACK = '127.0.0.1';

async function teach(): Promise<void> {
  const orders = TEACHER_ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
  const protocol = loadProtocol(orders.protocol);
  const random = new Random(orders.seed);
  const token = (): string => (0x10000 + random.below(0x70000)).toString(36);
  const name = `host-${token()}`;
  const peer = `peer${token()}`;
  // Some second between 2001 and 2017.
  const time = new Date(Date.UTC(2001, 8, 9) + random.below(500_000_000) * 1_000);
  const server = await Server.listen({ protocol, host: BACK, port: 0, hostName: name });
  const { port } = server.local;
  const other = await connectUnlike({ protocol, host: BACK, port, name: peer });
  other.on('close', ({ message }) => {
    tell({ said: 'failed', message: `our own client lost its server: ${message}` });
  });
  const parts = {
    protocol,
    conduct: orders.conduct,
    random,
    time: epochMs(time.getTime()),
    server: { host: BACK, port },
    tell,
  };
  const relay = await listenRelay(parts, orders.address, orders.port ?? 0);
  process.on('message', (message) => {
    if (message === 'close') relay.close();
    // What arrived before the question is read before it is answered.
    else setImmediate(() => tell({ said: 'counted', calls: relay.calls() }));
  });
  tell({
    said: 'listening',
    port: relay.port,
    time: time.toISOString().slice(11, 19),
    name,
    peer,
    peerPort: String(other.local.port),
  });
}

process.on('disconnect', () => process.exit(0));
try {
  await teach();
} catch (error) {
  tell({ said: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
