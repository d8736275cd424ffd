/** Texts of every length, bytes that are no packet, and a receiver that does not read. Only who does it may suffer. */
import { Buffer } from 'node:buffer';
import { KitError } from '../../../bytes/index.ts';
import { text } from '../../../check/index.ts';
import { annotate } from '../../../wire/index.ts';
import type { Peer } from '../peer.ts';
import { sleep } from '../patience.ts';
import type { Rig } from '../rig.ts';
import type { ServerCheck } from './check.ts';
import { PASSES_TEXTS, sendText } from './sending.ts';

/** The longest text that the description lets into a packet, found by asking the encoder. */
async function longestText(rig: Rig, sender: Peer, receiver: Peer): Promise<string> {
  const fits = async (bytes: number): Promise<boolean> => {
    try {
      sender.encode(await rig.textFor(receiver, 'x'.repeat(bytes), sender));
      return true;
    } catch (error) {
      if (error instanceof KitError && error.fault === 'usage') return false;
      throw error;
    }
  };
  let [most, tooMany] = [1, 65_536];
  while (most + 1 < tooMany) {
    const middle = (most + tooMany) >> 1;
    if (await fits(middle)) most = middle;
    else tooMany = middle;
  }
  // Characters of three bytes, so that bytes and characters differ.
  return '文'.repeat(Math.floor(most / 3)) + 'x'.repeat(most % 3);
}

async function longest(rig: Rig): Promise<void> {
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  const body = await longestText(rig, a, b);
  rig.step(
    `client A sends B the longest text: ${Buffer.byteLength(body)} bytes of UTF-8`,
    `客户端 A 向 B 发送最长的文字：${Buffer.byteLength(body)} 字节 UTF-8`,
  );
  await sendText(rig, a, b, body);
  await sendText(rig, b, a, body);
}

/** A packet that claims to be longer than any may be, with bytes to fit; or, without lengths, bytes without an end. */
function oversized(rig: Rig, peer: Peer): Buffer {
  const { framing } = rig.protocol.description;
  const filler = Buffer.alloc(70_000, 'A');
  const packet = peer.encode(rig.plainQuestion());
  if (framing.by !== 'length') return filler;
  const span = annotate(rig.protocol, 'client', packet).spans.find(({ path }) => path === framing.field);
  if (span === undefined) throw new KitError('internal', `no header field ${framing.field}`);
  // A large number whatever the width, the sign and the byte order.
  packet.fill(0x7f, span.offset, span.offset + span.length);
  return Buffer.concat([packet, filler]);
}

async function tooLong(rig: Rig): Promise<void> {
  rig.step(
    'client A sends 70,000 bytes that claim to be one packet',
    '客户端 A 发送 70000 字节，声称是一个分组',
  );
  const a = await rig.connect('A');
  const b = await rig.connect('B');
  await rig.hears(b);
  a.write(oversized(rig, a));
  await rig.untilRead(a, 300);
  await rig.stillServes(b, 'afterwards', '之后');
  a.reset();
  await rig.stillServes(await rig.connect('C'), 'as a new client', '作为新客户端，');
}

async function garbage(rig: Rig): Promise<void> {
  rig.step('client A sends bytes that are no packet, in three ways', '客户端 A 以三种方式发送不是分组的字节');
  const b = await rig.connect('B');
  await rig.hears(b);
  const kinds = [
    rig.random.bytes(600),
    Buffer.from('GET / HTTP/1.1\r\nHost: chat\r\n\r\n'.repeat(20)),
    Buffer.alloc(600),
  ];
  for (const bytes of kinds) {
    const a = await rig.connect('A');
    a.write(bytes);
    await rig.untilRead(a, 200);
    await rig.stillServes(b, 'afterwards', '之后');
    a.reset();
  }
  await rig.stillServes(await rig.connect('C'), 'as a new client', '作为新客户端，');
}

/** More than the buffers of both ends hold; where a machine has larger ones the check says that it could not fill them. */
const FILL_BYTES = 6_000_000;

async function slowReader(rig: Rig): Promise<void> {
  const a = await rig.connect('A');
  const slow = await rig.connect('B');
  const c = await rig.connect('C');
  for (const peer of [slow, c]) await rig.hears(peer);
  const body = await longestText(rig, a, slow);
  const message = await rig.textFor(slow, body, a);
  rig.step(
    'client B stops reading; A sends it texts until nothing moves',
    '客户端 B 停止读取；A 不断向它发送文字，直到不再前进',
  );
  slow.pause();
  const packet = a.encode(message);
  let written = 0;
  let known = '';
  let still = 0;
  const settled = await rig.until(() => {
    const to = rig.server.socketOf(slow.clientPort);
    const from = rig.server.socketOf(a.clientPort);
    if (to === undefined || from === undefined || a.endedBy !== undefined) return true;
    while (a.unsentBytes < 65_536 && written < FILL_BYTES) {
      a.write(packet);
      written += packet.length;
    }
    const now = `${to.sendQueueBytes} ${from.receiveQueueBytes} ${a.unsentBytes} ${written}`;
    still = now === known ? still + 1 : 0;
    known = now;
    return still > 60;
  });
  if (!settled) await sleep(0);
  const queue = rig.server.socketOf(slow.clientPort)?.sendQueueBytes ?? 0;
  rig.step(
    `${written} bytes were sent; ${queue} wait in the server’s socket for B`,
    `共发送 ${written} 字节；服务器发往 B 的套接字中积压 ${queue} 字节`,
  );
  await rig.stillServes(c, 'meanwhile', '此时');
  await rig.stillServes(await rig.connect('D'), 'as a new client', '作为新客户端，');
}

export const HOSTILE: readonly ServerCheck[] = [
  {
    id: 'longest-text',
    title: text('passes the longest text on unharmed', '最长的文字完整送达'),
    points: 3,
    dependsOn: ['send', 'split-everywhere'],
    hint: text(
      'Buffers must hold the longest packet, header included.',
      '缓冲区要能放下最长的分组（含首部）。',
    ),
    lacks: PASSES_TEXTS,
    play: longest,
  },
  {
    id: 'too-long',
    title: text('survives a packet that is too long', '经受住过长的分组'),
    points: 4,
    dependsOn: ['garbage'],
    hint: text('Check the length before you read into a buffer.', '在读入缓冲区之前检查长度。'),
    play: tooLong,
  },
  {
    id: 'garbage',
    title: text('survives bytes that are no packet', '经受住不是分组的字节'),
    points: 4,
    dependsOn: ['leaves-rst', 'stalls-mid-packet'],
    hint: text('Close that client; do not end the program.', '关闭该客户端，而不是结束程序。'),
    play: garbage,
  },
  {
    id: 'slow-reader',
    title: text('a receiver that does not read holds up nobody else', '不读取的接收者不拖累他人'),
    points: 5,
    dependsOn: ['send', 'several-at-once', 'stalls-mid-packet'],
    hint: text(
      'Never hold a lock across send; or send without blocking and keep the rest.',
      '不要在持锁时调用 send；或用非阻塞 send 并保留剩余数据。',
    ),
    lacks: PASSES_TEXTS,
    play: slowReader,
  },
];
