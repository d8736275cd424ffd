/** A right answer to every exercise of notebooks/, by the id of its cell; `wrong` is one that must not pass. */
export interface Solution {
  readonly exercise: string;
  readonly right: string;
  readonly wrong: string;
}

export const SOLUTIONS: readonly Solution[] = [
  {
    exercise: '01-a',
    right: 'let answer = life.packets.filter(({ len }) => len === 0).length;',
    wrong: 'let answer = life.packets.length;',
  },
  {
    exercise: '01-b',
    right: 'let refused = await capture(() => w.client.dial(w.server, 9).catch(() => undefined));',
    wrong: 'let refused = life;',
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
let fewer = [await capture(async () => {
  await Promise.all(Array.from({ length: 200 }, () => patient.write('abc')));
  await other.read(600);
}), 200];`,
    wrong: 'let fewer = [three, 3];',
  },
  { exercise: '03-a', right: 'let size = 8;', wrong: 'let size = 4;' },
  {
    exercise: '03-b',
    right: `let withHeartbeat = yaml
  .replace('name-is: 130', 'name-is: 130, beat: 3, beat-back: 131') +
  '  heartbeat.request: { from: client, when: { type: beat } }\\n' +
  '  heartbeat.response: { from: server, when: { type: beat-back } }\\n';`,
    wrong: 'let withHeartbeat = yaml;',
  },
  {
    exercise: '04-a',
    right:
      "let ports = new Set(table.rows.filter((row) => row.host === 'anna').map((row) => row.localPort)).size;",
    wrong: 'let ports = 1;',
  },
  {
    exercise: '04-b',
    right: `await w.ben.listen(7000);
await w.anna.dial(w.server, 7000, { localPort: 50505 });
await w.anna.dial(w.ben, 7000, { localPort: 50505 });
let same = await sockets(w);`,
    wrong: 'let same = table;',
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
  { exercise: '05-b', right: "let behind = [10, 'server'];", wrong: "let behind = [10, 'client'];" },
  {
    exercise: '06-a',
    right: 'let handled = 100;',
    wrong: 'let handled = together.count({ data: true, side: 1 });',
  },
  {
    exercise: '06-b',
    right: "let frugal = await capture(() => n.repeat(400, 'time', { together: true }));",
    wrong: 'let frugal = nagle;',
  },
  {
    exercise: '07-a',
    right: 'let zeroWindow = full;',
    wrong: 'let zeroWindow = await capture(() => clients[0].time());',
  },
  { exercise: '07-b', right: 'let listeners = 1;', wrong: 'let listeners = 20;' },
  {
    exercise: '08-a',
    right: `let again = tries.client.packets.filter(({ seq, len, frame }) =>
  tries.client.packets.some((other) => other.frame < frame && other.seq === seq && other.len === len && len > 0)).length;`,
    wrong: 'let again = tries.client.packets.length;',
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
  await sleep(100);
});
await rule.remove();`,
    wrong: 'let recovered = tries;',
  },
  { exercise: '09-a', right: "let waits = 'client';", wrong: "let waits = 'server';" },
  { exercise: '09-b', right: 'let bytes = 2;', wrong: 'let bytes = 1;' },
  { exercise: '09-c', right: 'let answered = 1;', wrong: 'let answered = 3;' },
];
