/**
 * A client on a host of a lab: a process of its own that uses the client's API as a student's script would, does what
 * the lab orders over IPC, and testifies to every call, packet and write with the time at which it happened.
 *
 * Usage: node actor.ts PROTOCOL-FILE HOST NAME [LOCAL-ADDRESS]
 */
import { english, KitError } from '../bytes/index.ts';
import { type Client, connect } from '../net/index.ts';
import { loadProtocol } from '../wire/index.ts';
import { type Operation, ORDER, type Order } from './actor-protocol.ts';
import { serveLab } from './serve-lab.ts';
import { failureOf, report, Testimony } from './testimony.ts';

const [protocolFile = '', hostName = '', processName = '', localAddress = ''] = process.argv.slice(2);
const protocol = loadProtocol(protocolFile);

let client: Client | undefined;
let calls = 0;
const testimony = new Testimony(hostName, processName);
const testify = testimony.say.bind(testimony);

/** `shown`: what of the value a reader of the record wants to see. */
async function logged<T>(
  operation: string,
  args: readonly unknown[],
  run: () => Promise<T>,
  shown: (value: T) => unknown = (value) => value,
): Promise<T> {
  const call = ++calls;
  testify({ kind: 'call', call, operation, arguments: [...args] });
  try {
    const value = await run();
    testify({ kind: 'return', call, operation, value: shown(value) ?? null });
    return value;
  } catch (error) {
    testify({ kind: 'throw', call, operation, ...failureOf(error) });
    throw error;
  }
}

function need(): Client {
  if (client === undefined) throw new KitError('not-connected', english('connect first'), { fault: 'usage' });
  return client;
}

async function connectTo(
  order: Extract<Order, { order: 'connect' }>,
): Promise<{ id: number; localPort: number }> {
  const { host, port, name, nagle, timeoutMs, localPort } = order;
  const bind = localPort === undefined ? {} : { localPort };
  let connection = 0;
  const connected = await logged(
    'connect',
    [{ host, port, nagle, ...bind }],
    () =>
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
        ...bind,
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
    ({ id, local }) => ({ id, localPort: local.port }),
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
    case 'exit':
      testify({ kind: 'call', call: ++calls, operation: 'exit', arguments: [] });
      testimony.flush();
      // Behind the records, which the channel hands to the kernel first.
      await new Promise((resolve) => setImmediate(resolve));
      process.exit(0);
    // eslint-disable-next-line no-fallthrough -- exit does not return
    case 'reset':
      return logged('reset', [], () => {
        need().reset();
        return Promise.resolve();
      });
  }
}

serveLab(ORDER, obey, testimony);
