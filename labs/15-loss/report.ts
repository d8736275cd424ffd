import {
  type Evidence,
  ladderSection,
  type Language,
  lineSvg,
  paragraphs,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { type Case } from './scenario.ts';
import { caseViews, type CaseView, distances, doubling, lagMs, sackBlocks } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const of = (id: Case): CaseView | undefined => views.find((view) => view.id === id);
  const ladders = (['lost-ack', 'timeout', 'fast', 'fast-no-sack'] as const).map((id) => {
    const view = of(id);
    if (view === undefined) return '';
    // What is lost shows in the capture of the host that sent it.
    const [here, other] = id === 'lost-ack' ? [view.server, view.client] : [view.client, view.server];
    return ladderSection(here, NAMES[id][language], language, drawings, { file: `ladder-${id}.svg`, other });
  });
  return {
    summary: paragraphs(
      say('**How does TCP find out that a segment is lost?**', '**TCP 如何得知报文段丢失？**'),
      views
        .map((view) => `- **${NAMES[view.id][language]}${say(':', '：')}** ${headline(view)[language]}`)
        .join('\n'),
    ),
    data: paragraphs(
      say('### 5.1 What was sent, lost and sent again', '### 5.1 发送、丢失与重传'),
      counts(views, language),
      say('### 5.2 The timer', '### 5.2 定时器'),
      backoff(of('timeout'), language, drawings),
      say('### 5.3 The duplicate ACKs', '### 5.3 重复 ACK'),
      ...(['fast', 'fast-no-sack'] as const).map((id) => duplicates(of(id), language, drawings)),
      say('### 5.4 As ladders', '### 5.4 时序图'),
      ...ladders,
    ),
    analysis: analysis(of, String(evidence.manifest.environment['kernel'] ?? 'Linux'), language),
    drawings,
  };
}

const ms = (ns: number): string => (ns / 1e6).toFixed(3);

function headline(view: CaseView): Text {
  const { id, again, dropped } = view;
  const before = before3(view);
  switch (id) {
    case 'none':
      return text(`${again.length} retransmissions.`, `重传 ${again.length} 次。`);
    case 'lost-ack':
      return text(
        `${dropped} lost, ${again.length} retransmissions: a later ACK covers what it said.`,
        `丢失 ${dropped} 个，重传 ${again.length} 次：后面的 ACK 覆盖了它所确认的内容。`,
      );
    case 'timeout':
      return text(
        `${dropped} copies lost, noticed by the timer alone: sent again after ${distances(view)
          .map((value) => value.toFixed(3))
          .join(', ')} s.`,
        `丢失 ${dropped} 份，只能由定时器发觉：经过 ${distances(view)
          .map((value) => value.toFixed(3))
          .join('、')} 秒后重发。`,
      );
    case 'fast':
    case 'fast-no-sack':
      return text(
        `${dropped} lost, ${before.length} duplicate ACKs; the first sent again ${lag(view)} ms after it was first sent: ${byTimer(view) ? 'so late that the timer had run out' : 'sooner than a timer could run out'}.`,
        `丢失 ${dropped} 个，重复 ACK ${before.length} 个；第一个在首次发送 ${lag(view)} 毫秒后重发：${byTimer(view) ? '如此之晚，定时器已经超时' : '早于定时器可能超时的时刻'}。`,
      );
  }
}

/** Later than the least retransmission time-out of Linux (TCP_RTO_MIN). */
const byTimer = (view: CaseView): boolean => lagMs(view) >= 200;

const before3 = ({ duplicates: all, again }: CaseView): CaseView['duplicates'] =>
  all.filter(({ frame }) => frame < (again[0]?.frame ?? 0));

const lag = (view: CaseView): string => {
  const value = lagMs(view);
  return Number.isFinite(value) ? value.toFixed(3) : '–';
};

function counts(views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'case',
          'bytes written',
          'data segments (client.pcap)',
          'data segments (server.pcap)',
          'lost by the rule',
          'retransmissions',
          'time-outs (kernel)',
          'bytes read',
        ]
      : [
          '情形',
          '写出的字节',
          '数据报文段（client.pcap）',
          '数据报文段（server.pcap）',
          '规则丢弃',
          '重传',
          '超时（内核）',
          '读到的字节',
        ];
  const rows = views.map((view) => [
    NAMES[view.id][language],
    String(view.bytes),
    String(view.data.length),
    String(view.arrived),
    String(view.dropped),
    String(view.again.length),
    String(view.timeouts),
    String(view.readBytes),
  ]);
  const legend =
    language === 'en'
      ? 'Data segments without the line with which a burst’s connection began, which is among the bytes; “lost by the rule” counts the ACK in the second case.'
      : '数据报文段不含突发数据之前的那一行（字节数含它）；第二种情形中“规则丢弃”的是 ACK。';
  return paragraphs(table(head, rows, [1, 2, 3, 4, 5, 6, 7]), legend);
}

function backoff(view: CaseView | undefined, language: Language, drawings: Map<string, string>): string {
  if (view === undefined) return '';
  const between = distances(view);
  const head =
    language === 'en'
      ? ['copy', 'frame', 'after the one before (s)', 'ratio', 'arrived']
      : ['第几份', '帧', '距前一份 (秒)', '比值', '到达'];
  const rows = view.data.map((segment, index) => {
    const [here, earlier] = [between[index - 1], between[index - 2]];
    return [
      String(index + 1),
      String(segment.frame),
      here === undefined ? '–' : here.toFixed(3),
      here === undefined || earlier === undefined ? '–' : (here / earlier).toFixed(2),
      view.lostData.includes(segment) ? '–' : '✔',
    ];
  });
  const title = language === 'en' ? 'The retransmission timer backs off' : '重传定时器的退避';
  const first = view.data[0]?.atNs ?? 0;
  drawings.set(
    'backoff.svg',
    lineSvg(
      title,
      [
        {
          name: language === 'en' ? 'copies sent' : '已发送份数',
          points: view.data.map(({ atNs }, index) => ({ x: (atNs - first) / 1e9, y: index + 1 })),
        },
      ],
      language === 'en' ? { x: 's', y: 'copies' } : { x: '秒', y: '份数' },
      true,
    ),
  );
  return paragraphs(table(head, rows, [0, 1, 2, 3]), `![${title}](backoff.svg)`);
}

function duplicates(view: CaseView | undefined, language: Language, drawings: Map<string, string>): string {
  if (view === undefined) return '';
  const { id, client } = view;
  const file = `numbers-${id}.svg`;
  const title = NAMES[id][language];
  const first = view.data[0]?.atNs ?? 0;
  const until = client.connection.segments.find(({ side, relAck }) => side === 1 && relAck > view.bytes);
  const inTime = ({ atNs }: { readonly atNs: number }): boolean =>
    atNs >= first && atNs <= (until?.atNs ?? Infinity);
  drawings.set(
    file,
    lineSvg(
      title,
      [
        {
          name: language === 'en' ? 'sequence number sent' : '发送的序号',
          points: view.data
            .filter(inTime)
            .map(({ atNs, relSeq }) => ({ x: (atNs - first) / 1e6, y: relSeq })),
        },
        {
          name: language === 'en' ? 'number acknowledged' : '被确认的序号',
          points: client.connection.segments
            .filter((segment) => segment.side === 1 && inTime(segment))
            .map(({ atNs, relAck }) => ({ x: (atNs - first) / 1e6, y: relAck })),
        },
      ],
      language === 'en' ? { x: 'ms', y: 'bytes' } : { x: '毫秒', y: '字节' },
    ),
  );
  const head =
    language === 'en' ? ['frame', 'ms', 'from', 'what', 'numbers'] : ['帧', '毫秒', '来自', '内容', '序号'];
  const shown = new Set([...view.duplicates, ...view.again, ...view.lostData]);
  const rows = client.connection.segments
    .filter((segment) => shown.has(segment))
    .map((segment) => {
      const lost = view.lostData.includes(segment);
      const what = view.again.includes(segment)
        ? text('retransmission', '重传')
        : lost
          ? text('data, lost on the way', '数据，途中丢失')
          : text('duplicate ACK', '重复 ACK');
      const blocks = sackBlocks(view, segment).map(([left, right]) => `${left}–${right - 1}`);
      const words =
        segment.side === 0
          ? `seq ${segment.relSeq}–${segment.relSeq + segment.payloadLength - 1}`
          : `ack ${segment.relAck}${blocks.length === 0 ? '' : `; SACK ${blocks.join(', ')}`}`;
      const who = segment.side === 0 ? text('client', '客户端') : text('server', '服务器');
      return [String(segment.frame), ms(segment.atNs - first), who[language], what[language], words];
    });
  return paragraphs(`**${title}** (client.pcap)`, table(head, rows, [0, 1]), `![${title}](${file})`);
}

function analysis(of: (id: Case) => CaseView | undefined, kernel: string, language: Language): string {
  const [ack, timer, fast, plain] = (['lost-ack', 'timeout', 'fast', 'fast-no-sack'] as const).map(of);
  const parts: Text[] = [];
  if (ack !== undefined && ack.lostAcks.length === 1 && ack.again.length === 0) {
    const [lost] = ack.lostAcks;
    parts.push(
      text(
        `**A lost ACK.** The ACK in frame ${lost?.frame ?? 0} of server.pcap (ack ${lost?.relAck ?? 0}) never came to the client, and nothing had to be done about it: ACKs are cumulative, so the next one said all that it had said (RFC 9293, section 3.4). ACKs themselves are not acknowledged and never retransmitted.`,
        `**丢失的 ACK。** server.pcap 第 ${lost?.frame ?? 0} 帧的 ACK（ack ${lost?.relAck ?? 0}）没有到达客户端，也无需补救：ACK 是累积的，下一个 ACK 已包含它所确认的内容（RFC 9293 第 3.4 节）。ACK 本身不被确认，也不会重传。`,
      ),
    );
  }
  if (timer !== undefined) {
    const between = distances(timer);
    const shown = between.map((value) => value.toFixed(3));
    const last = timer.data.at(-1);
    const doubles = doubling(between);
    parts.push(
      text(
        `**The timer.** Behind the lone line nothing followed, so no ACK could tell of its loss, and only the retransmission timer was left (Linux’s tail loss probe was switched off). It ran out after ${shown[0] ?? '–'} s; ${doubles ? 'each later time it was about twice as long' : 'later distances were'} (${shown.slice(1).join(', ')} s)${doubles ? ', since the sender “backs off the timer” (RFC 6298, section 5.5): a network that loses everything is not to be loaded further' : ''}. RFC 6298 (section 2.4) would have the first at no less than 1 s; Linux takes 200 ms as its least (TCP_RTO_MIN). Copy ${timer.data.length}, frame ${last?.frame ?? 0}, arrived ${((last?.atNs ?? 0) - (timer.data[0]?.atNs ?? 0)) / 1e9 > 0 ? (((last?.atNs ?? 0) - (timer.data[0]?.atNs ?? 0)) / 1e9).toFixed(3) : '–'} s after the first was sent, and the kernel’s own count of time-outs was seen at ${timer.timeouts} (the last one ends as soon as its copy is acknowledged).`,
        `**定时器。** 这一行后面没有其他数据，因此没有 ACK 能说明它已丢失，只剩重传定时器（Linux 的尾部丢失探测已关闭）。它在 ${shown[0] ?? '–'} 秒后超时；${doubles ? '此后每次约为前一次的两倍' : '此后的间隔为'}（${shown.slice(1).join('、')} 秒）${doubles ? '，因为发送方要使定时器退避（RFC 6298 第 5.5 节）：不应给丢失一切的网络继续增加负担' : ''}。RFC 6298（第 2.4 节）要求首次不少于 1 秒；Linux 的下限为 200 毫秒（TCP_RTO_MIN）。第 ${timer.data.length} 份（第 ${last?.frame ?? 0} 帧）在首份发出 ${(((last?.atNs ?? 0) - (timer.data[0]?.atNs ?? 0)) / 1e9).toFixed(3)} 秒后到达，在内核自己的超时计数中看到的最大值为 ${timer.timeouts}（最后一次超时在其副本得到确认时即告结束）。`,
      ),
    );
  }
  if (fast !== undefined && before3(fast).length >= 3 && !byTimer(fast)) {
    const seen = before3(fast);
    parts.push(
      text(
        `**Duplicate ACKs.** In a burst the segments behind a hole do arrive, and each makes the receiver repeat its ACK at once (RFC 5681, section 4.2). The client had ${seen.length} of them when it sent the first lost segment again, ${lag(fast)} ms after it was first sent; the timer, which would have needed at least 200 ms, never ran out (RFC 5681, section 3.2, asks for three duplicates, since one or two may come from packets that only changed places).`,
        `**重复 ACK。** 在一串报文段中，缺口之后的报文段仍会到达，每个都使接收方立即重复其 ACK（RFC 5681 第 4.2 节）。客户端收到 ${seen.length} 个之后重发了第一个丢失的报文段，距其首次发送 ${lag(fast)} 毫秒；定时器至少需要 200 毫秒，从未超时（RFC 5681 第 3.2 节要求三个重复 ACK，因为一两个可能只是分组乱序造成的）。`,
      ),
    );
  }
  if (fast !== undefined && plain !== undefined && fast.again.length > 0 && plain.again.length > 0) {
    const blocks = before3(fast).flatMap((segment) => sackBlocks(fast, segment));
    const [left, right] = blocks.at(-1) ?? [0, 0];
    const partial = partialAck(plain);
    const count = before3(plain).length;
    const next = byTimer(plain)
      ? text(
          ` RFC 5681 would have the sender retransmit at the third; this kernel (${kernel}) had ${count} and still waited for its timer, ${lag(plain)} ms.`,
          `按 RFC 5681 发送方应在第三个时重传；这个内核（${kernel}）收到 ${count} 个，仍然等到定时器超时，即 ${lag(plain)} 毫秒。`,
        )
      : text(
          ` All the same three of them are enough to send the first lost segment again (fast retransmit, RFC 5681, section 3.2): the client’s capture has ${count} before it, ${lag(plain)} ms after the segment was first sent.`,
          `即便如此，三个就足以重传第一个丢失的报文段（快速重传，RFC 5681 第 3.2 节）：客户端抓包中在它之前有 ${count} 个，距首次发送 ${lag(plain)} 毫秒。`,
        );
    parts.push(
      text(
        `**SACK.** With it the duplicates also said what had arrived behind the hole (the last one before the retransmission had ${left}–${right - 1} as its last block), so that the sender knew both holes (RFC 2018, RFC 6675). Without it they said no more than “still the same number”.${next.en}${partial === undefined ? '' : ` The client learned of the second hole only from the ACK in frame ${partial.frame}: it acknowledged the first retransmission, but not all that had been sent before it, a partial ACK (RFC 6582).`} ${fast.again.length} segments were sent again with SACK, ${plain.again.length} without.`,
        `**SACK。** 使用它时，重复 ACK 还说明了缺口之后到达的内容（重传之前最后一个的末块为 ${left}–${right - 1}），因此发送方知道两处缺口（RFC 2018、RFC 6675）。不使用时，它们只表示“仍是同一个序号”。${next.zh}${partial === undefined ? '' : `客户端直到第 ${partial.frame} 帧的 ACK 才得知第二处缺口：它确认了第一次重传，却没有确认此前发送的全部数据，即部分确认（RFC 6582）。`}使用 SACK 时重传 ${fast.again.length} 个，不使用时 ${plain.again.length} 个。`,
      ),
    );
  }
  return parts.map((part) => part[language]).join('\n\n');
}

/** The ACK between the first and the second retransmission that moves on but does not cover all that was sent. */
function partialAck({ client, again, bytes }: CaseView): { readonly frame: number } | undefined {
  const [first, second] = again;
  if (first === undefined || second === undefined) return undefined;
  return client.connection.segments.find(
    ({ side, frame, relAck }) =>
      side === 1 &&
      frame > first.frame &&
      frame < second.frame &&
      relAck > first.relSeq &&
      relAck <= bytes &&
      relAck === second.relSeq,
  );
}
