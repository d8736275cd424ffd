import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientId, type Message, requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { hello, oddServer } from './support/odd-server.ts';
import { bytesOf } from './support/raw.ts';
import { clp, connect, join } from './support/servers.ts';

const text = (number: number): Message => ({
  type: 'deliver.indication',
  request: requestNumber(number),
  from: clientId(2),
  fromAddress: '127.0.0.1',
  fromPort: 1,
  text: `text ${number}`,
});

/** What the client says, in order. */
function said(socket: Socket): Message[] {
  const messages: Message[] = [];
  const decoder = clp.decoder('client');
  socket.on('data', (chunk: Buffer) => {
    decoder.push(chunk);
    for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) {
      if (next.type !== 'invalid') messages.push(next);
    }
  });
  return messages;
}

test('texts in the segment of the greeting: heard by who listens right after connect, and only then confirmed', async () => {
  let heardByServer: Message[] = [];
  const { port } = await oddServer(
    (socket) => {
      heardByServer = said(socket);
      socket.write(bytesOf([hello, text(1), text(2)]));
    },
    { greets: false },
  );
  const order: string[] = [];
  const client = await join(
    { port },
    {
      packets: {
        received: ({ type, request }) => order.push(`${type} ${request} received`),
        sent: ({ type, request }) => order.push(`${type} ${request} sent`),
      },
    },
  );
  order.push('connected');
  client.on('message', (message) => order.push(`heard ${message.text}`));
  await until('the server has both confirmations', () => heardByServer.length === 2);
  expect(order).toEqual([
    'hello.indication 0 received',
    'deliver.indication 1 received',
    'deliver.indication 2 received',
    'connected',
    'heard text 1',
    'deliver.response 1 sent',
    'heard text 2',
    'deliver.response 2 sent',
  ]);
  expect(heardByServer).toMatchObject([
    { type: 'deliver.response', request: 1 },
    { type: 'deliver.response', request: 2 },
  ]);
});

test('texts before the answer to our name come first, those behind it after them', async () => {
  const { port } = await oddServer((socket) => {
    socket.write(bytesOf([text(1)]));
    socket.once('data', () =>
      socket.write(
        bytesOf([text(2), { type: 'hello.response', request: requestNumber(1), id: clientId(1) }, text(3)]),
      ),
    );
  });
  const client = await join({ port }, { name: 'ann' });
  const heard: string[] = [];
  client.on('message', (message) => heard.push(message.text));
  await until('all three', () => heard.length === 3);
  expect(heard).toEqual(['text 1', 'text 2', 'text 3']);
});

test('a connection that ends right behind its greeting: the text and the end are told, in this order, unconfirmed', async () => {
  let heardByServer: Message[] = [];
  const { port, sockets } = await oddServer(
    (socket) => {
      heardByServer = said(socket);
      socket.write(
        bytesOf([
          hello,
          text(1),
          { type: 'bye.indication', request: requestNumber(0), status: 'idle', text: 'go' },
        ]),
      );
    },
    { greets: false },
  );
  const client = await join({ port });
  expect(client.closeReason).toMatchObject({ code: 'idle', message: 'go' });
  const told: unknown[] = [];
  client.on('message', (message) => told.push(message.text));
  client.on('close', ({ code }) => told.push(code));
  await until('the end is told', () => told.includes('idle'));
  expect(told).toEqual(['text 1', 'idle']);
  await until("the client's FIN", () => sockets[0]?.readableEnded);
  expect(heardByServer).toEqual([]);
});

test('nobody connects: what came with the refusal is not confirmed', async () => {
  let heardByServer: Message[] = [];
  const { port, sockets } = await oddServer((socket) => {
    heardByServer = said(socket);
    socket.once('data', () =>
      socket.write(
        bytesOf([
          text(7),
          { type: 'error.response', request: requestNumber(1), status: 'name-taken', text: 'taken' },
        ]),
      ),
    );
  });
  const connecting = connect({ host: '127.0.0.1', port, protocol: clp, name: 'ann' });
  await expect(connecting).rejects.toMatchObject({ code: 'name-taken' });
  await until("the client's FIN", () => sockets[0]?.readableEnded);
  expect(heardByServer.map(({ type }) => type)).toEqual(['hello.request', 'bye.indication']);
});

test('a server that never answers our name and sends texts without end is left', async () => {
  const { port, sockets } = await oddServer((socket) => {
    const long = bytesOf(
      Array.from({ length: 16 }, () => ({ ...text(1), text: 'x'.repeat(4_000) }) as Message),
    );
    const pour = (): void => {
      while (!socket.destroyed && socket.write(long));
    };
    socket.on('drain', pour);
    pour();
  });
  const connecting = connect({ host: '127.0.0.1', port, protocol: clp, name: 'ann' });
  await expect(connecting).rejects.toMatchObject({ code: 'flooded', fault: 'peer' });
  await until('the connection is gone', () => sockets[0]?.destroyed);
});
