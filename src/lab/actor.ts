/**
 * A client on a host of a lab: a process of its own that uses the client's API as a student's script would, does what
 * the lab orders over IPC, and testifies to every call, packet and write with the time at which it happened.
 *
 * Usage: node actor.ts PROTOCOL-FILE HOST NAME [LOCAL-ADDRESS]
 */
import { KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import { nowUs } from '../host/index.ts';
import { type Client, connect } from '../net/index.ts';
import { loadProtocol } from '../wire/index.ts';
import { type CallFailure, type Operation, ORDER, type Order, type Report } from './actor-protocol.ts';

const [protocolFile = '', hostName = '', processName = '', localAddress = ''] = process.argv.slice(2);
const protocol = loadProtocol(protocolFile);

let client: Client | undefined;
let calls = 0;
let unsent: AppRecord[] = [];

type Unstamped = AppRecord extends infer R
  ? R extends AppRecord
    ? Omit<R, 'atUs' | 'host' | 'process'>
    : never
  : never;

/** Records of one turn go in one message: a message for each would disturb the timing that they testify to. */
function testify(record: Unstamped): void {
  if (unsent.length === 0) setImmediate(flush);
  unsent.push({ atUs: nowUs(), host: hostName, process: processName, ...record });
}

function flush(): void {
  if (unsent.length === 0) return;
  const records = unsent;
  unsent = [];
  report({ report: 'records', records });
}

function report(message: Report): void {
  process.send?.(message);
}

function failureOf(error: unknown): CallFailure {
  if (error instanceof KitError) return { code: error.code, message: error.message };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

async function logged<T>(operation: string, args: readonly unknown[], run: () => Promise<T>): Promise<T> {
  const call = ++calls;
  testify({ kind: 'call', call, operation, arguments: [...args] });
  try {
    const value = await run();
    testify({ kind: 'return', call, operation, value: value ?? null });
    return value;
  } catch (error) {
    testify({ kind: 'throw', call, operation, ...failureOf(error) });
    throw error;
  }
}

function need(): Client {
  if (client === undefined) throw new KitError('not-connected', 'connect first', { fault: 'usage' });
  return client;
}

async function connectTo(
  order: Extract<Order, { order: 'connect' }>,
): Promise<{ id: number; localPort: number }> {
  const { host, port, name, nagle, timeoutMs } = order;
  let connection = 0;
  const connected = await logged('connect', [{ host, port, nagle }], () =>
    connect({
      host,
      port,
      protocol,
      noDelay: !nagle,
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      ...(name === '' ? {} : { name }),
      // On loopback all hosts share the machine's addresses, and a client that does not bind has 127.0.0.1.
      ...(localAddress === '' ? {} : { localAddress }),
      packets: {
        sent: ({ type, request }, bytes, offset) => {
          testify({
            kind: 'packet',
            direction: 'sent',
            connection,
            type,
            request,
            offset,
            bytes: bytes.length,
          });
          testify({ kind: 'write', connection, packets: 1, bytes: bytes.length });
        },
        received: ({ type, request }, bytes, offset) => {
          testify({
            kind: 'packet',
            direction: 'received',
            connection,
            type,
            request,
            offset,
            bytes: bytes.length,
          });
        },
        connected: (local, remote) => {
          connection = local.port;
          testify({ kind: 'connected', local, remote });
        },
      },
    }),
  );
  client = connected;
  connected.on('message', (message) => testify({ kind: 'log', event: 'message', fields: { ...message } }));
  connected.on('close', (reason) => testify({ kind: 'log', event: 'close', fields: { ...reason } }));
  connected.on('stray', (message) => testify({ kind: 'log', event: 'stray', fields: { ...message } }));
  return { id: connected.id, localPort: connected.local.port };
}

/** What a call gives, as it crosses the channel: dates as milliseconds. */
async function callOnce(operation: Operation, args: readonly unknown[]): Promise<unknown> {
  return logged(operation, args, async (): Promise<unknown> => {
    switch (operation) {
      case 'time':
        return (await need().time()).getTime();
      case 'name':
        return need().name();
      case 'list':
        return need().list();
      case 'heartbeat':
        return need().heartbeat();
      case 'send':
        return need().send(Number(args[0]), String(args[1]));
      case 'rename':
        return need().rename(String(args[0]));
    }
  });
}

async function callMany({
  id,
  operation,
  arguments: args,
  count,
  pace,
}: Extract<Order, { order: 'calls' }>): Promise<unknown[]> {
  let done = 0;
  const step = (): void => {
    done++;
    if (done % 10 === 0 || done === count) report({ report: 'progress', id, done });
  };
  const one = async (): Promise<unknown> => {
    try {
      return { value: await callOnce(operation, args) };
    } catch (error) {
      return { error: failureOf(error) };
    } finally {
      step();
    }
  };
  if (pace === 'all-at-once') return Promise.all(Array.from({ length: count }, one));
  const results: unknown[] = [];
  for (let index = 0; index < count; index++) results.push(await one());
  return results;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.order) {
    case 'connect':
      return connectTo(order);
    case 'calls':
      return callMany(order);
    case 'disconnect':
      return logged('disconnect', [], () => need().disconnect());
    case 'reset':
      return logged('reset', [], () => {
        need().reset();
        return Promise.resolve();
      });
  }
}

process.on('message', (message: unknown) => {
  const order = ORDER.parse(message);
  obey(order).then(
    (value) => {
      flush();
      report({ report: 'done', id: order.id, value: value ?? null });
    },
    (error: unknown) => {
      flush();
      report({ report: 'failed', id: order.id, error: failureOf(error) });
    },
  );
});
// The lab is gone, and so is the reason to live.
process.on('disconnect', () => process.exit(0));
report({ report: 'ready' });
