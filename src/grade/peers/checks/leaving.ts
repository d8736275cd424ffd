/** Clients that leave in every way, and what must not come of it. */
import type { Buffer } from 'node:buffer';
import { same, text } from '../../../check/index.ts';
import { isAnswer, type Peer } from '../peer.ts';
import { Failure, missing } from '../failure.ts';
import type { Rig } from '../rig.ts';
import { needs, type ServerCheck } from './check.ts';
import { compareList } from './listing.ts';

/** A FIN is answered by a close: the server's socket is in no state that a program still holds. */
async function closes(rig: Rig): Promise<void> {
  rig.step('client A asks and closes (FIN)', '客户端 A 询问后关闭（FIN）');
  const a = await rig.connect('A');
  await rig.hears(a);
  a.finish();
  const state = (): string => rig.server.socketOf(a.clientPort)?.state ?? 'gone';
  await rig.until(() => !HELD.has(state()) || rig.server.end !== undefined);
  if (!HELD.has(state())) return;
  throw new Failure(
    text('the server closes its socket for A, too', '服务器也关闭 A 的套接字'),
    text(`it is still ${state()}`, `状态仍为 ${state()}`),
    { is: 'did-not-close' },
    a,
  );
}

/** States in which a program still holds the socket (RFC 9293, section 3.3.2: CLOSE-WAIT waits for its close). */
const HELD = new Set(['ESTABLISHED', 'CLOSE_WAIT']);

async function fin(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A asks and closes (FIN)', '客户端 A、B 连接；A 询问后关闭（FIN）');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(a);
  a.finish();
  await rig.untilNoticed(a);
  await rig.stillServes(b, 'after A has left', 'A 离开后');
  rig.step('is the server at rest afterwards?', '此后服务器是否空闲？');
  const { rests, usedMs, overMs } = await rig.atRest();
  if (!rests)
    throw new Failure(
      text('the server sleeps until something happens', '服务器在有事件之前休眠'),
      text(
        `it used ${usedMs} ms of processor time in ${overMs} ms in which nothing happened`,
        `在没有任何事件的 ${overMs} 毫秒内用了 ${usedMs} 毫秒处理器时间`,
      ),
      { is: 'spins' },
      a,
    );
}

async function rst(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A leaves by RST', '客户端 A、B 连接；A 以 RST 离开');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(a);
  a.reset();
  await rig.untilNoticed(a);
  await rig.stillServes(b, 'after A was reset', 'A 复位后');
  await rig.stillServes(await rig.connect('C'), 'as a new client', '作为新客户端，');
}

async function unread(rig: Rig): Promise<void> {
  rig.step(
    'the server is held (SIGSTOP); A sends 20 requests and leaves by RST; the server goes on: it writes to a connection that is gone',
    '服务器暂停（SIGSTOP）；A 发送 20 个请求后以 RST 离开；服务器恢复，向已不存在的连接写入',
  );
  const b = await rig.connect('B');
  await rig.hears(b);
  for (let round = 0; round < 2; round++) {
    const a = await rig.connect('A');
    await rig.hears(a);
    await rig.frozen(
      () => {
        for (let i = 0; i < 20; i++) a.say(rig.plainQuestion());
        if (round === 0) a.reset();
        else a.drop();
      },
      () => !['ESTABLISHED'].includes(rig.server.socketOf(a.clientPort)?.state ?? ''),
    );
  }
  // What A left behind is worked off first: whether others are answered meanwhile is what other checks ask.
  await rig.atRest();
  await rig.stillServes(b, 'afterwards', '之后');
  await rig.stillServes(await rig.connect('C'), 'as a new client', '作为新客户端，');
}

async function halfClose(rig: Rig): Promise<void> {
  rig.step(
    'client A sends three requests and its FIN before the server reads',
    '服务器读取之前，客户端 A 已发送三个请求和 FIN',
  );
  const a = await rig.connect('A');
  await rig.hears(a);
  const from = a.messages.length;
  const asked = [1, 2, 3].map(() => rig.plainQuestion());
  await rig.frozen(
    () => {
      for (const message of asked) a.say(message);
      a.finish();
    },
    () => rig.server.socketOf(a.clientPort)?.state === 'CLOSE_WAIT',
  );
  const got = (): number => a.messages.slice(from).filter(isAnswer).length;
  await rig.wanted(
    a,
    () => got() === 3,
    () => ({
      expected: text('three answers: A can still read', '三个响应：A 仍可读取'),
      actual: text(`${got()} came`, `收到 ${got()} 个`),
      symptom: missing(3, got(), a),
    }),
  );
}

const firstPart = (rig: Rig, peer: Peer): Buffer => {
  const bytes = peer.encode(rig.plainQuestion());
  return bytes.subarray(0, 1 + rig.random.below(bytes.length - 1));
};

async function midPacket(rig: Rig): Promise<void> {
  rig.step('client A sends part of a packet and closes', '客户端 A 发送半个分组后关闭');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  a.write(firstPart(rig, a));
  await rig.untilRead(a);
  a.finish();
  await rig.untilNoticed(a);
  await rig.stillServes(b, 'after A has left', 'A 离开后');
}

async function stalled(rig: Rig): Promise<void> {
  rig.step('client A sends part of a packet and then nothing', '客户端 A 发送半个分组后不再发送');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  a.write(firstPart(rig, a));
  await rig.untilRead(a);
  await rig.stillServes(b, 'while A stalls', '在 A 停顿期间，');
  await rig.stillServes(await rig.connect('C'), 'while A stalls', '在 A 停顿期间，');
}

async function comings(rig: Rig): Promise<void> {
  rig.step(
    'eight clients come; five leave: by FIN, RST, in the middle of a packet',
    '八个客户端到来，五个离开：FIN、RST、半个分组',
  );
  const asker = await rig.connect('A');
  const living: Peer[] = [asker];
  const left: Peer[] = [];
  for (let index = 0; index < 8; index++) {
    const peer = await rig.connect(`client ${index + 1}`);
    await rig.hears(peer);
    (index >= 5 ? living : left).push(peer);
    if (index >= 5) continue;
    if (index % 3 === 0) peer.finish();
    else if (index % 3 === 1) peer.reset();
    else {
      peer.write(firstPart(rig, peer));
      peer.finish();
    }
  }
  rig.step('when the server has seen them go, A asks for the list', '服务器得知它们离开之后，A 请求列表');
  for (const peer of left) await rig.untilNoticed(peer);
  if (compareList(await rig.ask(asker, 'list'), living, asker) === undefined) return;
  // It may close first and forget afterwards: then it is done when it sleeps.
  await rig.until(() => false);
  const failure = compareList(await rig.ask(asker, 'list'), living, asker);
  if (failure !== undefined) throw failure;
}

async function descriptors(rig: Rig): Promise<void> {
  const b = await rig.connect('B');
  const oneByOne = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const peer = await rig.connect('A');
      await rig.hears(peer);
      if (index % 3 === 0) peer.reset();
      else {
        if (index % 3 === 1) peer.write(firstPart(rig, peer));
        peer.finish();
        await rig.until(() => peer.endedBy !== undefined);
        peer.drop();
      }
    }
  };
  // What a program opens once, with its first clients, is no leak.
  await oneByOne(3);
  await rig.hears(b);
  const before = rig.server.descriptors();
  rig.step(
    `30 clients come and go, by FIN, RST and in the middle of a packet; the server has ${before} descriptors before`,
    `30 个客户端来了又走（FIN、RST、半个分组）；之前服务器有 ${before} 个描述符`,
  );
  await oneByOne(30);
  const left = (): number => rig.server.descriptors() - before;
  await rig.wanted(
    b,
    () => left() < 10,
    () => ({
      expected: same(`${before}`),
      actual: same(`${before + left()}`),
      symptom: { is: 'descriptors', left: left() },
    }),
  );
}

export const LEAVING: readonly ServerCheck[] = [
  {
    id: 'leaves-fin',
    title: text('goes on when a client has closed', '客户端关闭后继续工作'),
    points: 4,
    dependsOn: ['two-clients'],
    lab: '08-teardown',
    hint: text(
      'recv gives 0: the client has closed. Close too, and stop asking for more.',
      'recv 返回 0 表示对方已关闭：也应关闭，不再读取。',
    ),
    play: fin,
  },
  {
    id: 'leaves-rst',
    title: text('goes on when a client was reset', '客户端复位后继续工作'),
    points: 4,
    dependsOn: ['leaves-fin'],
    lab: '08-teardown',
    hint: text(
      'recv fails with ECONNRESET: an end of this client, not of the server.',
      'recv 以 ECONNRESET 失败：结束的是这个客户端，不是服务器。',
    ),
    play: rst,
  },
  {
    id: 'leaves-unread',
    title: text('goes on when it wrote to a client that is gone', '向已离开的客户端写入后继续工作'),
    points: 4,
    dependsOn: ['leaves-rst'],
    lab: '08-teardown',
    hint: text(
      'Ignore SIGPIPE (or MSG_NOSIGNAL) and look at what send returns.',
      '忽略 SIGPIPE（或用 MSG_NOSIGNAL），并检查 send 的返回值。',
    ),
    play: unread,
  },
  {
    id: 'half-close',
    title: text('answers what was asked before the FIN', 'FIN 之前的请求仍然回答'),
    points: 3,
    dependsOn: ['leaves-fin', 'several-at-once'],
    lab: '08-teardown',
    hint: text(
      'A FIN says that no more comes, not that nobody reads (RFC 9293, section 3.6).',
      'FIN 只表示不再发送，不表示不再接收（RFC 9293 第 3.6 节）。',
    ),
    play: halfClose,
  },
  {
    id: 'leaves-mid-packet',
    title: text('goes on when a client leaves in the middle of a packet', '客户端在分组中途离开后继续工作'),
    points: 3,
    dependsOn: ['leaves-fin', 'stalls-mid-packet'],
    hint: text(
      'An end of the stream inside a packet ends this client only.',
      '分组中途的流结束只结束这个客户端。',
    ),
    play: midPacket,
  },
  {
    id: 'stalls-mid-packet',
    title: text(
      'serves others while a client stalls in the middle of a packet',
      '客户端在分组中途停顿时仍服务他人',
    ),
    points: 4,
    dependsOn: ['two-clients', 'bytes-singly'],
    hint: text(
      'A loop that waits for the rest of one packet must not be the only one.',
      '等待某个分组剩余部分的循环不能阻塞其他客户端。',
    ),
    play: stalled,
  },
  {
    id: 'comings-and-goings',
    title: text('lists the living and no ghosts', '列表中只有在线的客户端'),
    points: 5,
    dependsOn: ['list', 'leaves-rst', 'leaves-mid-packet'],
    hint: text('Whoever leaves, in whatever way, leaves the list.', '无论以何种方式离开，都要从列表中删除。'),
    lacks: needs('list.request', 'list.response'),
    play: comings,
  },
  {
    id: 'closes',
    title: text('closes its end when the client has closed', '客户端关闭后也关闭自己一端'),
    points: 2,
    dependsOn: ['leaves-fin'],
    lab: '08-teardown',
    hint: text(
      'recv gives 0: close(2) what accept(2) gave you.',
      'recv 返回 0：对 accept(2) 得到的套接字调用 close(2)。',
    ),
    play: closes,
  },
  {
    id: 'descriptors',
    title: text('gives its descriptors back', '归还文件描述符'),
    points: 3,
    dependsOn: ['closes', 'leaves-rst', 'leaves-mid-packet'],
    lab: '08-teardown',
    hint: text(
      'Each accept needs a close; look at /proc/PID/fd.',
      '每个 accept 都需要一个 close；查看 /proc/PID/fd。',
    ),
    play: descriptors,
  },
];
