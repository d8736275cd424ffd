/** Every operation by itself, with one or two clients that do nothing odd. */
import { hostname } from 'node:os';
import { same, text } from '../../../check/index.ts';
import { type Message, type Protocol, requestNumber } from '../../../wire/index.ts';
import { type Peer, type Question, QUESTIONS } from '../peer.ts';
import { Failure, missing } from '../failure.ts';
import type { Rig } from '../rig.ts';
import { needs, type ServerCheck } from './check.ts';

/** A clock that shows whole seconds is behind by up to one; the rest is for clocks that were read apart. */
const CLOCK_SLACK_MS = 2_000;

/** The plain questions that a protocol has, with their answers. */
const asks = (protocol: Protocol): Question[] =>
  QUESTIONS.filter((what) => protocol.can(`${what}.request`) && protocol.can(`${what}.response`));

/**
 * Whether any plain question is answered as the description says, whatever the answer tells. Which ones are is kept: the
 * checks of the stream ask these, so that a wrong clock costs the check of the clock and nothing else.
 */
async function answers(rig: Rig): Promise<void> {
  const asked = asks(rig.protocol);
  rig.step(
    `client A connects and asks one after the other: ${asked.join(', ')}`,
    `客户端 A 连接并依次提问：${asked.join('、')}`,
  );
  let first: Failure | undefined;
  let a: Peer | undefined;
  for (const what of asked) {
    try {
      a ??= await rig.connect('A');
      await rig.ask(a, what);
      rig.known.add(what);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      error.facts = rig.server.facts(error.peer?.clientPort);
      first ??= error;
      if (rig.server.end !== undefined) break;
      a?.drop();
      a = undefined;
    }
  }
  if (rig.known.size === 0 && first !== undefined) throw first;
}

async function time(rig: Rig): Promise<void> {
  rig.step('client A connects and asks for the time', '客户端 A 连接并询问时间');
  const a = await rig.connect('A');
  const before = Date.now();
  const answer = await rig.ask(a, 'time');
  const after = Date.now();
  if (answer.type !== 'time.response') return;
  const near = (ms: number): boolean => ms >= before - CLOCK_SLACK_MS && ms <= after + CLOCK_SLACK_MS;
  if (!near(answer.time))
    throw new Failure(
      same(`${new Date(before).toISOString()} … ${new Date(after).toISOString()}`),
      same(Math.abs(answer.time) <= 8.64e15 ? new Date(answer.time).toISOString() : String(answer.time)),
      near(answer.time * 1000)
        ? { is: 'wrong-unit', times: 0.001 }
        : near(answer.time / 1000)
          ? { is: 'wrong-unit', times: 1000 }
          : { is: 'wrong-value', field: 'time' },
      a,
    );
}

async function name(rig: Rig): Promise<void> {
  rig.step('client A asks for the name of the server’s host', '客户端 A 询问服务器的主机名');
  const a = await rig.connect('A');
  const answer = await rig.ask(a, 'name');
  if (answer.type === 'name.response' && answer.name !== hostname())
    throw new Failure(same(hostname()), same(answer.name), { is: 'wrong-value', field: 'name' }, a);
}

async function heartbeat(rig: Rig): Promise<void> {
  rig.step('client A sends a heartbeat', '客户端 A 发送心跳');
  await rig.ask(await rig.connect('A'), 'heartbeat');
}

async function twoClients(rig: Rig): Promise<void> {
  rig.step('client A connects and says nothing', '客户端 A 连接后不发送任何数据');
  const a = await rig.connect('A');
  rig.step('client B connects', '客户端 B 连接');
  const b = await rig.connect('B');
  await rig.stillServes(b, 'while A is silent', '在 A 沉默期间，');
  await rig.stillServes(a, 'after B', '在 B 之后，');
}

/** `ip:port` of every entry, sorted. */
const places = (message: Message): string[] =>
  message.type === 'list.response'
    ? message.clients.map(({ address, port }) => `${address}:${port}`).sort()
    : [];

const swapped = (port: number): number => ((port & 0xff) << 8) | (port >> 8);

export function compareList(answer: Message, living: readonly Peer[], asker: Peer): Failure | undefined {
  const wanted = living.map(({ address, clientPort }) => `${address}:${clientPort}`).sort();
  const got = places(answer);
  if (wanted.join() === got.join()) return undefined;
  const ports = answer.type === 'list.response' ? answer.clients.map(({ port }) => port).sort() : [];
  const turned = living.map(({ clientPort }) => swapped(clientPort)).sort();
  const extra = got.filter((place) => !wanted.includes(place));
  const symptom =
    ports.join() === turned.join()
      ? ({ is: 'port-swapped' } as const)
      : extra.length > 0 && wanted.every((place) => got.includes(place))
        ? ({ is: 'ghost' } as const)
        : ({ is: 'wrong-value', field: 'clients' } as const);
  return new Failure(same(wanted.join(', ')), same(got.join(', ') || '∅'), symptom, asker);
}

async function numbers(rig: Rig): Promise<void> {
  rig.step('clients A, B and C connect; each is told its number', '客户端 A、B、C 连接，各自得知编号');
  const peers = [await rig.connect('A'), await rig.connect('B'), await rig.connect('C')];
  for (const peer of peers) await rig.hears(peer);
  const told = peers.flatMap(({ messages }) =>
    messages.flatMap((message) => (message.type === 'hello.indication' ? [message.id] : [])),
  );
  if (new Set(told).size < told.length)
    throw new Failure(
      text('each client has a number of its own', '每个客户端有自己的编号'),
      same(told.join(', ')),
      { is: 'wrong-value', field: 'id' },
      peers.at(-1),
    );
}

async function list(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A asks for the list', '客户端 A、B 连接，A 请求列表');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  // B has been accepted when it has been answered; before that it need not be listed.
  await rig.hears(b);
  const answer = await rig.ask(a, 'list');
  const failure = compareList(answer, [a, b], a);
  if (failure !== undefined) throw failure;
  if (answer.type === 'list.response' && rig.protocol.carries('send.request', 'to')) {
    const ids = new Set(answer.clients.map(({ id }) => id));
    if (ids.size !== answer.clients.length)
      throw new Failure(
        text('each client has a number of its own', '每个客户端有自己的编号'),
        same([...ids].join(', ')),
        { is: 'wrong-value', field: 'id' },
        a,
      );
  }
}

async function names(rig: Rig): Promise<void> {
  rig.step('client A says that its name is 小明; B asks for the list', '客户端 A 报告名字“小明”，B 请求列表');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  const message = { type: 'hello.request', request: requestNumber(rig.nextRequest()), name: '小明' } as const;
  const from = a.messages.length;
  a.say(message);
  rig.mustBe(a, await rig.answer(a, message, from), 'hello.response');
  const answer = await rig.ask(b, 'list');
  const known = answer.type === 'list.response' ? answer.clients.map((entry) => entry.name) : [];
  if (!known.includes('小明'))
    throw new Failure(
      text('the list has the name 小明', '列表中有名字“小明”'),
      same(known.map((one) => JSON.stringify(one)).join(', ')),
      { is: 'wrong-value', field: 'name' },
      b,
    );
}

const texts = (peer: Peer): string[] =>
  peer.messages.flatMap((message) => (message.type === 'deliver.indication' ? [message.text] : []));

/** Sends and waits until it has come to the receiver, and the result to the sender where there is one. */
export async function sendText(rig: Rig, sender: Peer, receiver: Peer, body: string): Promise<void> {
  const message = await rig.textFor(receiver, body, sender);
  const before = texts(receiver).length;
  const from = sender.messages.length;
  sender.say(message);
  await rig.wanted(
    receiver,
    () => texts(receiver).length > before,
    () => ({
      expected: text(`${receiver.name} gets the text`, `${receiver.name} 收到文字`),
      actual: text('no indication came', '没有收到指示'),
      symptom: missing(1, 0, receiver),
    }),
  );
  const got = texts(receiver)[before] ?? '';
  if (got !== body)
    throw new Failure(
      same(`${Buffer.byteLength(body)} bytes: ${body.slice(0, 60)}`),
      same(`${Buffer.byteLength(got)} bytes: ${got.slice(0, 60)}`),
      { is: 'wrong-value', field: 'text' },
      receiver,
    );
  if (rig.protocol.can('send.response'))
    rig.mustBe(sender, await rig.answer(sender, message, from), 'send.response');
}

async function send(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A sends B a text', '客户端 A、B 连接，A 向 B 发送文字');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  await sendText(rig, a, b, 'hello, 你好');
}

async function sender(rig: Rig): Promise<void> {
  rig.step(
    'clients A and B connect; A sends B a text: from which address and port does it come?',
    '客户端 A、B 连接，A 向 B 发送文字：它来自哪个地址和端口？',
  );
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  await sendText(rig, a, b, 'from A');
  const indication = b.messages.find(({ type }) => type === 'deliver.indication');
  if (indication?.type !== 'deliver.indication') return;
  if (indication.fromPort !== a.clientPort || indication.fromAddress !== a.address)
    throw new Failure(
      same(`${a.address}:${a.clientPort}`),
      same(`${indication.fromAddress}:${indication.fromPort}`),
      indication.fromPort === swapped(a.clientPort)
        ? { is: 'port-swapped' }
        : { is: 'wrong-value', field: 'from' },
      b,
    );
}

async function onlyReceiver(rig: Rig): Promise<void> {
  rig.step('clients A, B and C connect; A sends B a text', '客户端 A、B、C 连接，A 向 B 发送文字');
  const [a, b, c] = [await rig.connect('A'), await rig.connect('B'), await rig.connect('C')];
  for (const peer of [b, c]) await rig.hears(peer);
  await sendText(rig, a, b, 'for B');
  rig.step(
    'A and C ask for the time: what came to them before the answer was theirs',
    'A 与 C 询问时间：此前到达的都属于它们',
  );
  for (const peer of [a, c]) {
    await rig.hears(peer);
    if (texts(peer).length > 0)
      throw new Failure(
        text('only B gets the text', '只有 B 收到文字'),
        text(`${peer.name} got it too`, `${peer.name} 也收到了`),
        { is: 'unasked' },
        peer,
      );
  }
  if (texts(b).length !== 1)
    throw new Failure(text('B gets it once', 'B 收到一次'), same(`${texts(b).length}`), { is: 'unasked' }, b);
}

async function unknownReceiver(rig: Rig): Promise<void> {
  rig.step('client A sends a text to a number that nobody has', '客户端 A 向不存在的编号发送文字');
  const a = await rig.connect('A');
  const message = await rig.textFor(a, 'to nobody', a);
  if (message.type !== 'send.request') return;
  // Clients' own ports lie above 32767 here (net.ipv4.ip_local_port_range); the largest number that every width holds.
  const nobody: Message = { ...message, to: 32_000 as typeof message.to, toPort: 9 };
  const from = a.messages.length;
  a.say(nobody);
  rig.mustBe(a, await rig.answer(a, nobody, from, 'error.response'), 'error.response');
  await rig.stillServes(a, 'afterwards', '之后');
}

export const PASSES_TEXTS = needs('send.request', 'deliver.indication');

export const OPERATIONS: readonly ServerCheck[] = [
  {
    id: 'answers',
    title: text('answers a request', '回答请求'),
    points: 4,
    dependsOn: ['starts'],
    lab: '02-commands',
    hint: text('Compare the bytes you send with the protocol’s page.', '把发送的字节与协议文档逐字节对照。'),
    lacks: (protocol) =>
      asks(protocol).length > 0 ? undefined : needs('time.request', 'time.response')(protocol),
    play: answers,
  },
  {
    id: 'time',
    title: text('tells the time', '回答时间'),
    points: 2,
    dependsOn: ['answers'],
    lab: '02-commands',
    hint: text(
      'In the unit that the protocol’s page says, since 1970-01-01 UTC.',
      '单位以协议文档为准，自 1970-01-01 UTC 起。',
    ),
    lacks: needs('time.request', 'time.response'),
    play: time,
  },
  {
    id: 'name',
    title: text('tells the name of its host', '回答主机名'),
    points: 3,
    dependsOn: ['answers'],
    lab: '02-commands',
    hint: text('gethostname(2)', 'gethostname(2)'),
    lacks: needs('name.request', 'name.response'),
    play: name,
  },
  {
    id: 'heartbeat',
    title: text('answers a heartbeat', '回答心跳'),
    points: 2,
    dependsOn: ['answers'],
    hint: text('An answer with the number of the request and nothing else.', '响应只需带上请求号。'),
    lacks: needs('heartbeat.request', 'heartbeat.response'),
    play: heartbeat,
  },
  {
    id: 'two-clients',
    title: text('serves a client while another is silent', '一个客户端沉默时仍服务另一个'),
    points: 6,
    dependsOn: ['answers'],
    hint: text(
      'A thread for each client, or one loop over select, poll or epoll.',
      '每个客户端一个线程，或用 select、poll、epoll 循环。',
    ),
    play: twoClients,
  },
  {
    id: 'numbers',
    title: text('gives each client a number of its own', '每个客户端有自己的编号'),
    points: 1,
    dependsOn: ['two-clients'],
    hint: text('Count up; never give a number twice.', '编号递增，不重复使用。'),
    lacks: (protocol) =>
      protocol.carries('hello.indication', 'id')
        ? undefined
        : text('in this protocol a client is not told its number', '该协议不告知客户端自己的编号'),
    play: numbers,
  },
  {
    id: 'list',
    title: text('lists its clients with their addresses and ports', '列出客户端的地址与端口'),
    points: 5,
    dependsOn: ['numbers'],
    lab: '02-commands',
    hint: text(
      'accept(2) gives address and port in network byte order: ntohs.',
      'accept(2) 给出的端口是网络字节序：ntohs。',
    ),
    lacks: needs('list.request', 'list.response'),
    play: list,
  },
  {
    id: 'names',
    title: text('keeps the name that a client gave', '记住客户端报告的名字'),
    points: 2,
    dependsOn: ['list'],
    hint: text('A name is UTF-8: count bytes and not characters.', '名字是 UTF-8：按字节而不是字符计数。'),
    lacks: needs('hello.request', 'hello.response', 'list.response'),
    play: names,
  },
  {
    id: 'send',
    title: text('passes a text on, and says so', '转发文字并告知结果'),
    points: 5,
    dependsOn: ['numbers'],
    lab: '02-commands',
    hint: text('The receiver gets an indication, the sender the result.', '接收者收到指示，发送者收到结果。'),
    lacks: PASSES_TEXTS,
    play: send,
  },
  {
    id: 'sender',
    title: text('says who a text is from', '说明文字来自谁'),
    points: 1,
    dependsOn: ['send', 'list'],
    lab: '02-commands',
    hint: text(
      'Address and port of the sender as the list has them, not of the receiver.',
      '发送者的地址与端口，与列表中相同，而不是接收者的。',
    ),
    lacks: (protocol) =>
      PASSES_TEXTS(protocol) ??
      (protocol.carries('deliver.indication', 'fromPort')
        ? undefined
        : text('in this protocol a text does not say from where it comes', '该协议的文字不说明来自何处')),
    play: sender,
  },
  {
    id: 'only-receiver',
    title: text('passes a text to its receiver and nobody else', '文字只交给接收者'),
    points: 3,
    dependsOn: ['send'],
    hint: text(
      'Write to the receiver’s socket, not to all and not to the sender’s.',
      '写入接收者的套接字，而不是所有人或发送者。',
    ),
    lacks: PASSES_TEXTS,
    play: onlyReceiver,
  },
  {
    id: 'unknown-receiver',
    title: text('refuses a text for an unknown number', '拒绝发往未知编号的文字'),
    points: 3,
    dependsOn: ['two-clients'],
    lab: '02-commands',
    hint: text('Look the number up before you use what you found.', '先查表，再使用查到的结果。'),
    lacks: needs('send.request', 'error.response'),
    play: unknownReceiver,
  },
];
