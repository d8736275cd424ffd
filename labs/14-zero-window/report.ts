import {
  type Evidence,
  ladderSection,
  type Language,
  lineSvg,
  netstatSection,
  paragraphs,
  socketAt,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import { flagNames } from '../../src/tcp/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { caseViews, type CaseView, closedBy, distances, type Looks, type Probe, reopening } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const [unread, idle] = (['unread', 'idle'] as const).map((id) => views.find((view) => view.id === id));
  const read = views.find(({ id }) => id === 'read');
  return {
    summary: paragraphs(
      say('**What happens to bytes that nobody reads?**', '**没有人读的字节会怎样？**'),
      summary(unread, idle, read, language),
    ),
    data: paragraphs(
      say('### 5.1 Where the bytes were', '### 5.1 字节停留在哪里'),
      unread === undefined ? '' : queues(unread, language, drawings),
      netstatSection(
        evidence,
        [
          { label: 'closed', title: text('the window is closed', '窗口已关闭') },
          { label: 'read', title: text('everything is read', '全部读取之后') },
        ],
        language,
        ({ state }) => state !== 'LISTEN',
      ),
      say('### 5.2 The probes', '### 5.2 探测'),
      probesTable([unread, idle], language),
      say('### 5.3 As ladders', '### 5.3 时序图'),
      ...[unread, idle].map((view) =>
        view === undefined
          ? ''
          : ladderSection(
              view.client,
              view.id === 'idle' ? say('keep-alive', '保活') : say('a closed window', '关闭的窗口'),
              language,
              drawings,
              { file: `ladder-${view.id}.svg`, elide: { head: 34, tail: 8 } },
            ),
      ),
    ),
    analysis: analysis(evidence, unread, idle, language),
    drawings,
  };
}

function summary(
  unread: CaseView | undefined,
  idle: CaseView | undefined,
  read: CaseView | undefined,
  language: Language,
): string {
  const lines: Text[] = [];
  if (unread !== undefined) {
    const opened = reopening(unread);
    const spent = distances(unread.probes).map((value) => value.toFixed(3));
    lines.push(
      text(
        `**Not read:** the window went to 0; ${unread.probes.length} probes followed${spent.length === 0 ? '' : `, ${spent.join(', ')} s apart`}.`,
        `**不读：** 窗口变为 0；随后有 ${unread.probes.length} 个探测${spent.length === 0 ? '' : `，间隔 ${spent.join('、')} 秒`}。`,
      ),
      text(
        `**Read at last:** the window opened to ${opened?.windowBytes ?? '–'} bytes, and ${unread.readBytes} of ${unread.bytes} bytes were read.`,
        `**终于读取：** 窗口打开到 ${opened?.windowBytes ?? '–'} 字节，${unread.bytes} 字节中读到 ${unread.readBytes} 字节。`,
      ),
    );
  }
  if (read !== undefined)
    lines.push(
      text(
        `**Read from the start (control):** ${read.probes.length} probes for the same ${read.bytes} bytes.`,
        `**从一开始就读（对照）：** 同样的 ${read.bytes} 字节，探测 ${read.probes.length} 个。`,
      ),
    );
  if (idle !== undefined)
    lines.push(
      text(
        `**Keep-alive:** ${idle.probes.length} probes of the same shape, into a window of ${idle.probes[0]?.window ?? '–'} bytes.`,
        `**保活：** ${idle.probes.length} 个形状相同的探测，当时窗口为 ${idle.probes[0]?.window ?? '–'} 字节。`,
      ),
    );
  return lines.map((line) => `- ${line[language]}`).join('\n');
}

function queues(view: CaseView, language: Language, drawings: Map<string, string>): string {
  const { client, sender, receiver } = view;
  const startUs = client.capture.atUs(client.connection.firstNs);
  const points = (looks: Looks, value: (row: Looks[number]['row']) => number): { x: number; y: number }[] =>
    looks
      .filter(({ row, atUs }) => row.state === 'ESTABLISHED' && atUs >= startUs)
      .map(({ atUs, row }) => ({ x: (atUs - startUs) / 1e6, y: value(row) }));
  const title = language === 'en' ? 'Queues and window of the first connection' : '第一条连接的队列与窗口';
  drawings.set(
    'queues.svg',
    lineSvg(
      title,
      [
        {
          name: language === 'en' ? 'Send-Q, client' : '客户端 Send-Q',
          points: points(sender, (row) => row.sendQueueBytes),
        },
        {
          name: language === 'en' ? 'Recv-Q, server' : '服务器 Recv-Q',
          points: points(receiver, (row) => row.receiveQueueBytes),
        },
        {
          name: language === 'en' ? 'window told by the server' : '服务器通告的窗口',
          points: client.connection.segments
            .filter(({ side, windowBytes }) => side === 1 && windowBytes >= 0)
            .map(({ atNs, windowBytes }) => ({
              x: (client.capture.atUs(atNs) - startUs) / 1e6,
              y: windowBytes,
            })),
        },
      ],
      language === 'en' ? { x: 's', y: 'bytes' } : { x: '秒', y: '字节' },
      true,
    ),
  );
  return `![${title}](queues.svg)`;
}

function probesTable(views: readonly (CaseView | undefined)[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'connection',
          'frame',
          'after the one before (s)',
          'flags',
          'len',
          'seq',
          'next byte',
          'window before',
          'answer (frame)',
          'its window',
          'kernel’s timer',
        ]
      : [
          '连接',
          '帧',
          '距前一个 (秒)',
          '标志',
          'len',
          'seq',
          '下一字节',
          '当时窗口',
          '应答（帧）',
          '其窗口',
          '内核的定时器',
        ];
  const rows = views.flatMap((view) => {
    if (view === undefined) return [];
    const between = distances(view.probes);
    const name =
      view.id === 'idle' ? text('idle, keep-alive on', '空闲，开启保活') : text('not read', '不读');
    return view.probes.map(({ segment, window, answer, timer }: Probe, index) => [
      name[language],
      String(segment.frame),
      between[index - 1]?.toFixed(3) ?? '–',
      flagNames(segment.flags),
      String(segment.payloadLength),
      String(segment.relSeq),
      String(segment.relSeq + 1),
      String(window),
      String(answer?.frame ?? '–'),
      String(answer?.windowBytes ?? '–'),
      timer ?? '–',
    ]);
  });
  const legend =
    language === 'en'
      ? 'From client.pcap, numbers relative to the SYN; the timer as the last look at the socket before the probe found it (the field `tr` of /proc/net/tcp: 4 persist, 2 keepalive).'
      : '取自 client.pcap，序号相对于 SYN；定时器为探测之前最后一次采样所见（/proc/net/tcp 的 `tr` 字段：4 为 persist，2 为 keepalive）。';
  return paragraphs(table(head, rows, [1, 2, 4, 5, 6, 7, 8, 9]), legend);
}

function analysis(
  evidence: Evidence,
  unread: CaseView | undefined,
  idle: CaseView | undefined,
  language: Language,
): string {
  const parts: Text[] = [];
  if (unread !== undefined && unread.probes.length > 0) {
    const [closed] = closedBy(unread);
    const between = distances(unread.probes).map((value) => value.toFixed(3));
    const opened = reopening(unread);
    const answered = unread.probes.filter(({ answer }) => answer !== undefined).length;
    const few =
      answered < unread.probes.length
        ? text(
            ' (Linux answers segments whose number is outside the window at most every half second: tcp_invalid_ratelimit)',
            '（对于序号在窗口之外的报文段，Linux 至多每半秒应答一次：tcp_invalid_ratelimit）',
          )
        : text('', '');
    const pair = { localPort: unread.clientPort, remotePort: unread.serverPort };
    const back = { localPort: unread.serverPort, remotePort: unread.clientPort };
    const kept =
      unread.bytes -
      (socketAt(evidence, 'client', 'closed', pair)?.row?.sendQueueBytes ?? NaN) -
      (socketAt(evidence, 'server', 'closed', back)?.row?.receiveQueueBytes ?? NaN);
    parts.push(
      text(
        `**Flow control.** The server’s kernel took what its buffer held and told in frame ${closed?.frame ?? 0} of client.pcap that its window was 0: a sender must not send more than the receiver has said it can take (RFC 9293, section 3.8.6). The rest stayed at the sender${kept > 0 ? `, first in its kernel (Send-Q), and what did not fit there (${kept} bytes) in the program itself` : ', in its kernel (Send-Q)'}. Nothing was lost: a full buffer is made good by waiting.`,
        `**流量控制。** 服务器内核收下缓冲区所能容纳的数据，并在 client.pcap 第 ${closed?.frame ?? 0} 帧通告窗口为 0：发送方不得超出接收方声明能接收的量（RFC 9293 第 3.8.6 节）。其余留在发送方${kept > 0 ? `：先在内核中（Send-Q），放不下的 ${kept} 字节留在程序里` : '的内核中（Send-Q）'}。没有任何丢失：缓冲区满了就等待。`,
      ),
      text(
        `**The persist timer.** The segment that opens a window again is a bare ACK, which is not retransmitted; were it lost, both sides would wait for ever. So the sender asks: ${unread.probes.length} probes${between.length === 0 ? '' : `, ${between.join(', ')} s apart`}; ${answered} of them were answered, with the window as it then was${few.en}. As long as the receiver answers, the connection must be kept, however long that takes (RFC 9293, section 3.8.6.1; RFC 1122, section 4.2.2.17). RFC 9293 has the sender probe with a byte of new data or a retransmission; Linux sends no data, but a number that has been acknowledged already, which makes any receiver answer with an ACK (section 3.10.7.4).`,
        `**坚持定时器。** 重新打开窗口的报文段只是一个 ACK，不会重传；如果它丢失，双方将永远等待。因此发送方主动询问：${unread.probes.length} 个探测${between.length === 0 ? '' : `，间隔 ${between.join('、')} 秒`}；其中 ${answered} 个得到应答，告知当时的窗口${few.zh}。只要接收方应答，无论多久连接都必须保持（RFC 9293 第 3.8.6.1 节；RFC 1122 第 4.2.2.17 节）。按 RFC 9293，探测携带一个字节的新数据或重传数据；Linux 的探测不带数据，而使用已被确认过的序号，任何接收方都会以 ACK 应答（第 3.10.7.4 节）。`,
      ),
    );
    if (opened !== undefined && opened.windowBytes >= 1448)
      parts.push(
        text(
          `**Open again.** When the server’s program had read, frame ${opened.frame} told a window of ${opened.windowBytes} bytes. It is no small one: a receiver keeps the window closed until it can open it by a segment or half its buffer, lest it be sent crumbs (silly window syndrome; RFC 9293, section 3.8.6.2.2).`,
          `**重新打开。** 服务器程序读取之后，第 ${opened.frame} 帧通告窗口为 ${opened.windowBytes} 字节。它并不小：接收方要等到能一次打开一个报文段或半个缓冲区时才打开窗口，以免对方只送来零碎的数据（糊涂窗口综合征；RFC 9293 第 3.8.6.2.2 节）。`,
        ),
      );
  }
  if (unread !== undefined && idle !== undefined && idle.probes.length > 0 && unread.probes.length > 0)
    parts.push(
      text(
        `**Which probe is it?** Both kinds are a segment without data with the number before the next (5.2), so a packet alone does not say which; Wireshark calls both keep-alive. Two things do: the window that the other side told last (${unread.probes[0]?.window ?? '–'} in one case, ${idle.probes[0]?.window ?? '–'} in the other) makes it likely, and the kernel’s timer of the socket (${unread.probes[0]?.timer ?? '–'} and ${idle.probes[0]?.timer ?? '–'}) settles it. What they mean is different, too: keep-alive asks whether the other side is still there, a zero-window probe whether it has room.`,
        `**是哪一种探测？** 两者都是不带数据、序号比下一个小 1 的报文段（5.2），单凭一个分组无法分辨；Wireshark 把两者都称为 keep-alive。能分辨的有两点：对方最后通告的窗口（一为 ${unread.probes[0]?.window ?? '–'}，一为 ${idle.probes[0]?.window ?? '–'}）使之很可能，内核为该套接字运行的定时器（${unread.probes[0]?.timer ?? '–'} 与 ${idle.probes[0]?.timer ?? '–'}）则可以确定。两者的含义也不同：保活询问对方是否还在，零窗口探测询问对方是否有空间。`,
      ),
    );
  return parts.map((part) => part[language]).join('\n\n');
}
