/** A server that sends back what it gets. Prints its port when it listens. */
import { createServer, type AddressInfo } from 'node:net';

const [, , host, port = '0'] = process.argv;
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen(Number(port), host, () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
