import {
  capital,
  code,
  type Evidence,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  socketAt,
  storyTable,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
  toldText,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { FLAG, flagNames } from '../../src/tcp/index.ts';
import type { Case } from './scenario.ts';
import { caseViews, type CaseView, cause, codeOf, finsIn, received, receiver } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const half = views.find(({ id }) => id === 'half-open');
  return {
    summary: paragraphs(
      say('**When does a host send a RST, and what does it do?**', '**主机何时发送 RST，它有何作用？**'),
      views
        .map((view) => `- **${NAMES[view.id][language]}${say(':', '：')}** ${headline(view)[language]}`)
        .join('\n'),
    ),
    data: paragraphs(
      say('### 5.1 The resets, number by number', '### 5.1 各个 RST 的序号'),
      numbers(views, language),
      say('### 5.2 As ladders', '### 5.2 时序图'),
      ...views.map((view) =>
        ladderSection(view.client, NAMES[view.id][language], language, drawings, {
          ...{ file: `ladder-${view.id}.svg`, other: view.server },
        }),
      ),
      say('### 5.3 The half-open connection on one clock', '### 5.3 半开连接（同一时钟）'),
      half === undefined ? '' : strip(evidence, half, language, drawings),
      half === undefined
        ? ''
        : storyTable(
            evidence,
            {
              ...{ clientPort: half.clientPort, serverPort: half.serverPort, hosts: ['client', 'server'] },
              ...half.window,
            },
            language,
          ),
      say('### 5.4 Socket tables', '### 5.4 套接字表'),
      ...views.map(({ id, clientPort }) =>
        netstatSection(
          evidence,
          [
            { label: `${id} before`, title: moment(id, text('before the end', '结束之前')) },
            { label: `${id} over`, title: moment(id, text('afterwards', '之后')) },
          ],
          language,
          ({ localPort, remotePort }) => localPort === clientPort || remotePort === clientPort,
        ),
      ),
    ),
    analysis: analysis(evidence, views, language),
    drawings,
  };
}

const moment = (id: Case, when: Text): Text =>
  text(`${NAMES[id].en}: ${when.en}`, `${NAMES[id].zh}：${when.zh}`);

function headline(view: CaseView): Text {
  const rst = received(view);
  const [fin] = finsIn(view.client);
  if (rst === undefined)
    return fin === undefined
      ? text('neither RST nor FIN.', '既无 RST 也无 FIN。')
      : text('no RST, but FINs.', '没有 RST，而是 FIN。');
  const who = rst.side === 0 ? text('client', '客户端') : text('server', '服务器');
  const told = toldText(
    view.id === 'closed-port' ? String(view.facts['told']) : codeOf(view, rst.side === 0 ? 1 : 0),
  );
  return text(
    `a RST of the ${who.en} (${flagNames(rst.flags)}); the other program is told ${code(told.en)}.`,
    `${who.zh}发出 RST（${flagNames(rst.flags)}）；另一端程序得到 ${code(told.zh)}。`,
  );
}

function numbers(views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'case',
          'RST received (frame)',
          'in',
          'from',
          'flags',
          'seq',
          'ack',
          'last segment the other way (frame)',
          'its flags',
          'its seq',
          'its ack',
          'its len',
        ]
      : [
          '情形',
          '收到的 RST（帧）',
          '抓包',
          '来自',
          '标志',
          'seq',
          'ack',
          '另一方向的上一报文段（帧）',
          '其标志',
          '其 seq',
          '其 ack',
          '其长度',
        ];
  const rows = views.map((view) => {
    const [rst, before] = [received(view), cause(view)];
    const name = NAMES[view.id][language];
    if (rst === undefined) return [name, '–', '–', '–', '–', '–', '–', '–', '–', '–', '–', '–'];
    const who = rst.side === 0 ? text('client', '客户端') : text('server', '服务器');
    return [
      name,
      String(rst.frame),
      receiver(view).capture.file,
      who[language],
      flagNames(rst.flags),
      String(rst.seq),
      rst.flags & FLAG.ack ? String(rst.ack) : '–',
      String(before?.frame ?? '–'),
      before === undefined ? '–' : flagNames(before.flags),
      String(before?.seq ?? '–'),
      before !== undefined && before.flags & FLAG.ack ? String(before.ack) : '–',
      String(before?.payloadLength ?? '–'),
    ];
  });
  const legend =
    language === 'en'
      ? 'Numbers as they stand in the headers, not relative ones: a RST is believed by them.'
      : '序号为首部中的原值，不是相对值：接收方正是凭它们相信 RST。';
  return paragraphs(table(head, rows, [1, 5, 6, 7, 9, 10, 11]), legend);
}

function strip(
  evidence: Evidence,
  view: CaseView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { clientPort, serverPort, window } = view;
  const at = (us: number): number => (us - window.fromUs) / 1000;
  const title = NAMES['half-open'][language];
  const sentUs = Number(view.facts['sentUs']);
  drawings.set(
    'states-half-open.svg',
    stripSvg(
      title,
      [
        stripOf(evidence, 'client', { localPort: clientPort, remotePort: serverPort }, window),
        stripOf(evidence, 'server', { localPort: serverPort, remotePort: clientPort }, window),
      ],
      [{ atMs: at(sentUs), name: language === 'en' ? 'the server sends' : '服务器发送' }],
      { name: 'ms', ms: 1 },
    ),
  );
  return `![${title}](states-half-open.svg)`;
}

function analysis(evidence: Evidence, views: readonly CaseView[], language: Language): string {
  return views
    .flatMap((view) => {
      const name = `**${capital(NAMES[view.id][language])}${language === 'en' ? '.' : '。'}** `;
      return explained(evidence, view).map((part) => `${name}${part[language]}`);
    })
    .join('\n\n');
}

function explained(evidence: Evidence, view: CaseView): Text[] {
  {
    const rst = received(view);
    const before = cause(view);
    const { id, clientPort, serverPort } = view;
    const there = socketAt(evidence, 'server', `${id} before`, {
      localPort: serverPort,
      remotePort: clientPort,
    });
    switch (id) {
      case 'closed-port':
        return rst === undefined
          ? []
          : [
              text(
                `No socket waited for the SYN, so the kernel answered itself: frame ${rst.frame} has sequence number ${rst.seq}, for there is no connection from which to take one, and acknowledges the SYN, by which the client’s kernel knows that the answer is meant for it (RFC 9293, section 3.5.2, group 1). No program of the server was asked.`,
                `没有套接字等待这个 SYN，内核自行应答：第 ${rst.frame} 帧的序号为 ${rst.seq}（没有连接可以提供序号），并确认该 SYN，客户端内核由此知道应答是给它的（RFC 9293 第 3.5.2 节第 1 组）。服务器上没有任何程序参与。`,
              ),
            ];
      case 'unread':
        return rst === undefined || there?.row === undefined
          ? []
          : [
              text(
                `${there.row.receiveQueueBytes} bytes lay in the socket when the program exited (Recv-Q). Had its kernel sent a FIN, the client could have believed that its line was read; so it sent a RST instead (frame ${rst.frame}): “data was lost” (RFC 9293, section 3.6.1; RFC 2525, section 2.17). The client had done nothing wrong, and its program was told ${code(codeOf(view, 0))} all the same.`,
                `程序退出时套接字中还有 ${there.row.receiveQueueBytes} 字节（Recv-Q）。如果内核发送 FIN，客户端会以为这一行已被读取；因此它发送 RST（第 ${rst.frame} 帧），表示有数据丢失（RFC 9293 第 3.6.1 节；RFC 2525 第 2.17 节）。客户端没有做错什么，其程序仍得到 ${code(codeOf(view, 0))}。`,
              ),
            ];
      case 'all-read':
        return rst !== undefined || finsIn(view.client).length === 0
          ? []
          : [
              text(
                `The same exit, but nothing was left to read (Recv-Q ${there?.row?.receiveQueueBytes ?? '–'}): a FIN, and TIME_WAIT at the side that closed first.`,
                `同样是退出，但没有剩下未读的数据（Recv-Q ${there?.row?.receiveQueueBytes ?? '–'}）：发送的是 FIN，先关闭的一端进入 TIME_WAIT。`,
              ),
            ];
      case 'abort':
        return rst === undefined
          ? []
          : [
              text(
                `With SO_LINGER at 0 close() is what RFC 9293 calls ABORT (section 3.9.1; socket(7)): a RST at once, what was still to be sent is thrown away, no FIN, no TIME_WAIT. It carries the numbers of a connection that lives (seq ${rst.relSeq}, ack ${rst.relAck}, relative): it answers nothing.`,
                `SO_LINGER 为 0 时 close() 即 RFC 9293 所说的 ABORT（第 3.9.1 节；socket(7)）：立即发送 RST，尚未发送的数据被丢弃，没有 FIN，也没有 TIME_WAIT。它带有存活连接的序号（相对值 seq ${rst.relSeq}，ack ${rst.relAck}）：它不是对任何报文段的应答。`,
              ),
            ];
      case 'late':
        return rst === undefined || before === undefined
          ? []
          : [
              text(
                `The client’s program had exited; its FIN had been received, and the server’s socket was ${there?.state ?? '–'}. That state allows sending (lab 08, half-close), and write() succeeded. But nobody was left to read: the client’s kernel answered the data of frame ${before.frame} with the RST of frame ${rst.frame}, to show that data was lost (RFC 9293, section 3.6.1). The server’s program, which had read the end of the stream already, heard of it at its next write: ${code(codeOf(view, 1))}. A FIN looks the same whether its sender still reads or not; only an answer tells.`,
                `客户端程序已经退出，其 FIN 已收到，服务器的套接字为 ${there?.state ?? '–'}。该状态允许发送（见实验 08 的半关闭），write() 也成功了。但已没有人读取：客户端内核以第 ${rst.frame} 帧的 RST 应答第 ${before.frame} 帧的数据，表示有数据丢失（RFC 9293 第 3.6.1 节）。服务器程序已经读到数据流的结尾，在下一次写入时才得知：${code(codeOf(view, 1))}。无论发送方是否还会读取，FIN 看起来都一样；只有应答才能说明。`,
              ),
            ];
      case 'half-open':
        return rst === undefined || before === undefined
          ? []
          : [
              text(
                `The RST of the abort was lost, and a RST is never sent again. So the client had no socket while the server’s was ${there?.state ?? '–'}: half-open (RFC 9293, section 3.5.1). Such a connection can last for any time, until somebody sends: the data of frame ${before.frame} met a kernel that knew no such connection, and was answered by a RST whose sequence number is the data’s acknowledgment number (${rst.seq}; section 3.5.2). That is the proof by which the server’s kernel believes it: a stranger would have to guess the number (RFC 5961, section 3).`,
                `中止时的 RST 丢失了，而 RST 从不重发。于是客户端没有套接字，服务器的套接字却是 ${there?.state ?? '–'}：半开连接（RFC 9293 第 3.5.1 节）。这样的连接可以存在任意长时间，直到有人发送：第 ${before.frame} 帧的数据遇到不认识该连接的内核，得到 RST 应答，其序号就是该数据的确认号（${rst.seq}；第 3.5.2 节）。服务器内核正是凭此相信它：外人必须猜中这个序号（RFC 5961 第 3 节）。`,
              ),
            ];
    }
  }
}
