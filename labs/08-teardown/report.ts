import {
  capital,
  type Evidence,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  storyTable,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
  type WireView,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { type EndingView, endingViews, finsOf, segmentsOfClose } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = endingViews(evidence);
  const drawings = new Map<string, string>();
  const half = views.find(({ ending }) => ending === 'half-close');
  return {
    summary: summary(views, language),
    data: paragraphs(
      say(text('### 5.1 The closes, number by number', '### 5.1 各次关闭的编号')),
      closes(views, language),
      say(text('### 5.2 The connections as ladders', '### 5.2 连接的时序图')),
      ...views.map((view) =>
        view.client === undefined
          ? ''
          : ladderSection(view.client, NAMES[view.ending][language], language, drawings, {
              file: `ladder-${view.ending}.svg`,
            }),
      ),
      say(text('### 5.3 Half-close on one clock', '### 5.3 半关闭过程（同一时钟）')),
      half === undefined ? '' : strips(evidence, half, language, drawings),
      half === undefined ? '' : story(evidence, half, language),
      say(text('### 5.4 Socket tables', '### 5.4 套接字表')),
      ...views.map((view) => tables(evidence, view, language)),
    ),
    analysis: analysis(views, language),
    drawings,
  };
}

const ms = (ns: number): string => (ns / 1e6).toFixed(3);

function summary(views: readonly EndingView[], language: Language): string {
  const lines = views.map((view) => {
    const { ending, client } = view;
    const name = NAMES[ending][language];
    if (client === undefined) return `- **${name}:** –`;
    const count = segmentsOfClose(client);
    const resets = client.connection.close.resets.length;
    const half = client.connection.close.halfClose;
    const en =
      count === undefined
        ? resets > 0
          ? 'a RST, no FIN: one segment, and no socket is left'
          : 'no whole close in the capture'
        : `${count === 3 ? 'three' : 'four'} segments${half === undefined ? '' : `; ${half.bytes} bytes came after the FIN`}`;
    const zh =
      count === undefined
        ? resets > 0
          ? '只有一个 RST，没有 FIN，没有留下套接字'
          : '抓包中没有完整的关闭过程'
        : `${count === 3 ? '三' : '四'}个报文段${half === undefined ? '' : `；FIN 之后又传送了 ${half.bytes} 字节`}`;
    return language === 'en' ? `- **${name}:** ${en}.` : `- **${name}：** ${zh}。`;
  });
  const question =
    language === 'en'
      ? '**When does a close take four segments, when three?**'
      : '**关闭何时需要四个报文段，何时三个？**';
  return paragraphs(question, lines.join('\n'));
}

function closes(views: readonly EndingView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'connection',
          'FIN of',
          'frame',
          'its number',
          'covered by ACK',
          'in frame',
          'which is',
          'after (ms)',
        ]
      : ['连接', 'FIN 来自', '帧', '其序号', '被 ACK 覆盖', '所在帧', '该帧为', '间隔 (ms)'];
  const who = language === 'en' ? ['client', 'server'] : ['客户端', '服务器'];
  const rows = views.flatMap(({ ending, client }) => {
    if (client === undefined) return [];
    const fins = finsOf(client);
    return fins.map(({ side, fin, ack }) => {
      const combined = fins.some((other) => other.fin.frame === ack?.frame);
      return [
        NAMES[ending][language],
        who[side] ?? '',
        String(fin.frame),
        String(fin.relSeq + fin.payloadLength),
        ack === undefined ? '–' : String(ack.relAck),
        ack === undefined ? '–' : String(ack.frame),
        combined ? 'FIN, ACK' : 'ACK',
        ack === undefined ? '–' : ms(ack.atNs - fin.atNs),
      ];
    });
  });
  const legend =
    language === 'en'
      ? 'From client.pcap; numbers relative to each side’s SYN, as Wireshark shows them.'
      : '取自 client.pcap；序号相对于各自的 SYN，与 Wireshark 的显示相同。';
  return paragraphs(table(head, rows, [2, 3, 4, 5, 7]), legend);
}

function strips(
  evidence: Evidence,
  view: EndingView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { clientPort, serverPort, client } = view;
  if (client === undefined) return '';
  const [first] = finsOf(client);
  const fromUs = client.capture.atUs(client.connection.firstNs) - 1000;
  const untilUs = view.window.untilUs;
  const marks =
    first === undefined ? [] : [{ atMs: (client.capture.atUs(first.fin.atNs) - fromUs) / 1000, name: 'FIN' }];
  const title = language === 'en' ? 'Half-close: the states of both sockets' : '半关闭：两端套接字的状态';
  drawings.set(
    'states-half-close.svg',
    stripSvg(
      title,
      [
        stripOf(evidence, 'client', { localPort: clientPort, remotePort: serverPort }, { fromUs, untilUs }),
        stripOf(evidence, 'server', { localPort: serverPort, remotePort: clientPort }, { fromUs, untilUs }),
      ],
      marks,
      { name: 'ms', ms: 1 },
    ),
  );
  return `![${title}](states-half-close.svg)`;
}

function story(
  evidence: Evidence,
  { clientPort, serverPort, window, client }: EndingView,
  language: Language,
): string {
  // How it was opened, and the first exchange, the ladder has.
  const finUs = client === undefined ? undefined : finsOf(client)[0]?.fin.atNs;
  const fromUs =
    client === undefined || finUs === undefined ? window.fromUs : client.capture.atUs(finUs) - 2000;
  const choice = {
    clientPort,
    serverPort,
    hosts: ['client', 'server'] as const,
    ...window,
    fromUs,
    most: 26,
  };
  return storyTable(evidence, choice, language);
}

function tables(
  evidence: Evidence,
  { ending, clientPort, serverPort }: EndingView,
  language: Language,
): string {
  const title = (moment: Text): Text =>
    text(`${NAMES[ending].en}: ${moment.en}`, `${NAMES[ending].zh}：${moment.zh}`);
  return netstatSection(
    evidence,
    [
      { label: `${ending} waiting`, title: title(text('FIN acknowledged', 'FIN 已得到确认')) },
      { label: `${ending} over`, title: title(text('over', '结束后')) },
    ],
    language,
    ({ localPort, remotePort }) =>
      (localPort === clientPort && remotePort === serverPort) ||
      (localPort === serverPort && remotePort === clientPort),
  );
}

function analysis(views: readonly EndingView[], language: Language): string {
  // Why an ACK comes late is said once, of the first that does.
  const late = views.find(
    ({ client, ending }) => ending !== 'abort' && client !== undefined && isDelayed(client),
  );
  const parts = views.flatMap((view) => {
    const { ending, client } = view;
    if (client === undefined) return [];
    const what = ending === 'abort' ? aborted(view) : closed(view, view === late);
    return [`**${capital(NAMES[ending][language])}${language === 'en' ? '.' : '。'}** ${what[language]}`];
  });
  return parts.join('\n\n');
}

/** The first FIN was acknowledged by a segment of its own, and late. */
function isDelayed(client: WireView): boolean {
  const [first, second] = finsOf(client);
  if (first?.ack === undefined || second === undefined) return false;
  return first.ack.frame !== second.fin.frame && first.ack.atNs - first.fin.atNs >= 20e6;
}

function closed({ ending, client }: EndingView, tellsDelay: boolean): Text {
  const [first, second] = client === undefined ? [] : finsOf(client);
  if (first?.ack === undefined || second?.ack === undefined)
    return text('The close is not whole in the capture.', '抓包中没有完整的关闭过程。');
  const count = first.ack.frame === second.fin.frame ? 3 : 4;
  const between = ms(second.fin.atNs - first.fin.atNs);
  const waited = ms(first.ack.atNs - first.fin.atNs);
  const shape =
    count === 3
      ? text(
          `The server’s FIN (frame ${second.fin.frame}) came ${between} ms after the client’s (frame ${first.fin.frame}), before its kernel had acknowledged that one by itself; so one segment carries both, and the close takes three: an ACK may wait for a segment to travel with (RFC 9293, section 3.8.6.3).`,
          `服务器的 FIN（第 ${second.fin.frame} 帧）在客户端的 FIN（第 ${first.fin.frame} 帧）之后 ${between} ms 发出，此时内核还没有单独确认后者，因此一个报文段同时承担两者，共三个报文段：ACK 可以等待，与其他报文段一起发送（RFC 9293 第 3.8.6.3 节）。`,
        )
      : text(
          `Frame ${first.ack.frame} acknowledges the client’s FIN (frame ${first.fin.frame}) ${waited} ms after it, and the server’s FIN (frame ${second.fin.frame}) leaves ${between} ms after the client’s; ACK and FIN are two segments, and the close takes four.`,
          `第 ${first.ack.frame} 帧在客户端的 FIN（第 ${first.fin.frame} 帧）之后 ${waited} ms 对其进行确认，而服务器的 FIN（第 ${second.fin.frame} 帧）在客户端的 FIN 之后 ${between} ms 才发出；ACK 与 FIN 是两个报文段，关闭共需四个。`,
        );
  const delayed = tellsDelay
    ? text(
        ' So long a wait fits a delayed ACK: a kernel may hold an ACK back, though less than half a second, in the hope of data to send with it (RFC 9293, section 3.8.6.3); Linux holds it for 40 ms at the least (TCP_DELACK_MIN in include/net/tcp.h).',
        '等待如此之久与延迟确认相符：内核可以推迟 ACK（须短于半秒），希望能与数据一起发送（RFC 9293 第 3.8.6.3 节）；Linux 至少推迟 40 毫秒（include/net/tcp.h 中的 TCP_DELACK_MIN）。',
      )
    : text('', '');
  const half = client?.connection.close.halfClose;
  const flows =
    ending === 'half-close' && half !== undefined
      ? text(
          ` Between the two FINs the server sent ${half.bytes} bytes more, which the client read: a FIN says that its sender has no more data, and nothing about the other direction (RFC 9293, section 3.6.1).`,
          `在两个 FIN 之间服务器又发送了 ${half.bytes} 字节，客户端都读到了：FIN 只表示其发送方没有更多数据，与另一方向无关（RFC 9293 第 3.6.1 节）。`,
        )
      : text('', '');
  return text(`${shape.en}${delayed.en}${flows.en}`, `${shape.zh}${delayed.zh}${flows.zh}`);
}

function aborted({ client }: EndingView): Text {
  const reset = client?.connection.close.resets[0];
  if (reset === undefined) return text('The capture has no RST.', '抓包中没有 RST。');
  return text(
    `Frame ${reset.frame} is a RST. It is not acknowledged, and nothing follows it; the tables of both hosts have no socket of this connection any more, not even TIME_WAIT (RFC 9293, section 3.5.3: the receiver of a valid RST aborts the connection and goes to CLOSED).`,
    `第 ${reset.frame} 帧是 RST。它不被确认，其后也没有任何分组；两台主机的表中都不再有这条连接的套接字，连 TIME_WAIT 也没有（RFC 9293 第 3.5.3 节：收到有效 RST 的一方中止连接，进入 CLOSED）。`,
  );
}
