/** Words instead of a menu; asks without waiting for answers, and matches them by number. Usage: js-words.mjs HOST PORT */
import { Buffer } from 'node:buffer';
import console from 'node:console';
import { connect } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';

const HEADER = 16;
const LONGEST = 16384;
const OPERATIONS = { time: 2, name: 3, list: 4 };
const waiting = new Map();
let last = 0;
let buffer = Buffer.alloc(0);
let leaving = false;

const [, , host, port] = process.argv;
const socket = connect({ host, port: Number(port) }, () => console.log('ready'));
const lines = createInterface({ input: process.stdin });

function lost(why) {
  if (!leaving) {
    console.log(`connection lost: ${why}`);
    process.exit(1);
  }
}

function packet(kind, operation, request, payload) {
  const head = Buffer.from([0x43, 0x4c, 1, kind, operation, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(request, 8);
  head.writeUInt32BE(payload.length, 12);
  return Buffer.concat([head, payload]);
}

const SHOW = {
  time: (body) => `time ${new Date(Number(body.readBigUInt64BE())).toISOString()}`,
  name: (body) => `name ${body}`,
  list: (body) => {
    const rows = [];
    for (let at = 3, left = body.readUInt16BE(1); left > 0; left--) {
      const end = at + 23 + body[at + 22];
      rows.push(
        `client ${body.readUInt32BE(at)} ${body.readUInt16BE(at + 20)} ${body.subarray(at + 23, end)}`,
      );
      at = end;
    }
    return rows.join('\n');
  },
};

function take(kind, operation, request, body) {
  if (kind === 3 && operation === 6) socket.write(packet(2, 6, request, Buffer.alloc(0)));
  if (kind !== 2) return;
  const what = waiting.get(request);
  waiting.delete(request);
  if (what !== undefined) console.log(SHOW[what](body));
}

socket.on('data', (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  while (buffer.length >= HEADER) {
    const length = buffer.readUInt32BE(12);
    if (buffer.toString('latin1', 0, 2) !== 'CL' || length > LONGEST) return lost('no packet');
    if (buffer.length < HEADER + length) return;
    const body = buffer.subarray(HEADER, HEADER + length);
    take(buffer[3], buffer[4], buffer.readUInt32BE(8), body);
    buffer = buffer.subarray(HEADER + length);
  }
});
socket.on('end', () => lost('end of stream'));
socket.on('error', (error) => lost(error.code));
// Standard input is still open, and would keep the process.
socket.on('close', () => process.exit(0));
lines.on('line', (line) => {
  if (line === 'quit') {
    leaving = true;
    socket.end();
    lines.close();
  } else if (line in OPERATIONS) {
    waiting.set(++last, line);
    socket.write(packet(1, OPERATIONS[line], last, Buffer.alloc(line === 'list' ? 4 : 0)));
  }
});
