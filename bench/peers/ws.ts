/** A server of the time on `ws`, as its page shows how: four bytes ask, and come back with the time behind them. */
import { Buffer } from 'node:buffer';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => {
  socket.on('message', (request: Buffer) => {
    const answer = Buffer.allocUnsafe(12);
    request.copy(answer);
    answer.writeDoubleBE(Date.now(), 4);
    socket.send(answer);
  });
  socket.on('error', () => socket.terminate());
});
server.on('listening', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
