/** What a client may ask, each by itself; and that one client does not wait for another. */
import { hostname } from 'node:os';
import { same, text } from '../../../check/index.ts';
import type { Protocol } from '../../../wire/index.ts';
import { type Peer, type Question, QUESTIONS } from '../peer.ts';
import { Failure } from '../failure.ts';
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

export const ASKING: readonly ServerCheck[] = [
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
];
