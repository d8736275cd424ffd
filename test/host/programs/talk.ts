/** Sends each line of standard input, prints each line that comes back; at the end of input it closes. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [, , host = '', port] = process.argv;
const { LOCAL } = process.env;
const socket = connect({
  host,
  port: Number(port),
  noDelay: true,
  ...(LOCAL === undefined ? {} : { localAddress: LOCAL }),
});
createInterface(process.stdin)
  .on('line', (line) => socket.write(`${line}\n`))
  .on('close', () => socket.end());
createInterface(socket).on('line', (line) => process.stdout.write(`got ${line}\n`));
socket.on('error', (error) => process.stdout.write(`error ${error.message}\n`));
socket.on('close', () => process.exit(0));
