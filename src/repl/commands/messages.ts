/** on, off, receive: what comes in unasked. */
import { text } from '../../bytes/index.ts';
import { callOptions, type Command, REQUEST_OPTIONS, wrongCall } from '../command.ts';
import { addHandler, type EventName, EVENTS, removeHandlers } from '../handlers.ts';

export const on: Command = {
  name: 'on',
  signature: "on('message', handler)",
  help: 'call a function for every message that comes in',
  about:
    'The handler gets { from, fromAddress, fromPort, text, at }. on("state", …) tells "connected", "lost", …. Handlers ' +
    'stay when the connection is lost and comes back. An error in a handler is shown and ends nothing.',
  example: "on('message', (m) => send(m.from, m.text.toUpperCase()))",
  arguments: ['event', 'value'],
  options: {},
  run: (session, [event, handler]) => {
    if (typeof handler !== 'function')
      throw wrongCall(
        'on',
        text('it wants a function: on("message", (m) => …)', '需要一个函数：on("message", (m) => …)'),
      );
    addHandler(session, eventName('on', event), handler as (value: unknown) => unknown);
  },
};

export const off: Command = {
  name: 'off',
  signature: "off('message', handler?)",
  help: 'take a handler away, or all of them',
  about: 'Nothing happens when the handler is not registered.',
  example: "off('message')",
  arguments: ['event', 'value'],
  options: {},
  run: (session, [event, handler]) => {
    if (handler !== undefined && typeof handler !== 'function')
      throw wrongCall('off', text('the handler is a function', '处理程序应是函数'));
    removeHandlers(session, eventName('off', event), handler as ((value: unknown) => unknown) | undefined);
  },
};

function eventName(command: string, event: unknown): EventName {
  const found = EVENTS.find((one) => one === event);
  if (!found) {
    const names = EVENTS.map((one) => `'${one}'`);
    throw wrongCall(command, text(`the events are ${names.join(' and ')}`, `事件有 ${names.join('、')}`));
  }
  return found;
}

export const receive: Command = {
  name: 'receive',
  signature: 'receive(options?)',
  help: 'the next message that nobody received yet; waits for one',
  about:
    'Gives { from, fromAddress, fromPort, text, at }. Messages wait in order (the latest thousand), also while nothing ' +
    'is being received, so a script misses none. Waits for ever unless told a timeoutMs.',
  example: '(await receive({ timeoutMs: 5000 })).text',
  arguments: [],
  options: REQUEST_OPTIONS,
  run: async (session, [options], call) => {
    const how = callOptions('receive', options, call);
    // What has arrived can be had without a connection.
    if (session.inbox.isEmpty) await session.use(how);
    return session.inbox.take(how);
  },
};
