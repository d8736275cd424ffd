/** TCP is a stream of bytes: where it is cut says nothing about packets (RFC 9293, section 3.8.3: PUSH is no record mark). */
import { Buffer } from 'node:buffer';
import { same, text } from '../../../check/index.ts';
import { type Message, operationOf } from '../../../wire/index.ts';
import { isAnswer, type Peer, question } from '../peer.ts';
import { Failure, missing } from '../failure.ts';
import type { Rig } from '../rig.ts';
import type { ServerCheck } from './check.ts';

/** Every position of a short packet; of a long one its edges and some in between. */
const MOST_SPLITS = 40;
const PIPELINED = 100;
const CLIENTS = 12;
const REQUESTS_EACH = 100;
const LATE_BYTES = 300_000;
const MOST_LATE_REQUESTS = 20_000;

const questionNow = (rig: Rig): Message =>
  question(rig.random.pick([...rig.known], rig.plain), rig.nextRequest());

async function singly(rig: Rig): Promise<void> {
  rig.step('client A sends a request, one byte at a time', '客户端 A 逐字节发送一个请求');
  const a = await rig.connect('A');
  const message = rig.plainQuestion();
  const bytes = a.encode(message);
  a.due(message);
  const from = a.messages.length;
  let missed = 0;
  for (const [index, byte] of bytes.entries()) {
    const early = a.messages.slice(from).find(isAnswer);
    if (early !== undefined)
      throw new Failure(
        text(`an answer when all ${bytes.length} bytes have come`, `收齐 ${bytes.length} 字节之后才回答`),
        text(`${early.type} came after ${index} bytes`, `${index} 字节之后就收到 ${early.type}`),
        { is: 'early', sent: index, of: bytes.length },
        a,
      );
    a.write(Buffer.of(byte));
    // The next byte leaves when this one has been read, so that the server meets each by itself.
    if (missed < 3 && !(await rig.untilRead(a))) missed++;
  }
  rig.mustBe(a, await rig.answer(a, message, from), `${rig.plain}.response`);
  await rig.stillServes(a, 'once more', '再次');
}

/** Waits for the answers of all, and holds each against its question. */
async function answers(rig: Rig, peer: Peer, asked: readonly Message[], from: number): Promise<void> {
  const got = (): Message[] => peer.messages.slice(from).filter(isAnswer);
  await rig.wanted(
    peer,
    () => got().length >= asked.length,
    () => ({
      expected: text(`${peer.name} gets ${asked.length} answers`, `${peer.name} 收到 ${asked.length} 个响应`),
      actual: text(`${got().length} came`, `收到 ${got().length} 个`),
      symptom: missing(asked.length, got().length, peer),
    }),
  );
  const came = got();
  const byNumber = new Map(came.map((message) => [message.request, message]));
  asked.forEach((message, index) => {
    const answer = rig.protocol.numbersRequests ? byNumber.get(message.request) : came[index];
    const wanted = `${operationOf(message.type)}.response`;
    if (answer?.type === wanted) return;
    const number = rig.protocol.numbersRequests ? ` #${message.request}` : '';
    throw new Failure(
      same(`${wanted}${number}`),
      same(
        answer === undefined
          ? `— (${came
              .map(({ request }) => request)
              .slice(0, 8)
              .join(', ')} …)`
          : answer.type,
      ),
      { is: 'mixed-up' },
      peer,
    );
  });
  if (came.length > asked.length)
    throw new Failure(same(`${asked.length}`), same(`${came.length}`), { is: 'mixed-up' }, peer);
}

async function together(rig: Rig): Promise<void> {
  const a = await rig.connect('A');
  for (let round = 0; round < 5; round++) {
    const asked = Array.from({ length: 2 + rig.random.below(6) }, () => questionNow(rig));
    if (round === 0)
      rig.step(
        'client A writes several requests at once, five times over',
        '客户端 A 一次写出多个请求，共五轮',
      );
    const from = a.messages.length;
    for (const message of asked) a.due(message);
    a.write(Buffer.concat(asked.map((message) => a.encode(message))));
    await answers(rig, a, asked, from);
  }
}

async function splits(rig: Rig): Promise<void> {
  rig.step(
    'client A writes two requests, cut in two at every position',
    '客户端 A 写出两个请求，在每个位置切开',
  );
  const a = await rig.connect('A');
  // A list request may have a payload: then header and payload come apart, too.
  const second = rig.known.has('list') ? 'list' : rig.plain;
  const length = a.encode(question(rig.plain, 1)).length;
  const all = Array.from(
    { length: length + a.encode(question(second, 1)).length - 1 },
    (_, index) => index + 1,
  );
  const places =
    all.length <= MOST_SPLITS
      ? all
      : all.filter(
          (at) =>
            Math.abs(at - length) < 5 ||
            at < 10 ||
            at > all.length - 5 ||
            rig.random.below(all.length) < MOST_SPLITS / 2,
        );
  for (const place of places) {
    const asked = [rig.plainQuestion(), question(second, rig.nextRequest())];
    const from = a.messages.length;
    for (const message of asked) a.due(message);
    const bytes = Buffer.concat(asked.map((message) => a.encode(message)));
    a.write(bytes.subarray(0, place));
    await rig.untilRead(a);
    a.write(bytes.subarray(place));
    try {
      await answers(rig, a, asked, from);
    } catch (error) {
      if (error instanceof Failure)
        rig.step(
          `the cut was behind byte ${place} of ${bytes.length}`,
          `切口在第 ${place} 字节之后，共 ${bytes.length} 字节`,
        );
      throw error;
    }
  }
}

async function pipelined(rig: Rig): Promise<void> {
  rig.step(
    `client A sends ${PIPELINED} requests without waiting`,
    `客户端 A 不等待响应，连续发送 ${PIPELINED} 个请求`,
  );
  const a = await rig.connect('A');
  const asked = Array.from({ length: PIPELINED }, () => questionNow(rig));
  const from = a.messages.length;
  for (const message of asked) a.say(message);
  await answers(rig, a, asked, from);
}

async function manyClients(rig: Rig): Promise<void> {
  rig.step(
    `${CLIENTS} clients at once, each with ${REQUESTS_EACH} requests, some waiting for each answer and some not`,
    `${CLIENTS} 个客户端同时各发 ${REQUESTS_EACH} 个请求，部分逐个等待，部分不等待`,
  );
  const peers: Peer[] = [];
  for (let index = 1; index <= CLIENTS; index++) peers.push(await rig.connect(`client ${index}`));
  await Promise.all(
    peers.map(async (peer, index) => {
      const asked = Array.from({ length: REQUESTS_EACH }, () => questionNow(rig));
      const from = peer.messages.length;
      if (index % 3 === 0) {
        for (const message of asked) peer.say(message);
      } else {
        const step = index % 3 === 1 ? 1 : 5;
        for (let at = 0; at < asked.length; at += step) {
          for (const message of asked.slice(at, at + step)) peer.say(message);
          const due = from + Math.min(at + step, asked.length);
          await rig.until(
            () => peer.messages.length >= due || peer.endedBy !== undefined || peer.invalid !== undefined,
          );
          if (peer.messages.length < due) break;
        }
      }
      await answers(rig, peer, asked, from);
    }),
  );
}

async function readsLate(rig: Rig): Promise<void> {
  const a = await rig.connect('A');
  const before = a.receivedBytes;
  const what = rig.known.has('name') ? 'name' : rig.plain;
  await rig.ask(a, what);
  const each = Math.max(1, a.receivedBytes - before);
  const count = Math.min(MOST_LATE_REQUESTS, Math.ceil(LATE_BYTES / each));
  rig.step(
    `client A sends ${count} requests and reads nothing until the server’s buffers are full`,
    `客户端 A 发送 ${count} 个请求，在服务器缓冲区填满之前不读取`,
  );
  const from = a.messages.length;
  a.pause();
  const asked = Array.from({ length: count }, () => question(what, rig.nextRequest()));
  for (const message of asked) a.due(message);
  a.write(Buffer.concat(asked.map((message) => a.encode(message))));
  let known = '';
  let still = 0;
  await rig.until(() => {
    const socket = rig.server.socketOf(a.clientPort);
    const now = `${socket?.sendQueueBytes ?? 0} ${socket?.receiveQueueBytes ?? 0} ${a.unsentBytes}`;
    still = now === known ? still + 1 : 0;
    known = now;
    return still > 50;
  });
  rig.step('then A reads', '然后 A 开始读取');
  a.resume();
  await answers(rig, a, asked, from);
}

export const STREAM: readonly ServerCheck[] = [
  {
    id: 'bytes-singly',
    title: text('understands a packet that comes one byte at a time', '能处理逐字节到达的分组'),
    points: 6,
    dependsOn: ['answers'],
    lab: '03-time-100x',
    hint: text(
      'Read on until a whole packet is there; recv may give less than you asked for.',
      '循环读取直到收齐一个分组；recv 可能少给。',
    ),
    play: singly,
  },
  {
    id: 'several-at-once',
    title: text('answers each of several packets in one segment', '一个报文段中的多个分组逐一回答'),
    points: 6,
    dependsOn: ['bytes-singly'],
    lab: '03-time-100x',
    hint: text(
      'What is left behind a packet is the beginning of the next one: keep it.',
      '一个分组之后剩下的字节是下一个分组的开头，要保留。',
    ),
    play: together,
  },
  {
    id: 'split-everywhere',
    title: text('understands packets cut at any position', '在任意位置切开都能处理'),
    points: 5,
    dependsOn: ['several-at-once'],
    lab: '03-time-100x',
    hint: text('Header and payload may each come in parts.', '首部与正文都可能分段到达。'),
    play: splits,
  },
  {
    id: 'pipelined',
    title: text('answers 100 requests that did not wait', '不等待的 100 个请求全部回答'),
    points: 5,
    dependsOn: ['several-at-once'],
    lab: '03-time-100x',
    hint: text(
      'Each answer carries the number of its request, or comes in its order.',
      '响应要带对应的请求号，或保持顺序。',
    ),
    play: pipelined,
  },
  {
    id: 'many-clients',
    title: text('serves many clients at once and mixes nothing up', '同时服务多个客户端且不混淆'),
    points: 8,
    dependsOn: ['pipelined', 'stalls-mid-packet'],
    hint: text(
      'What belongs to one client must not lie in a variable that all share.',
      '属于某个客户端的数据不能放在共享变量里。',
    ),
    play: manyClients,
  },
  {
    id: 'reads-late',
    title: text('loses nothing when the client reads late', '客户端晚读时不丢数据'),
    points: 5,
    dependsOn: ['pipelined'],
    hint: text(
      'send may take less than you gave it: send the rest later.',
      'send 可能只发送一部分：剩余部分要继续发送。',
    ),
    play: readsLate,
  },
];
