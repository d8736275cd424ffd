/** time, name, list, send, heartbeat: what one asks the server. */
import { assertNever, text } from '../../bytes/index.ts';
import { callOptions, type Command, REQUEST_OPTIONS, wrongCall } from '../command.ts';
import { type ClientId, clientId } from '../../wire/index.ts';
import { shownAs } from '../shown.ts';

export const time: Command = {
  name: 'time',
  signature: 'time(options?)',
  help: "the server's clock",
  about: 'Gives a Date. How exact it is depends on the protocol: some count seconds, some milliseconds.',
  example: '(await time()).toISOString()',
  arguments: [],
  options: REQUEST_OPTIONS,
  run: async (session, [options], call) => {
    const how = callOptions('time', options, call);
    return (await session.use(how)).time(how);
  },
};

export const name: Command = {
  name: 'name',
  signature: 'name(options?)',
  help: "the server's host name",
  about: 'Gives a text. (Your own name is in me().)',
  example: 'await name()',
  arguments: [],
  options: REQUEST_OPTIONS,
  run: async (session, [options], call) => {
    const how = callOptions('name', options, call);
    return (await session.use(how)).name(how);
  },
};

export const list: Command = {
  name: 'list',
  signature: 'list(options?)',
  help: 'the clients that the server knows: number, address, port, name',
  about:
    'Gives an array of { id, address, port, name }, yourself among them. It is what the server believes: a client ' +
    'whose cable was pulled stays in it until the server notices.',
  example: '(await list()).map((client) => client.id)',
  arguments: [],
  options: REQUEST_OPTIONS,
  run: async (session, [options], call) => {
    const how = callOptions('list', options, call);
    const clients = await (await session.use(how)).list(how);
    session.known = clients;
    return clients;
  },
};

export const send: Command = {
  name: 'send',
  signature: 'send(to, text, options?)',
  help: 'send a text to another client, by its number',
  about:
    'Gives { outcome }: "delivered" when the other client said that it has the text, "forwarded" when the server only ' +
    'wrote it to that connection, "unconfirmed" when the protocol has no answer to a send. An unknown number, a client ' +
    'that has gone or is too slow, and a text that is too long are errors with a code.',
  example: "await send(2, 'hello')",
  arguments: ['client', 'text'],
  options: REQUEST_OPTIONS,
  run: async (session, [to, words, options], call) => {
    const how = callOptions('send', options, call);
    const id = textReceiver(to);
    if (typeof words !== 'string')
      throw wrongCall('send', text('it wants a text: send(2, "hello")', '需要一段文字：send(2, "hello")'));
    const { outcome } = await (await session.use(how)).send(id, words, how);
    return shownAs({ outcome }, () => {
      switch (outcome) {
        case 'delivered':
          return `delivered: client ${id} said that it has the text`;
        case 'forwarded':
          return `forwarded: the server wrote the text to the connection of client ${id}, which did not confirm it`;
        case 'unconfirmed':
          return `sent: this protocol has no answer that says whether client ${id} got the text`;
        default:
          return assertNever(outcome);
      }
    });
  },
};

/** A number, a number as text (from the menu), or a row of `list()`. */
export function textReceiver(to: unknown): ClientId {
  const value: unknown = typeof to === 'object' && to !== null && 'id' in to ? to.id : to;
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isInteger(id)) {
    throw wrongCall(
      'send',
      text(
        'the receiver is the number of a client, as list() shows it: send(2, "hello")',
        '接收者是客户端的编号，见 list()：send(2, "hello")',
      ),
    );
  }
  return clientId(id);
}

export const heartbeat: Command = {
  name: 'heartbeat',
  signature: 'heartbeat(options?)',
  help: 'ask the server whether it is there; gives the round trip in ms',
  about:
    'Gives a number of milliseconds. A heartbeat is how an application notices a dead peer on a connection that is ' +
    'silent: without one, TCP alone may not notice for hours.',
  example: 'await heartbeat({ timeoutMs: 500 })',
  arguments: [],
  options: REQUEST_OPTIONS,
  run: async (session, [options], call) => {
    const how = callOptions('heartbeat', options, call);
    const rttMs = await (await session.use(how)).heartbeat(how);
    // Below a microsecond the number says nothing any more.
    return Math.round(rttMs * 1000) / 1000;
  },
};
