/** clients: several connections in one session, to play both sides of an exercise alone. */
import { text } from '../../bytes/index.ts';
import { callOptions, type Command, REQUEST_OPTIONS, wrongCall } from '../command.ts';

const MOST = 1000;

export const clients: Command = {
  name: 'clients',
  signature: 'clients(count, options?)',
  help: 'open more connections to the same server',
  about:
    'Gives an array of clients, each with time(), name(), list(), send(), heartbeat(), receive(), on("message", …), ' +
    'disconnect() and id, local, remote. To play a bad peer each has knobs: split(bytes, gapMs) sends every packet in ' +
    'pieces, join(packets) puts several into one write, delay(ms) sends late, behave() ends all three; pauseReading() ' +
    'and resumeReading(); reset() sends a RST; vanish() goes without a word. They close with the session. ' +
    'When one cannot connect, those that could are closed again.',
  example: "const [a, b] = await clients(2); await a.send(b.id, 'hi')",
  arguments: ['value'],
  options: REQUEST_OPTIONS,
  run: async (session, [count, options], call) => {
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > MOST) {
      throw wrongCall('clients', text(`it wants a number from 1 to ${MOST}`, `需要 1 到 ${MOST} 的数`));
    }
    const how = callOptions('clients', options, call);
    const results = await Promise.allSettled(Array.from({ length: count }, () => session.another(how)));
    const failed = results.find((one) => one.status === 'rejected');
    const opened = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (!failed) return opened;
    await Promise.all(opened.map((client) => client.disconnect()));
    throw failed.reason;
  },
};
