/**
 * A right answer to every exercise of notebooks/, by the id of its cell, and a plausible `wrong` one that must not pass:
 * the lesson's own capture, the number that is right for one of the captures, the mistake that is near.
 */
export interface Solution {
  readonly exercise: string;
  readonly right: string;
  readonly wrong: string;
}

export const SOLUTIONS: readonly Solution[] = [
  {
    exercise: '01-a',
    right: 'let silent = (t) => t.packets.filter(({ len }) => len === 0).length;',
    wrong: 'let number = life.count({ data: false }); let silent = () => number;',
  },
  {
    exercise: '01-b',
    right: 'let refused = await capture(() => w.client.dial(w.server, 9).catch(() => undefined));',
    wrong: `let refused = await capture(async () => {
  const a = await w.client.dial(w.server, 7000);
  await a.reset();
});`,
  },
  {
    exercise: '01-c',
    right: `const own = await sys.socket(AF_INET, SOCK_STREAM, 0);
await sys.bind(own, '127.0.0.1', 0);
await sys.listen(own, 1);
const { port: at } = await sys.getsockname(own);
const near = await sys.socket(AF_INET, SOCK_STREAM, 0);
await sys.connect(near, '127.0.0.1', at);
await sys.accept(own);
await sys.shutdown(near, SHUT_WR);
let forgotten;
do {
  await sleep(20);
  forgotten = await sys.netstat(at);
} while (!forgotten.some(({ state }) => state === 'FIN_WAIT2'));`,
    wrong: 'let forgotten = await sys.netstat(narrowPort);',
  },
  {
    exercise: '02-a',
    right: "let packets = (reads) => reads.join('').split('\\n').slice(0, -1);",
    wrong:
      "let packets = (reads) => reads.flatMap((read) => read.split('\\n')).filter((part) => part !== '');",
  },
  {
    exercise: '02-b',
    // Nagle's algorithm on: with it off a quiet machine may well send a segment for each write.
    right: `const patient = await w.client.dial(w.server, 7000, { nagle: true });
const other = await listener.accept();
let fewer = await capture(async () => {
  await Promise.all(Array.from({ length: 200 }, () => patient.write('abc')));
  await other.read(600);
});`,
    wrong: 'let fewer = three;',
  },
  {
    exercise: '03-a',
    right: `let timeResponse = (number, seconds) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(8, 0);
  bytes[2] = 129;
  bytes[3] = number;
  bytes.writeUInt32BE(seconds, 4);
  return bytes;
};`,
    // The other byte order.
    wrong: `let timeResponse = (number, seconds) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(8, 0);
  bytes[2] = 129;
  bytes[3] = number;
  bytes.writeUInt32LE(seconds, 4);
  return bytes;
};`,
  },
  {
    exercise: '03-b',
    right: `let withHeartbeat = yaml
  .replace('name-is: 130', 'name-is: 130, beat: 3, beat-back: 131') +
  '  heartbeat.request: { from: client, when: { type: beat } }\\n' +
  '  heartbeat.response: { from: server, when: { type: beat-back } }\\n';`,
    // Two packets of the server that cannot be told apart.
    wrong: `let withHeartbeat = yaml
  .replace('name-is: 130', 'name-is: 130, beat: 3') +
  '  heartbeat.request: { from: client, when: { type: beat } }\\n' +
  '  heartbeat.response: { from: server, when: { type: name-is } }\\n';`,
  },
  {
    exercise: '04-a',
    right:
      "let ports = (t) => new Set(t.rows.filter((row) => row.host === 'anna').map((row) => row.localPort)).size;",
    wrong: 'let ports = (t) => new Set(t.rows.map((row) => row.localPort)).size;',
  },
  {
    exercise: '04-b',
    right: `await w.ben.listen(7000);
await w.anna.dial(w.server, 7000, { localPort: 50505 });
await w.anna.dial(w.ben, 7000, { localPort: 50505 });
let same = await sockets(w);`,
    wrong: `await w.anna.dial(w.server, 7000, { localPort: 50505 });
let same = await sockets(w);`,
  },
  {
    exercise: '05-a',
    right: `let serverWaits = await capture(async () => {
  const [here, there] = await open();
  await there.finish();
  await here.read();
  await here.finish();
  await there.ended();
});`,
    wrong: 'let serverWaits = four;',
  },
  {
    exercise: '05-b',
    right: `let behind = ({ packets }) => {
  const at = packets.findIndex(({ flags }) => flags.includes('FIN'));
  return at === -1 ? 0 : packets.slice(at + 1).reduce((sum, { len }) => sum + len, 0);
};`,
    // Without a FIN, everything is counted.
    wrong: `let behind = ({ packets }) => {
  const at = packets.findIndex(({ flags }) => flags.includes('FIN'));
  return packets.slice(at + 1).reduce((sum, { len }) => sum + len, 0);
};`,
  },
  {
    exercise: '06-a',
    right: `let largest = (t) => {
  const sent = t.packets.filter(({ way }) => way.startsWith(w.client.address + ':'));
  return Math.max(...sent.map(({ len }) => len));
};`,
    wrong: 'let largest = (t) => Math.max(...t.packets.map(({ len }) => len)) + 1;',
  },
  {
    exercise: '06-b',
    // A server that is quick on a quiet machine lets go of a segment with every answer; one that is stopped does not.
    right: `await chatd.kill('SIGSTOP');
let frugal = await capture(async () => {
  const answers = n.repeat(200, 'time', { together: true });
  while (!(await sockets(w)).rows.some((row) => row.receiveQueueBytes >= 200 * 16)) await sleep(20);
  await chatd.kill('SIGCONT');
  await answers;
});`,
    wrong: 'let frugal = nagle;',
  },
  {
    exercise: '07-a',
    right: `const l2 = await w.server.listen(7002);
const reader = await w.client.dial(w.server, 7002);
const writer = await l2.accept();
const bulk = 16 * 1024 * 1024;
let zeroWindow = await capture(async () => {
  await w.client.freeze();
  await writer.fill(bulk);
  while (!(await sockets(w)).rows.some(({ timer }) => timer === 'persist')) await sleep(50);
  await w.client.thaw();
  for (let sum = 0; sum < bulk; ) sum += (await reader.read()).length;
});`,
    wrong: 'let zeroWindow = full;',
  },
  {
    exercise: '07-b',
    right: `let queued = ({ rows }) => rows
  .filter(({ state }) => state === 'ESTABLISHED')
  .reduce((sum, row) => sum + row.receiveQueueBytes + row.sendQueueBytes, 0);`,
    wrong: 'let queued = ({ rows }) => rows.reduce((sum, row) => sum + row.sendQueueBytes, 0);',
  },
  {
    exercise: '08-a',
    right: `let again = ({ packets }) => packets.filter(({ seq, len, frame }) =>
  len > 0 && packets.some((other) => other.frame < frame && other.seq === seq && other.len === len)).length;`,
    wrong: 'let again = ({ packets }) => packets.length;',
  },
  {
    exercise: '08-b',
    right: `await w.server.cable.plug();
const l2 = await w.server.listen(7002);
const a2 = await w.client.dial(w.server, 7002);
const b2 = await l2.accept();
const rule = await w.drop({ from: 'client', times: 1, minPacketBytes: 60, destinationPort: 7002 });
let recovered = await capture(async () => {
  await a2.write('lost at first, '.repeat(10));
  await b2.read();
  while ((await sockets(w)).rows.some((row) => row.remotePort === 7002 && row.sendQueueBytes > 0)) await sleep(20);
});
await rule.remove();`,
    wrong: 'let recovered = tries;',
  },
  {
    exercise: '09-a',
    right:
      "let waits = (t) => (t.packets.find(({ flags }) => flags.includes('FIN')).way === t.packets[0].way ? 'client' : 'server');",
    wrong: "let waits = () => 'client';",
  },
  {
    exercise: '09-b',
    right:
      'let bytes = (t) => t.packets.filter(({ way }) => way === t.packets[0].way).reduce((sum, { len }) => sum + len, 0);',
    wrong: 'let bytes = (t) => t.packets.reduce((sum, { len }) => sum + len, 0);',
  },
  {
    exercise: '09-c',
    right:
      'let answered = (t) => t.packets.filter(({ way, len }) => len > 0 && way !== t.packets[0].way).length;',
    wrong: 'let answered = (t) => t.packets.filter(({ way }) => way !== t.packets[0].way).length;',
  },
];
