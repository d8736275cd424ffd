/** Clients that leave in every way, and what must not come of it. */
import type { Buffer } from 'node:buffer';
import { same, text } from '../../../check/index.ts';
import { type Peer, question } from '../peer.ts';
import { Failure, type Rig, sleep } from '../rig.ts';
import type { ServerCheck } from './check.ts';
import { compareList } from './operations.ts';

/** The server's socket for that client is closed: not CLOSE_WAIT, not anything else that a program still holds. */
async function untilClosed(rig: Rig, left: Peer): Promise<void> {
  await rig.wanted(
    await rig.connect('witness'),
    () => !['ESTABLISHED', 'CLOSE_WAIT'].includes(rig.server.socketOf(left.clientPort)?.state ?? ''),
    () => ({
      expected: text(`the server closes its socket for ${left.name}`, `服务器关闭 ${left.name} 的套接字`),
      actual: text(
        `it is still ${rig.server.socketOf(left.clientPort)?.state ?? ''}`,
        `状态仍为 ${rig.server.socketOf(left.clientPort)?.state ?? ''}`,
      ),
      symptom: { is: 'did-not-close' },
    }),
  );
}

async function fin(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A asks and closes (FIN)', '客户端 A、B 连接；A 询问后关闭（FIN）');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.ask(a, 'time');
  a.finish();
  await rig.untilNoticed(a);
  await rig.stillServes(b, 'after A has left', 'A 离开后');
  rig.step('is the server at rest afterwards?', '此后服务器是否空闲？');
  let busy = 0;
  for (let look = 0; look < 40; look++) {
    await sleep(5);
    if (rig.server.busy()) busy++;
  }
  // A thread that is woken now and then is not busy at nearly every look.
  if (busy > 35)
    throw new Failure(
      text('the server sleeps until something happens', '服务器在有事件之前休眠'),
      text(`it was running at ${busy} of 40 looks`, `40 次观察中有 ${busy} 次在运行`),
      { is: 'spins' },
      a,
    );
}

async function rst(rig: Rig): Promise<void> {
  rig.step('clients A and B connect; A leaves by RST', '客户端 A、B 连接；A 以 RST 离开');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.ask(a, 'time');
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
  await rig.ask(b, 'time');
  for (let round = 0; round < 2; round++) {
    const a = await rig.connect('A');
    await rig.ask(a, 'time');
    await rig.frozen(
      () => {
        for (let i = 0; i < 20; i++) a.say(question('time', rig.nextRequest()));
        if (round === 0) a.reset();
        else a.drop();
      },
      () => !['ESTABLISHED'].includes(rig.server.socketOf(a.clientPort)?.state ?? ''),
    );
  }
  await rig.stillServes(b, 'afterwards', '之后');
  await rig.stillServes(await rig.connect('C'), 'as a new client', '作为新客户端，');
}

async function halfClose(rig: Rig): Promise<void> {
  rig.step(
    'client A sends three requests and its FIN before the server reads',
    '服务器读取之前，客户端 A 已发送三个请求和 FIN',
  );
  const a = await rig.connect('A');
  await rig.ask(a, 'time');
  const from = a.messages.length;
  const asked = [1, 2, 3].map(() => question('time', rig.nextRequest()));
  await rig.frozen(
    () => {
      for (const message of asked) a.say(message);
      a.finish();
    },
    () => rig.server.socketOf(a.clientPort)?.state === 'CLOSE_WAIT',
  );
  const got = (): number => a.messages.slice(from).filter(({ type }) => type === 'time.response').length;
  await rig.wanted(
    a,
    () => got() === 3,
    () => ({
      expected: text('three answers: A can still read', '三个响应：A 仍可读取'),
      actual: text(`${got()} came`, `收到 ${got()} 个`),
      symptom: { is: 'no-answer', wanted: 3, got: got() },
    }),
  );
  await untilClosed(rig, a);
}

const firstPart = (rig: Rig, peer: Peer): Buffer => {
  const bytes = peer.encode(question('time', rig.nextRequest()));
  return bytes.subarray(0, 1 + rig.random.below(bytes.length - 1));
};

async function midPacket(rig: Rig): Promise<void> {
  rig.step('client A sends part of a packet and closes', '客户端 A 发送半个分组后关闭');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.ask(b, 'time');
  a.write(firstPart(rig, a));
  await rig.untilRead(a);
  a.finish();
  await rig.untilNoticed(a);
  await rig.stillServes(b, 'after A has left', 'A 离开后');
  await untilClosed(rig, a);
}

async function stalled(rig: Rig): Promise<void> {
  rig.step('client A sends part of a packet and then nothing', '客户端 A 发送半个分组后不再发送');
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.ask(b, 'time');
  a.write(firstPart(rig, a));
  await rig.untilRead(a);
  await rig.stillServes(b, 'while A stalls', '在 A 停顿期间，');
  await rig.stillServes(await rig.connect('C'), 'while A stalls', '在 A 停顿期间，');
}

async function comings(rig: Rig): Promise<void> {
  rig.needs('list.request', 'list.response');
  rig.step(
    'eight clients come; five leave: by FIN, RST, in the middle of a packet',
    '八个客户端到来，五个离开：FIN、RST、半个分组',
  );
  const asker = await rig.connect('A');
  const living: Peer[] = [asker];
  for (let index = 0; index < 8; index++) {
    const peer = await rig.connect(`client ${index + 1}`);
    await rig.ask(peer, 'time');
    if (index >= 5) living.push(peer);
    else if (index % 3 === 0) peer.finish();
    else if (index % 3 === 1) peer.reset();
    else {
      peer.write(firstPart(rig, peer));
      peer.finish();
    }
  }
  rig.step('A asks for the list until it is right', 'A 反复请求列表直到正确');
  // The server may still be about it when the first list is asked for: it has as long as a sleeping server has.
  let failure: Failure | undefined;
  for (let look = 0; look < 25; look++) {
    failure = compareList(await rig.ask(asker, 'list'), living, asker);
    if (failure === undefined) return;
    await sleep(40);
  }
  if (failure !== undefined) throw failure;
}

async function descriptors(rig: Rig): Promise<void> {
  const b = await rig.connect('B');
  const oneByOne = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const peer = await rig.connect('A');
      await rig.ask(peer, 'time');
      peer.finish();
      await rig.until(() => peer.endedBy !== undefined);
      peer.drop();
    }
  };
  // What a program opens once, with its first clients, is no leak.
  await oneByOne(3);
  await rig.ask(b, 'time');
  const before = rig.server.descriptors();
  rig.step(
    `30 clients come and go; the server has ${before} descriptors before`,
    `30 个客户端来了又走；之前服务器有 ${before} 个描述符`,
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
    play: comings,
  },
  {
    id: 'descriptors',
    title: text('gives its descriptors back', '归还文件描述符'),
    points: 4,
    dependsOn: ['leaves-fin'],
    lab: '08-teardown',
    hint: text(
      'Each accept needs a close; look at /proc/PID/fd.',
      '每个 accept 都需要一个 close；查看 /proc/PID/fd。',
    ),
    play: descriptors,
  },
];
