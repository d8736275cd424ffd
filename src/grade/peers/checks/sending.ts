/** A text from one client to another. */
import { same, text } from '../../../check/index.ts';
import type { Message } from '../../../wire/index.ts';
import type { Peer } from '../peer.ts';
import { Failure, missing } from '../failure.ts';
import type { Rig } from '../rig.ts';
import { needs, type ServerCheck } from './check.ts';
import { swapped } from './listing.ts';

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

export const SENDING: readonly ServerCheck[] = [
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
