/** Sends lines, each after the answer to the last; closes when told to on standard input. */
import { connect } from 'node:net';

const [, , host = '', port, count] = process.argv;
const { LOCAL } = process.env;
const socket = connect({
  host,
  port: Number(port),
  noDelay: true,
  ...(LOCAL === undefined ? {} : { localAddress: LOCAL }),
});
process.stdout.write(`pid ${process.pid}\n`);
let sent = 0;
const next = (): void => {
  if (sent < Number(count)) socket.write(`line ${++sent}\n`);
  else process.stdout.write('all answered\n');
};
socket.on('connect', next);
socket.on('data', (data) => {
  if (data.toString().endsWith('\n')) next();
});
process.stdin.on('data', () => socket.end());
socket.on('close', () => process.exit(0));
