import { once } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient, timeRequest } from './support/raw.ts';
import { eventsOf, join, startServer } from './support/servers.ts';

const valid = bytesOf([timeRequest(7)]);

/** A valid packet with bytes at `at` replaced. */
const broken = (at: number, ...bytes: number[]): Buffer => {
  const copy = Buffer.from(valid);
  copy.set(bytes, at);
  return copy;
};

// What stands at which byte of the header: docs/PROTOCOL.md.
const CASES: [name: string, bytes: Buffer, offset: number, sentence: RegExp][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 0, /magic/],
  ['TLS', Buffer.from('16030100f8010000f40303', 'hex'), 0, /magic/],
  ['zeros', Buffer.alloc(64), 0, /magic/],
  ['another version', broken(2, 9), 2, /version/],
  ['an unknown kind', broken(3, 9), 3, /kind/],
  // Kind, operation and status together tell packets apart; the first of them is pointed at.
  ['an unknown operation', broken(4, 77), 3, /operation/],
  ['a reserved field that is not zero', broken(6, 1), 6, /reserved/],
  ['a length beyond the limit', broken(12, 0xff, 0xff, 0xff, 0xff), 12, /4294967295|16384/],
  ['a length one beyond the limit', broken(12, 0, 0, 0x3f, 0xf1), 12, /16369|16384|16385/],
  ['bytes behind the last field', Buffer.concat([broken(12, 0, 0, 0, 1), Buffer.of(0)]), 16, /1/],
  ['text that is no UTF-8', Buffer.from('434c010101000000000000010000000361ff62', 'hex'), 16, /utf-8|UTF-8/],
  ['a field cut short', Buffer.from('434c0101040000000000000100000002aabb', 'hex'), 18, /after/],
];

test.each(CASES)('%s: told at which byte and why, before the FIN', async (_name, bytes, offset, sentence) => {
  const running = await startServer();
  const other = await join(running);
  const raw = await rawClient(running);
  // Good packets in front are answered, and the offset counts from the beginning of the stream.
  raw.socket.write(Buffer.concat([valid, valid, bytes, valid]));
  await raw.ended();
  expect(raw.messages.map(({ type }) => type)).toEqual([
    'hello.indication',
    'time.response',
    'time.response',
    'error.indication',
  ]);
  expect(raw.fate).toEqual(['end', 'close']);
  const [last] = raw.of('error.indication');
  expect(last?.status).toBe('bad-packet');
  expect(last?.text).toContain(`at byte ${32 + offset} `);
  expect(last?.text).toMatch(sentence);
  expect(eventsOf(running.events, 'bad-packet')).toMatchObject([{ offset: 32 + offset }]);
  expect(await other.name()).toBe('lab-pc');
  expect(await other.list()).toHaveLength(1);
});

test('last words survive a client that goes on sending and reads late: no RST eats them', async () => {
  const running = await startServer({ limits: { lingerMs: 60_000 } });
  const raw = await rawClient(running, { allowHalfOpen: true });
  await until('it is greeted', () => raw.messages.length === 1);
  raw.socket.pause();
  raw.socket.write(Buffer.alloc(16, 'x'));
  await until('the server has closed its side', () => running.server.stats().clients === 0);
  for (let i = 0; i < 20; i++) {
    const written = raw.socket.write(Buffer.alloc(65_536, 'y'));
    if (!written) await once(raw.socket, 'drain');
  }
  raw.socket.resume();
  await until('the FIN', () => raw.fate.includes('end'));
  expect(raw.fate).toEqual(['end']);
  expect(raw.messages.at(-1)).toMatchObject({ type: 'error.indication', status: 'bad-packet' });
  raw.socket.end();
  await raw.ended();
});

test('a client that is told and does not close is reset after a while', async () => {
  const running = await startServer({ limits: { lingerMs: 100 } });
  const raw = await rawClient(running, { allowHalfOpen: true });
  raw.socket.write('nonsense nonsense nonsense');
  await until('the reset', () => raw.fate.includes('ECONNRESET') || raw.socket.destroyed || writeOne());
  await until('the server forgets it', () => eventsOf(running.events, 'disconnected').length === 1);

  function writeOne(): false {
    raw.socket.write('x');
    return false;
  }
});

test('random bytes end the connection that sent them or are answered, and nothing else happens', async () => {
  const running = await startServer();
  const other = await join(running);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          // A good packet with a few bytes changed.
          fc.tuple(fc.nat(15), fc.nat(255)).map(([at, byte]) => broken(at, byte)),
          fc.constant(valid),
        ),
        { minLength: 1, maxLength: 8 },
      ),
      async (pieces) => {
        const raw = await rawClient(running);
        for (const piece of pieces) raw.socket.write(piece);
        raw.socket.end();
        await raw.ended();
        expect(raw.invalid).toBeUndefined();
        expect(raw.fate.at(-1)).toBe('close');
        expect(await other.name()).toBe('lab-pc');
      },
    ),
    { numRuns: 100 },
  );
  await until('only the other is left', () => running.server.stats().clients === 1);
  expect(eventsOf(running.events, 'failed')).toEqual([]);
});
