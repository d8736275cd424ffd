import { KitError } from '../../src/bytes/index.ts';
import { isRecord, text } from '../../src/check/index.ts';
import type { Run } from '../../src/lab/index.ts';

/** What the first client asks for, in this order; `unknown` is a send to a number that nobody has. */
export const COMMANDS = ['time', 'name', 'list', 'send', 'unknown'] as const;
export type Command = (typeof COMMANDS)[number];

export async function scenario(run: Run): Promise<void> {
  const { clientName } = run.variant;
  const step = text('asking', '请求');
  const server = await run.startServer('server');
  const target = { host: server.address, port: server.port };
  const sender = await run.startClient('client');
  const friend = await run.startClient('friend');
  let friendPort = 0;
  let friendId = 0;
  await run.phase('connect', {}, async (facts) => {
    facts['senderPort'] = (await sender.connect({ ...target, name: clientName })).localPort;
    friendPort = (await friend.connect({ ...target, name: 'friend' })).localPort;
    facts['friendPort'] = friendPort;
    run.snapshot('both connected');
  });
  const words = `${clientName} says ${run.number('textNumber')}`;
  const unknownId = run.number('unknownId');
  for (const [index, command] of COMMANDS.entries()) {
    run.progress(step, index, COMMANDS.length);
    await run.phase(command, {}, async (facts) => {
      switch (command) {
        case 'send':
          facts['text'] = words;
          facts['to'] = friendId;
          facts['outcome'] = await outcomeOf(sender.call('send', [friendId, words]));
          return;
        case 'unknown':
          facts['to'] = unknownId;
          facts['outcome'] = await outcomeOf(sender.call('send', [unknownId, words]));
          return;
        case 'list':
          // As a student would: the number of the other client stands in the list.
          friendId = numberOf(await sender.call('list'), friendPort);
          return;
        case 'time':
        case 'name':
          await sender.call(command);
      }
    });
  }
  run.snapshot('all asked');
  await run.phase('over', {}, async () => {
    for (const client of [sender, friend]) {
      await client.disconnect();
      await run.end(client);
    }
    await server.stop();
  });
  run.progress(step, COMMANDS.length, COMMANDS.length);
}

function numberOf(list: unknown, port: number): number {
  const entries: unknown[] = Array.isArray(list) ? list : [];
  const entry = entries.find((each) => isRecord(each) && each['port'] === port);
  return isRecord(entry) ? Number(entry['id']) : 0;
}

/** What became of a send, in a word: `delivered`, `forwarded`, or the error's code. */
async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    const value = await call;
    return isRecord(value) ? String(value['outcome']) : String(value);
  } catch (error) {
    if (error instanceof KitError) return error.code;
    throw error;
  }
}
