/**
 * Connecting so that nothing is missed: a server may deliver a text right behind its greeting, before anyone who waits
 * for `connect` could listen. Such texts are kept and come first.
 */
import {
  type Client,
  type CloseReason,
  connect,
  type ConnectOptions,
  type IncomingText,
} from '../net/index.ts';

export interface Dialled {
  readonly client: Client;
  /** Called once: from now on, and for what came before. */
  readonly listen: (message: (message: IncomingText) => void, closed: (why: CloseReason) => void) => void;
}

export async function dial(options: ConnectOptions): Promise<Dialled> {
  const early: IncomingText[] = [];
  let listening = false;
  const client = await connect({
    ...options,
    packets: {
      sent: (message, bytes, offset) => options.packets?.sent(message, bytes, offset),
      received: (message, bytes, offset) => {
        options.packets?.received(message, bytes, offset);
        if (listening || message.type !== 'deliver.indication') return;
        const { from, fromAddress, fromPort, text } = message;
        early.push({ from, fromAddress, fromPort, text, at: new Date() });
      },
    },
  });
  return {
    client,
    listen: (message, closed) => {
      listening = true;
      for (const one of early) message(one);
      client.on('message', message);
      client.on('close', closed);
      if (client.closeReason !== undefined) closed(client.closeReason);
    },
  };
}
