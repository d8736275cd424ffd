import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { clientId, type Message, requestNumber } from '../../../src/wire/index.ts';
import { bytesOf } from './raw.ts';

/** A greeting, for the first client. */
export const hello: Message = {
  type: 'hello.indication',
  request: requestNumber(0),
  id: clientId(1),
  text: 'hi',
};

/** A server that does what the test wants: bare sockets, greeted unless told otherwise. */
export async function oddServer(
  behave: (socket: Socket) => void,
  options: { greets?: boolean; allowHalfOpen?: boolean } = {},
): Promise<{ port: number; sockets: Socket[]; server: Server }> {
  const { greets = true, allowHalfOpen = true } = options;
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
    if (greets) socket.write(bytesOf([hello]));
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, sockets, server };
}
