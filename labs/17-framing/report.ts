import {
  code,
  type Evidence,
  ladderSection,
  type Language,
  paragraphs,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { GREETS, NAMES } from './names.ts';
import {
  answersLeft,
  caseViews,
  type CaseView,
  greetingViews,
  type GreetingView,
  naiveCount,
  type Read,
} from './views.ts';

const NAIVE: Record<Read['naive'], Text> = {
  packet: text('one packet', '一个分组'),
  joined: text('one packet, the rest dropped', '一个分组，其余丢弃'),
  part: text('part of a packet', '分组的一部分'),
  invalid: text('no packet', '不是分组'),
};

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const greeted = greetingViews(evidence);
  const drawings = new Map<string, string>();
  const name = ({ protocol, way }: CaseView): string =>
    `${protocol}${say(', ', '，')}${NAMES[way][language]}`;
  const lines = views.map((view) =>
    say(
      `- **${name(view)}:** writes: ${view.writes}, reads: ${view.reads.length}; packets understood when a read is taken for a packet: ${naiveCount(view)}, with framing: ${view.framed}.`,
      `- **${name(view)}：** 写入 ${view.writes} 次，读取 ${view.reads.length} 次；把读取当作分组：理解 ${naiveCount(view)} 个；按成帧：${view.framed} 个。`,
    ),
  );
  const head = say(
    'case|writes|reads|bytes of each read|taken for packets they are',
    '情形|写入次数|读取次数|各次读取的字节|当作分组时',
  ).split('|');
  const rows = views.map((view) => {
    const kinds = (Object.keys(NAIVE) as Read['naive'][]).flatMap((kind) => {
      const count = view.reads.filter(({ naive }) => naive === kind).length;
      return count === 0 ? [] : [`${count} × ${NAIVE[kind][language]}`];
    });
    return [
      name(view),
      String(view.writes),
      String(view.reads.length),
      view.reads.map(({ bytes }) => bytes).join(say(', ', '、')),
      kinds.join(say('; ', '；')),
    ];
  });
  return {
    summary: paragraphs(
      say('**Is what one send sent what one read gets?**', '**一次发送的内容就是一次读取得到的内容吗？**'),
      lines.join('\n'),
    ),
    data: paragraphs(
      say('### 5.1 The reads of the server’s program', '### 5.1 服务器程序的各次读取'),
      table(head, rows, [1, 2]),
      say('### 5.2 A greeting and the time (struct264)', '### 5.2 问候语与时间（struct264）'),
      greetings(greeted, language),
      say('### 5.3 As ladders', '### 5.3 时序图'),
      ...views
        .filter(({ protocol }) => protocol === 'clp')
        .map((view) =>
          ladderSection(view.client, name(view), language, drawings, {
            ...{ file: `ladder-${view.way}.svg`, other: view.server },
          }),
        ),
      ...greeted.map((view) =>
        ladderSection(view.client, GREETS[view.way][language], language, drawings, {
          ...{ file: `ladder-${view.way.replace(' ', '-')}.svg`, other: view.server },
        }),
      ),
    ),
    analysis: analysis(views, greeted)
      .map((part) => part[language])
      .join('\n\n'),
    drawings,
  };
}

/** The reads of the client's program, with their first bytes: a type is a small number in eight bytes. */
function greetings(views: readonly GreetingView[], language: Language): string {
  const head = (
    language === 'en'
      ? 'case|read|bytes|begins with (client.pcap)'
      : '情形|第几次读取|字节|开头的字节（client.pcap）'
  ).split('|');
  const rows = views.flatMap((view) =>
    view.reads.map(({ bytes, text: words }, index) => [
      GREETS[view.way][language],
      String(index + 1),
      String(bytes),
      code(JSON.stringify(words.slice(0, Math.max(view.greetingBytes + 12, 20)))),
    ]),
  );
  return table(head, rows, [1, 2]);
}

function analysis(views: readonly CaseView[], greeted: readonly GreetingView[]): Text[] {
  const parts: Text[] = [];
  const [joined, split] = (['joined', 'split'] as const).map((way) =>
    views.filter((view) => view.way === way),
  );
  const merged = (joined ?? []).filter((view) => view.reads.length < view.writes);
  const sizes = (view: CaseView): string => view.reads.map(({ bytes }) => bytes).join(' + ');
  if (merged.length > 0) {
    const told = merged.map((view) =>
      text(
        `under ${view.protocol} ${view.writes} writes came as ${count(view.reads.length, 'read')} (${sizes(view)} bytes), of which a program that takes a read for a packet understands ${naiveCount(view)} of ${view.writes} packets`,
        `${view.protocol} 的 ${view.writes} 次写入成为 ${view.reads.length} 次读取（${sizes(view)} 字节），把读取当作分组的程序在 ${view.writes} 个分组中理解 ${naiveCount(view)} 个`,
      ),
    );
    parts.push(
      text(
        `**Joined.** The first segment was lost; what came behind it could not be given to the program before it, since TCP delivers in order (RFC 9293, section 2.2), and when it was sent again everything that had gathered was there at once: ${told.map(({ en }) => en).join('; ')}.`,
        `**合并。** 第一个报文段丢失；TCP 按序交付（RFC 9293 第 2.2 节），其后的数据在它之前不能交给程序，重传之后积累的数据一次全部到达：${told.map(({ zh }) => zh).join('；')}。`,
      ),
    );
  }
  const cut = (split ?? []).filter(({ reads }) => reads[0]?.naive === 'part');
  if (cut.length > 0) {
    const told = cut.map((view) => {
      const wrong = view.reads.filter(({ naive }) => naive === 'invalid').length;
      const behind = view.reads.length - 1;
      return text(
        `under ${view.protocol} the first read had ${view.reads[0]?.bytes ?? 0} bytes; of ${count(behind, 'read')} behind it ${wrong} ${wrong === 1 ? 'is' : 'are'} recognised as no packet, and ${naiveCount(view)} of ${view.writes} packets are understood`,
        `${view.protocol} 的第一次读取为 ${view.reads[0]?.bytes ?? 0} 字节；其后的 ${behind} 次读取中 ${wrong} 次可认出不是分组，${view.writes} 个分组中理解 ${naiveCount(view)} 个`,
      );
    });
    parts.push(
      text(
        `**Split.** The first read brought the beginning of a packet. A program that takes it for a packet misreads it, and the next read begins in the middle of that packet: ${told.map(({ en }) => en).join('; ')}.`,
        `**拆分。** 第一次读取只得到一个分组的开头。把它当作分组的程序就会误读，而下一次读取从该分组的中间开始：${told.map(({ zh }) => zh).join('；')}。`,
      ),
    );
  }
  const [apart, together] = (['greeting apart', 'greeting joined'] as const).map((way) =>
    greeted.find((view) => view.way === way),
  );
  if (apart !== undefined && together !== undefined && answersLeft(together) === 0) {
    const bytes = (view: GreetingView): string => view.reads.map((read) => read.bytes).join(' + ');
    parts.push(
      text(
        `**The greeting of struct264.** ${apart.greetingBytes} bytes of greeting and ${apart.answerBytes} bytes of an answer left the server on both connections. Apart, the client read ${bytes(apart)} bytes: its first read was the greeting. Joined it read ${bytes(together)}: a client that takes its first read for the greeting has swallowed the answer and waits for ever; one that cuts ${together.answerBytes} bytes has ${together.answerBytes - together.greetingBytes} bytes of the answer in its first packet, whose type is letters of the greeting. No size or length says where the greeting ends, so only a guess is left: to look for eight bytes that could be a type.`,
        `**struct264 的问候语。** 两条连接上服务器都发出 ${apart.greetingBytes} 字节的问候语和 ${apart.answerBytes} 字节的应答。分开时客户端读到 ${bytes(apart)} 字节：第一次读取就是问候语。合并时读到 ${bytes(together)} 字节：把第一次读取当作问候语的客户端吞掉了应答，会一直等下去；按 ${together.answerBytes} 字节切分的客户端，第一个分组中有应答的 ${together.answerBytes - together.greetingBytes} 字节，而其类型却是问候语的字母。没有大小或长度说明问候语在哪里结束，只能猜测：寻找可能是类型的八个字节。`,
      ),
    );
  }
  const sum = (of: (view: CaseView) => number): number => views.reduce((total, view) => total + of(view), 0);
  const [clp, struct] = (['clp', 'struct264'] as const).map((protocol) =>
    views.find((view) => view.protocol === protocol && view.way === 'apart'),
  );
  if (clp !== undefined && struct !== undefined)
    parts.push(
      text(
        `**What follows.** TCP carries a stream of bytes and keeps no boundaries of writes in it (RFC 9293, section 3.7), so a protocol must say itself where a packet ends: by a length (clp), by a size that all packets have (struct264), or by a terminator. In all ${views.length} cases together, cutting by the framing found ${sum(({ framed }) => framed)} of ${sum(({ writes }) => writes)} packets; taking each read for one found ${sum(naiveCount)}. The same ${clp.writes} texts were ${clp.written} bytes under clp and ${struct.written} under struct264, which pads each.`,
        `**结论。** TCP 传送字节流，不保留写操作的边界（RFC 9293 第 3.7 节），因此协议必须自己说明分组在哪里结束：用长度（clp）、用所有分组共同的大小（struct264），或用终止符。全部 ${views.length} 种情形合计，按成帧切分在 ${sum(({ writes }) => writes)} 个分组中找到 ${sum(({ framed }) => framed)} 个；把每次读取当作一个分组只找到 ${sum(naiveCount)} 个。同样的 ${clp.writes} 段文本在 clp 中为 ${clp.written} 字节，在 struct264 中因填充而为 ${struct.written} 字节。`,
      ),
    );
  return parts;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
