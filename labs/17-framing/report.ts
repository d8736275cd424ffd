import {
  type Evidence,
  ladderSection,
  type Language,
  paragraphs,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { type Way } from './scenario.ts';
import { caseViews, type CaseView, naiveCount, type Read } from './views.ts';

const NAMES: Record<Way, Text> = {
  apart: text('apart (control)', '分开（对照）'),
  joined: text('joined on the way', '途中合并'),
  split: text('split on the way', '途中拆分'),
};
const NAIVE: Record<Read['naive'], Text> = {
  packet: text('one packet', '一个分组'),
  joined: text('one packet, the rest dropped', '一个分组，其余丢弃'),
  part: text('part of a packet', '分组的一部分'),
  invalid: text('no packet', '不是分组'),
};

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const name = ({ protocol, way }: CaseView): string =>
    `${protocol}${say(', ', '，')}${NAMES[way][language]}`;
  const lines = views.map((view) =>
    say(
      `- **${name(view)}:** ${view.writes} writes, ${view.reads.length} reads; a read taken for a packet: ${naiveCount(view)} understood; with framing: ${view.framed}.`,
      `- **${name(view)}：** 写入 ${view.writes} 次，读取 ${view.reads.length} 次；把读取当作分组：理解 ${naiveCount(view)} 个；按成帧：${view.framed} 个。`,
    ),
  );
  const head = say('case|read|bytes|taken for a packet it is', '情形|第几次读取|字节|当作分组时').split('|');
  const rows = views.flatMap((view) =>
    view.reads.map(({ bytes, naive }, index) => [
      name(view),
      String(index + 1),
      String(bytes),
      NAIVE[naive][language],
    ]),
  );
  return {
    summary: paragraphs(
      say('**Is what one send sent what one read gets?**', '**一次发送的内容就是一次读取得到的内容吗？**'),
      lines.join('\n'),
    ),
    data: paragraphs(
      say('### 5.1 The reads of the server’s program', '### 5.1 服务器程序的各次读取'),
      table(head, rows, [1, 2]),
      say('### 5.2 As ladders (clp)', '### 5.2 时序图（clp）'),
      ...views
        .filter(({ protocol }) => protocol === 'clp')
        .map((view) =>
          ladderSection(view.server, name(view), language, drawings, { file: `ladder-${view.way}.svg` }),
        ),
    ),
    analysis: analysis(views)
      .map((part) => part[language])
      .join('\n\n'),
    drawings,
  };
}

function analysis(views: readonly CaseView[]): Text[] {
  const parts: Text[] = [];
  const [joined, split] = (['joined', 'split'] as const).map((way) =>
    views.filter((view) => view.way === way),
  );
  const sizes = (view: CaseView): string => view.reads.map(({ bytes }) => bytes).join(', ');
  for (const view of joined ?? [])
    if (view.reads.length < view.writes)
      parts.push(
        text(
          `**${view.protocol}, joined.** ${view.writes} writes came as ${view.reads.length} reads (${sizes(view)} bytes). The first segment was lost; what came behind it could not be given to the program before it (TCP delivers in order), and when it was sent again everything that had gathered was there at once. A program that takes a read for a packet would have understood ${naiveCount(view)} of ${view.writes}.`,
          `**${view.protocol}，合并。** ${view.writes} 次写入成为 ${view.reads.length} 次读取（${sizes(view)} 字节）。第一个报文段丢失；其后的数据在它之前不能交给程序（TCP 按序交付），重传之后积累的数据一次全部到达。把读取当作分组的程序在 ${view.writes} 个中会理解 ${naiveCount(view)} 个。`,
        ),
      );
  for (const view of split ?? []) {
    const [first] = view.reads;
    if (first?.naive !== 'part') continue;
    const wrong = view.reads.filter(({ naive }) => naive === 'invalid').length;
    parts.push(
      text(
        `**${view.protocol}, split.** The first read had ${first.bytes} bytes, the beginning of a packet. A program that takes it for a packet misreads it, and the next read begins in the middle of that packet: of the ${view.reads.length - 1} reads behind it ${wrong} ${wrong === 1 ? 'is' : 'are'} recognised as no packet by the description of ${view.protocol}, and ${naiveCount(view)} of ${view.writes} packets are understood.`,
        `**${view.protocol}，拆分。** 第一次读取为 ${first.bytes} 字节，是一个分组的开头。把它当作分组的程序就会误读，而下一次读取从该分组的中间开始：其后的 ${view.reads.length - 1} 次读取中，${wrong} 次按 ${view.protocol} 的描述可认出不是分组，${view.writes} 个分组中理解 ${naiveCount(view)} 个。`,
      ),
    );
  }
  parts.push(
    text(
      'TCP carries a stream of bytes and marks no boundaries in it (RFC 9293, section 2.2). A protocol must say itself where a packet ends: by a length (clp), by a size that all packets have (struct264), or by a terminator. Both kinds of framing found every packet that the table above counts; a fixed size costs its padding in every packet, and neither a length nor a size helps a program that has lost its place, where clp’s magic number at least says so.',
      'TCP 传送字节流，其中没有任何边界标记（RFC 9293 第 2.2 节）。协议必须自己说明分组在哪里结束：用长度（clp）、用所有分组共同的大小（struct264），或用终止符。两种成帧方式找到的分组数见上；固定大小的代价是每个分组中的填充；而对于已失去位置的程序，长度与大小都无济于事，clp 的魔数至少能指出这一点。',
    ),
  );
  return parts;
}
