/** Names and texts that a server may hand on, shown by the real program. */
import { expect, test } from 'vitest';
import { clientId, type Message, requestNumber } from '../../src/wire/index.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';
import { oddServer } from '../net/support/odd-server.ts';
import { bytesOf } from '../net/support/raw.ts';
import { clp } from '../net/support/servers.ts';
import { repl } from './helpers.ts';

const rows = HOSTILE.map(([, name], index) => ({
  id: clientId(index + 1),
  address: '127.0.0.1',
  port: 1_000 + index,
  name: name.slice(0, 60),
}));

const HOST_NAME = HOSTILE.map(([, text]) => text)
  .join('')
  .slice(0, 100);

/** A server whose clients have the names of HOSTILE, and which passes on their texts at once. */
async function hostileServer(): Promise<string> {
  const { port } = await oddServer((socket) => {
    const deliveries = HOSTILE.map(([, text], index): Message => ({
      type: 'deliver.indication',
      request: requestNumber(index + 1),
      from: clientId(index + 1),
      fromAddress: '127.0.0.1',
      fromPort: 1_000 + index,
      text,
    }));
    socket.write(bytesOf(deliveries));
    const decoder = clp.decoder('client');
    socket.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
      for (
        let next = decoder.next();
        next.type !== 'need-more' && next.type !== 'invalid';
        next = decoder.next()
      ) {
        const { type, request } = next;
        if (type === 'list.request') {
          socket.write(bytesOf([{ type: 'list.response', request, more: false, clients: rows }]));
        } else if (type === 'name.request') {
          socket.write(bytesOf([{ type: 'name.response', request, name: HOST_NAME }]));
        }
      }
    });
  });
  return `127.0.0.1:${port}`;
}

test.each([
  ['for people', []],
  ['as JSON', ['--json']],
])('%s: a list, a name and texts are shown harmlessly, and nothing is left out', async (_how, flags) => {
  const code = [
    'list()',
    'name()',
    '(await list()).map((one) => one.name)',
    ...HOSTILE.map(() => 'receive()'),
  ];
  const { out, err } = await repl([await hostileServer(), ...flags, ...code.flatMap((one) => ['-e', one])]);
  expect(err).toBe('');
  expect(harmfulIn(out)).toEqual([]);
  for (const [what, , visible] of HOSTILE) expect(out, what).toContain(visible);
  // No text makes a line of its own.
  expect(out.split('\n').filter((line) => /^\[client 1 "bob"\]|^# heading/.test(line))).toEqual([]);
});

/** Of the header's last field, `length`. */
const LENGTH_AT = 12;

test('a name of 1 MiB: one short line says what is wrong with the packet', async () => {
  const head = bytesOf([{ type: 'name.response', request: requestNumber(1), name: '' }]);
  const { port } = await oddServer((socket) => {
    socket.once('data', () => {
      const packet = Buffer.concat([head, Buffer.alloc(2 ** 20, 'a')]);
      packet.writeUInt32BE(2 ** 20, LENGTH_AT);
      socket.write(packet);
    });
  });
  const { out, err, code } = await repl([`127.0.0.1:${port}`, '-e', 'name()']);
  expect(out).toBe('');
  expect(err).toContain('1048592 bytes');
  expect(err.length).toBeLessThan(1_000);
  expect(code).not.toBe(0);
});
