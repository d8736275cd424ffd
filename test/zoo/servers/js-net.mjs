/** Node's event loop; bytes are collected and cut into packets. Usage: node js-net.mjs PORT */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import process from 'node:process';

const [REQUEST, RESPONSE, INDICATION] = [1, 2, 3];
const [HELLO, TIME, NAME, LIST, SEND, DELIVER, HEARTBEAT, , ERROR] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const HEADER = 16;
const LONGEST = 16384;
const clients = new Map();
let last = 0;

function packet(kind, operation, request, payload = Buffer.alloc(0), status = 0) {
  const head = Buffer.from([0x43, 0x4c, 1, kind, operation, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(request, 8);
  head.writeUInt32BE(payload.length, 12);
  return Buffer.concat([head, payload]);
}

const number32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function place({ address, port }) {
  const bytes = Buffer.alloc(18);
  bytes[10] = bytes[11] = 0xff;
  address
    .replace('::ffff:', '')
    .split('.')
    .forEach((octet, index) => (bytes[12 + index] = Number(octet)));
  bytes.writeUInt16BE(port, 16);
  return bytes;
}

function list() {
  const rows = [...clients.values()].map((one) =>
    Buffer.concat([number32(one.id), place(one), Buffer.from([one.name.length]), one.name]),
  );
  const head = Buffer.alloc(3);
  head.writeUInt16BE(rows.length, 1);
  return Buffer.concat([head, ...rows]);
}

function send(client, request, payload) {
  const receiver = clients.get(payload.readUInt32BE(0));
  if (receiver === undefined) {
    client.socket.write(packet(RESPONSE, ERROR, request, Buffer.from('no such client'), 3));
    return;
  }
  const text = Buffer.concat([number32(client.id), place(client), payload.subarray(4)]);
  receiver.socket.write(packet(INDICATION, DELIVER, request, text));
  client.socket.write(packet(RESPONSE, SEND, request, Buffer.from([2])));
}

function time() {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Date.now()));
  return bytes;
}

function handle(client, kind, operation, request, payload) {
  const reply = (bytes) => client.socket.write(packet(RESPONSE, operation, request, bytes));
  if (kind === RESPONSE && (operation === DELIVER || operation === HEARTBEAT)) return;
  if (kind !== REQUEST) throw new Error('not a request');
  if (operation === TIME) reply(time());
  else if (operation === NAME) reply(Buffer.from(hostname()));
  else if (operation === HEARTBEAT) reply();
  else if (operation === LIST) reply(list());
  else if (operation === SEND && payload.length >= 4 && payload.length <= 4100)
    send(client, request, payload);
  else if (operation === HELLO && payload.length > 0 && payload.length <= 64) {
    client.name = Buffer.from(payload);
    reply(number32(client.id));
  } else throw new Error('not a packet of a client');
}

function cut(client) {
  for (;;) {
    const bytes = client.inbox;
    if (bytes.length < HEADER) return;
    if (bytes.readUInt32BE(0) >>> 8 !== 0x434c01 || bytes[5] !== 0) throw new Error('not a header of clp');
    const length = bytes.readUInt32BE(12);
    if (length > LONGEST - HEADER) throw new Error('too long');
    if (bytes.length < HEADER + length) return;
    client.inbox = bytes.subarray(HEADER + length);
    handle(client, bytes[3], bytes[4], bytes.readUInt32BE(8), bytes.subarray(HEADER, HEADER + length));
  }
}

const server = createServer((socket) => {
  const client = {
    id: ++last,
    socket,
    address: socket.remoteAddress,
    port: socket.remotePort,
    name: Buffer.alloc(0),
    inbox: Buffer.alloc(0),
  };
  clients.set(client.id, client);
  socket.write(packet(INDICATION, HELLO, 0, number32(client.id)));
  socket.on('data', (chunk) => {
    client.inbox = Buffer.concat([client.inbox, chunk]);
    try {
      cut(client);
    } catch (error) {
      console.log(`client ${client.id}: ${error.message}`);
      socket.destroy();
    }
  });
  socket.on('error', (error) => console.log(`client ${client.id}: ${error.code}`));
  socket.on('close', () => clients.delete(client.id));
});
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.argv[2]), '0.0.0.0');
