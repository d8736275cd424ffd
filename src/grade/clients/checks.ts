/** The checks of a client, each behind those that it depends on. */
import { type Text, text } from '../../check/index.ts';
import type { Conduct } from './conduct.ts';
import type { MessageType, Protocol } from '../../wire/index.ts';
import { ending, type Lesson, Missed, NotHere } from './lesson.ts';
import type { Asking, ClientScript } from './script.ts';

interface Given {
  readonly protocol: Protocol;
  readonly script: ClientScript;
}

export interface ClientCheck {
  readonly id: string;
  readonly title: Text;
  readonly points: number;
  readonly dependsOn: readonly string[];
  readonly conduct: Conduct;
  readonly hint: Text;
  readonly lab?: string;
  /** What protocol or script lack for it. Asked before anything else is: it costs no points, whatever else fails. */
  readonly lacks?: (given: Given) => Text | undefined;
  readonly play: (lesson: Lesson) => Promise<void>;
}

async function asks(lesson: Lesson): Promise<void> {
  await lesson.connected();
  for (const what of lesson.questions) await lesson.ask(what);
}

const noPart = ({ script }: Given, name: keyof ClientScript): Text | undefined =>
  script[name] === undefined ? text(`the script has no part ${name}`, `脚本中没有 ${name} 部分`) : undefined;

const noPacket = ({ protocol }: Given, type: MessageType): Text | undefined =>
  protocol.can(type) ? undefined : text(`the protocol has no ${type}`, `协议中没有 ${type}`);

const noIndication = (given: Given): Text | undefined => noPacket(given, 'deliver.indication');

const question = (what: Asking, title: Text): ClientCheck => ({
  id: what,
  title,
  points: 2,
  dependsOn: ['connects'],
  conduct: 'plain',
  hint: text(
    'send the request, read a whole packet, convert its numbers from network byte order, show what it says',
    '发送请求，读完整个分组，把数字从网络字节序转换过来，再显示内容',
  ),
  lab: '02-commands',
  lacks: (given) => noPart(given, what) ?? noPacket(given, `${what}.request`),
  play: async (lesson) => {
    await lesson.connected();
    await lesson.ask(what);
  },
});

async function quits(lesson: Lesson): Promise<void> {
  await lesson.connected();
  await leaves(lesson);
}

/** Tells it to end, and waits for exit code 0. */
export async function leaves(lesson: Lesson): Promise<void> {
  const { pupil, script } = lesson.parts;
  await lesson.play('quit');
  if (script.quit === undefined) {
    lesson.step('its standard input ends', '标准输入结束');
    pupil.endOfInput();
  }
  await lesson.until(() => pupil.end !== undefined);
  const { end } = pupil;
  const expected = text('it ends with exit code 0', '以退出码 0 结束');
  if (end === undefined)
    throw new Missed(expected, text('it goes on', '它仍在运行'), {
      is: 'did-not-end',
      busy: pupil.busy(),
      unread: pupil.unread(),
    });
  if (end.code !== 0) throw new Missed(expected, ending(end), { is: 'ended', ...end });
}

async function unasked(lesson: Lesson): Promise<void> {
  lesson.step(
    'the server sends a text from another client before each answer',
    '服务器在每个响应之前先发送另一个客户端的文字',
  );
  await asks(lesson);
}

async function swapped(lesson: Lesson): Promise<void> {
  lesson.step(
    'two questions; the server answers the second before the first',
    '两个请求；服务器先回答第二个',
  );
  await lesson.connected();
  await lesson.play('both');
  if (!lesson.parts.log.swapped)
    throw new NotHere(
      text(
        'it asks the second question only when the first is answered: nothing to swap',
        '它得到第一个响应之后才发第二个请求：无从交换次序',
      ),
    );
}

async function spoilt(lesson: Lesson, en: string, zh: string): Promise<void> {
  await lesson.connected();
  lesson.step(en, zh);
  lesson.parts.pupil.mark();
  lesson.typeOnly('time');
  await lesson.givesUp();
}

async function gone(lesson: Lesson): Promise<void> {
  await asks(lesson);
  lesson.step('the server closes the connection (FIN)', '服务器关闭连接（FIN）');
  const { hangUp, pupil, log } = lesson.parts;
  // One that listens all the time may say so at once.
  pupil.mark();
  hangUp();
  // Before anything is typed the FIN must be there and our socket gone: otherwise the question is still taken.
  await lesson.until(() => log.closed && !pupil.connected());
  if (pupil.end === undefined && (!log.closed || pupil.connected()))
    throw new Error('our FIN has not reached the client');
  lesson.typeOnly('time');
  await lesson.givesUp();
}

export const CLIENT_CHECKS: readonly ClientCheck[] = [
  {
    id: 'connects',
    title: text('It connects and shows its menu', '建立连接并显示菜单'),
    points: 1,
    dependsOn: [],
    conduct: 'plain',
    hint: text(
      'socket and connect to the host and port that it was given; flush what is printed',
      '用给定的主机和端口 socket、connect；输出后刷新缓冲区',
    ),
    lab: '01-connect',
    play: (lesson) => lesson.connected(),
  },
  question('time', text('It shows the server’s time', '显示服务器的时间')),
  question('name', text('It shows the server’s name', '显示服务器的主机名')),
  question('list', text('It shows the list of clients', '显示客户端列表')),
  {
    id: 'quits',
    title: text('It ends when told to', '按要求退出'),
    points: 1,
    dependsOn: ['connects'],
    conduct: 'plain',
    hint: text('close the socket and return 0 from main', '关闭套接字，main 返回 0'),
    lab: '08-teardown',
    play: quits,
  },
  {
    id: 'bytes-singly',
    title: text('Answers that come one byte at a time', '逐字节到达的响应'),
    points: 2,
    dependsOn: ['time'],
    conduct: 'bytes-singly',
    hint: text(
      'TCP is a byte stream (RFC 9293, section 2.2): one recv is no packet; read on until the length is there',
      'TCP 是字节流（RFC 9293 第 2.2 节）：一次 recv 不等于一个分组；要读够长度',
    ),
    lab: '17-framing',
    play: async (lesson) => {
      lesson.step('the server sends every byte by itself', '服务器逐字节发送');
      await asks(lesson);
    },
  },
  {
    id: 'slow-answer',
    title: text('An answer that comes late', '迟到的响应'),
    points: 1,
    dependsOn: ['time'],
    conduct: 'slow',
    hint: text(
      'wait for the answer; a late one is no lost one on TCP',
      '等待响应；在 TCP 上，迟到不等于丢失',
    ),
    play: async (lesson) => {
      lesson.step('the server answers after 2.5 seconds', '服务器 2.5 秒之后才回答');
      await asks(lesson);
    },
  },
  {
    id: 'indication',
    title: text('A text that nobody asked for, before the answer', '响应之前有未请求的文字'),
    points: 2,
    dependsOn: ['time'],
    conduct: 'indication',
    hint: text(
      'look at kind and request number of each packet, and read on until the answer is there',
      '查看每个分组的类型和请求号，继续读取直到响应到达',
    ),
    lacks: noIndication,
    play: unasked,
  },
  {
    id: 'joined',
    title: text('Two packets in one segment', '一个报文段中有两个分组'),
    points: 2,
    dependsOn: ['indication'],
    conduct: 'joined',
    hint: text(
      'what lies behind a packet in the buffer is the beginning of the next one: keep it',
      '缓冲区中一个分组之后的字节是下一个分组的开头：要保留',
    ),
    lab: '17-framing',
    lacks: noIndication,
    play: async (lesson) => {
      lesson.step('both leave in one write', '二者在一次 write 中发出');
      await unasked(lesson);
    },
  },
  {
    id: 'swapped',
    title: text('Two answers in the other order', '两个响应次序颠倒'),
    points: 2,
    dependsOn: ['time', 'name'],
    conduct: 'swapped',
    hint: text(
      'match answers to questions by request number, not by order',
      '按请求号而不是按次序把响应与请求对应起来',
    ),
    lacks: (given) =>
      noPart(given, 'both') ??
      (given.protocol.numbersRequests
        ? undefined
        : text(
            'the protocol has no request numbers: its answers come in order',
            '协议没有请求号：响应按次序到达',
          )),
    play: swapped,
  },
  {
    id: 'garbage',
    title: text('Bytes that are no packet', '不是分组的字节'),
    points: 2,
    dependsOn: ['time'],
    conduct: 'garbage',
    hint: text(
      'check every field of the header before using it, the length above all; then say so and close',
      '使用首部之前检查每个字段，尤其是长度；出错则说明并关闭',
    ),
    play: (lesson) =>
      spoilt(
        lesson,
        'the server answers with 512 random bytes and keeps the connection',
        '服务器回答 512 个随机字节，连接保持',
      ),
  },
  {
    id: 'cut',
    title: text('The server closes in the middle of a packet', '服务器在分组中间关闭'),
    points: 2,
    dependsOn: ['time'],
    conduct: 'cut',
    hint: text(
      'recv answers 0 at the end of the stream, again and again: leave the reading loop and say so',
      '流结束后 recv 每次都返回 0：退出读循环并说明',
    ),
    lab: '08-teardown',
    play: (lesson) =>
      spoilt(
        lesson,
        'the server sends a part of the answer and closes (FIN)',
        '服务器只发送响应的一部分就关闭（FIN）',
      ),
  },
  {
    id: 'server-gone',
    title: text('The server closes while the client waits at its menu', '客户端停在菜单时服务器关闭'),
    points: 2,
    dependsOn: ['time'],
    conduct: 'plain',
    hint: text(
      'ignore SIGPIPE (or MSG_NOSIGNAL), look at what send and recv return, and say that the server is gone',
      '忽略 SIGPIPE（或用 MSG_NOSIGNAL），检查 send、recv 的返回值，说明服务器已离开',
    ),
    lab: '08-teardown',
    play: gone,
  },
];

/** The check and all that it depends on, however far. */
export function clientFoundations(id: string): Set<string> {
  const found = new Set([id]);
  for (const one of found)
    for (const below of CLIENT_CHECKS.find((check) => check.id === one)?.dependsOn ?? []) found.add(below);
  return found;
}
