import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { BYTES_A_TURN } from '../../src/net/channel.ts';
import { until } from '../helpers/until.ts';
import { transport } from './support/servers.ts';

/** As much as a socket's buffers hold, and more. */
const BYTES = 2 * 1024 * 1024;

test('of one who sends without end so much is heard in a turn and no more; the others are heard between', async () => {
  let turn = 0;
  /** By client: how many bytes in which turn. */
  const heard: Map<number, number>[] = [];
  const listener = await transport.listen({
    ...{ host: '127.0.0.1', port: 0, noDelay: true },
    connection: (channel) => {
      const turns = new Map<number, number>();
      heard.push(turns);
      channel.listen({
        borrows: true,
        data: (chunk) => turns.set(turn, (turns.get(turn) ?? 0) + chunk.length),
        ended: () => channel.finish(),
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
    const socket = connect(listener.local.port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write(Buffer.alloc(BYTES));
    return socket;
  });
  const all = (): number => heard.flatMap((turns) => [...turns.values()]).reduce((sum, one) => sum + one, 0);
  await until('all is heard', () => all() === senders.length * BYTES, 60_000);
  for (const turns of heard) expect(Math.max(...turns.values())).toBeLessThanOrEqual(BYTES_A_TURN);
});
