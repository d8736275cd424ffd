import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { BYTES_A_TURN, type Transport } from '../../src/net/channel.ts';
import { tlsTransport } from '../../src/net/tls-transport.ts';
import { until } from '../helpers/until.ts';
import { certificates } from './support/certificates.ts';
import { transport } from './support/servers.ts';

interface Wire {
  readonly transport: Transport;
  readonly dial: (port: number) => NodeJS.WritableStream & { destroy(): unknown };
}

const plain = (): Promise<Wire> => Promise.resolve({ transport, dial: (port) => connect(port, '127.0.0.1') });

async function encrypted(): Promise<Wire> {
  const { ca, cert, key } = await certificates();
  return {
    transport: tlsTransport({ server: { cert, key } }),
    dial: (port) => connectTls({ host: '127.0.0.1', port, ca }),
  };
}

/** As much as a socket's buffers hold, and more. */
const BYTES = 2 * 1024 * 1024;

const WIRES: [string, () => Promise<Wire>][] = [['as it is', plain]];
// The same for both projects.
if (process.env['NET_TRANSPORT'] !== 'libc') WIRES.push(['by TLS', encrypted]);

test.each(WIRES)(
  'of one who sends without end, %s, so much is heard in a turn and no more; the others between',
  async (_how, wire) => {
    const { transport, dial } = await wire();
    let turn = 0;
    /** By client: how many bytes in which turn. */
    const heard: Map<number, number>[] = [];
    let ends = 0;
    const listener = await transport.listen({
      ...{ host: '127.0.0.1', port: 0, noDelay: true },
      connection: (channel) => {
        const turns = new Map<number, number>();
        heard.push(turns);
        channel.listen({
          borrows: true,
          data: (chunk) => turns.set(turn, (turns.get(turn) ?? 0) + chunk.length),
          ended: () => {
            ends++;
            channel.finish();
          },
          drained: () => undefined,
          closed: () => undefined,
        });
      },
      acceptFailed: (error) => {
        throw error;
      },
    });
    onTestFinished(() => listener.close());
    let counting = true;
    const count = (): void => {
      turn++;
      if (counting) setImmediate(count);
    };
    count();
    onTestFinished(() => void (counting = false));
    const senders = [1, 2, 3].map(() => {
      const socket = dial(listener.local.port);
      onTestFinished(() => void socket.destroy());
      socket.end(Buffer.alloc(BYTES));
      return socket;
    });
    const all = (): number =>
      heard.flatMap((turns) => [...turns.values()]).reduce((sum, one) => sum + one, 0);
    await until('all is heard', () => all() === senders.length * BYTES, 60_000);
    await until('and that it was all', () => ends === senders.length);
    for (const turns of heard) expect(Math.max(...turns.values())).toBeLessThanOrEqual(BYTES_A_TURN);
  },
);
