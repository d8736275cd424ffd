/** Who is there, as the list says it. */
import { same, text } from '../../../check/index.ts';
import { type Message, requestNumber } from '../../../wire/index.ts';
import type { Peer } from '../peer.ts';
import { Failure } from '../failure.ts';
import type { Rig } from '../rig.ts';
import { needs, type ServerCheck } from './check.ts';

/** `ip:port` of every entry, sorted. */
const places = (message: Message): string[] =>
  message.type === 'list.response'
    ? message.clients.map(({ address, port }) => `${address}:${port}`).sort()
    : [];

/** A port whose two bytes changed places. */
export const swapped = (port: number): number => ((port & 0xff) << 8) | (port >> 8);

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

export const LISTING: readonly ServerCheck[] = [
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
];
