/** Sends numbered datagrams as fast as it can; prints when the kernel has taken the last. */
import { createSocket } from 'node:dgram';

const [, , host = '', port, count, bytes] = process.argv;
const socket = createSocket('udp4');
const send = (number: number): void => {
  if (number > Number(count)) {
    process.stdout.write('sent\n');
    socket.close();
    return;
  }
  const datagram = Buffer.alloc(Number(bytes));
  datagram.writeUInt32BE(number);
  socket.send(datagram, Number(port), host, (error) => {
    if (error) throw error;
    send(number + 1);
  });
};
send(1);
