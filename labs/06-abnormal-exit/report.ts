import {
  code,
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
  toldText,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { caseViews, type CaseView, finsIn, rstsIn, segmentsBetween } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const [first] = views;
  return {
    summary: summary(views, language),
    data: paragraphs(
      say(text('### 5.1 How long each thing took', '### 5.1 各事件所用时间')),
      times(views, language),
      ...views.map((view) => strip(evidence, view, language, drawings)),
      say(text('### 5.2 What the wire saw', '### 5.2 网络上看到的')),
      wire(views, language),
      ...views.map((view) =>
        view.server === undefined || (view.way !== 'exit' && view.way !== 'control')
          ? ''
          : ladderSection(view.server, NAMES[view.way][language], language, drawings, {
              file: `ladder-${view.way}.svg`,
            }),
      ),
      say(
        text('### 5.3 Programs, packets and sockets on one clock', '### 5.3 程序、分组与套接字（同一时钟）'),
      ),
      first === undefined ? '' : story(evidence, first, language),
      say(text('### 5.4 Socket tables', '### 5.4 套接字表')),
      first === undefined ? '' : tables(evidence, first, language),
    ),
    analysis: analysis(views, language),
    drawings,
  };
}

const s = (fromUs: number | undefined, toUs: number | undefined): string =>
  fromUs === undefined || toUs === undefined || !Number.isFinite(fromUs + toUs)
    ? '–'
    : ((toUs - fromUs) / 1e6).toFixed(3);

function summary(views: readonly CaseView[], language: Language): string {
  const dead = views.filter(({ way }) => way !== 'control');
  const fins = dead.reduce((sum, { server }) => sum + finsIn(server).length, 0);
  const listed = dead.filter(({ listedBefore }) => listedBefore).length;
  const last = views.find(({ way }) => way === 'control');
  const fin = finsIn(last?.server)[0];
  const en = [
    `- In ${dead.length} cases (${dead.map(({ way }) => NAMES[way].en).join(', ')}) ${fins === 0 ? 'no FIN' : `${fins} FIN`} reached the server.`,
    `- After the cable was back the dead client was still listed in ${listed} of ${dead.length} cases.`,
    ...dead.map(
      ({ way, sendOutcome, sentUs, dropped }) =>
        `- **${NAMES[way].en}:** the sender of a text to it got ${code(toldText(sendOutcome).en)}; the server let go of it ${s(sentUs, dropped?.record.atUs)} s after the send.`,
    ),
    ...(last === undefined || fin === undefined || last.server === undefined
      ? []
      : [
          `- **${NAMES.control.en}:** a FIN reached the server ${s(last.pluggedUs, last.server.capture.atUs(fin.atNs))} s after the cable was back, and the server noticed by itself.`,
        ]),
  ];
  const zh = [
    `- 在 ${dead.length} 种情形（${dead.map(({ way }) => NAMES[way].zh).join('、')}）中，${fins === 0 ? '没有 FIN ' : `有 ${fins} 个 FIN `}到达服务器。`,
    `- 重新插线后，${dead.length} 种情形中有 ${listed} 种死去的客户端仍在列表中。`,
    ...dead.map(
      ({ way, sendOutcome, sentUs, dropped }) =>
        `- **${NAMES[way].zh}：** 向它发送消息的一方得到 ${code(toldText(sendOutcome).zh)}；服务器在发送后 ${s(sentUs, dropped?.record.atUs)} 秒放弃了它。`,
    ),
    ...(last === undefined || fin === undefined || last.server === undefined
      ? []
      : [
          `- **${NAMES.control.zh}：** 插线后 ${s(last.pluggedUs, last.server.capture.atUs(fin.atNs))} 秒 FIN 到达服务器，服务器自行察觉。`,
        ]),
  ];
  const question =
    language === 'en'
      ? '**The client’s cable is pulled and it dies: does the server’s state change, and how can the server find out?**'
      : '**客户端网线被拔掉后客户端死去：服务器的状态会改变吗？服务器如何得知？**';
  return paragraphs(question, (language === 'en' ? en : zh).join('\n'));
}

function times(views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'case',
          'client’s kernel tried for (s)',
          'its FIN sent again',
          'cable out for (s)',
          'send → RST at the server (s)',
          'send → server’s program told (s)',
          'send → answer to the sender (s)',
          'answer',
        ]
      : [
          '情形',
          '客户端内核尝试 (秒)',
          'FIN 重发次数',
          '断线 (秒)',
          '发送 → 服务器收到 RST (秒)',
          '发送 → 服务器程序得知 (秒)',
          '发送 → 发送方得到回答 (秒)',
          '回答',
        ];
  const rows = views.map((view) => {
    const { way, trying, unpluggedUs, pluggedUs, sentUs, answeredUs, dropped, server, sendOutcome } = view;
    const rst = way === 'control' ? undefined : rstsIn(server)[0];
    const rstUs = rst === undefined || server === undefined ? undefined : server.capture.atUs(rst.atNs);
    return [
      NAMES[way][language],
      s(trying?.fromUs, trying?.untilUs),
      String(view.retries),
      s(unpluggedUs, pluggedUs),
      s(sentUs, rstUs),
      s(sentUs, dropped?.record.atUs),
      s(sentUs, answeredUs),
      sendOutcome === '' ? '–' : code(toldText(sendOutcome)[language]),
    ];
  });
  const legend =
    language === 'en'
      ? '“Tried”: from the first to the last look of the sampler that found FIN_WAIT1; “sent again”: the kernel’s own count of that socket, which its packets cannot show, since without a carrier none of them comes as far as tcpdump.'
      : '“尝试”：采样第一次到最后一次看到 FIN_WAIT1 之间；“重发次数”：内核对该套接字的计数。没有载波时分组到不了 tcpdump，因此抓包无法显示。';
  return paragraphs(table(head, rows, [1, 2, 3, 4, 5, 6]), legend);
}

function strip(
  evidence: Evidence,
  view: CaseView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { way, clientPort, serverPort, unpluggedUs, endedUs, pluggedUs, sentUs, window } = view;
  const fromUs = unpluggedUs - 300_000;
  const span = { fromUs, untilUs: window.untilUs };
  const at = (us: number): number => (us - fromUs) / 1000;
  const name = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const marks = [
    { atMs: at(unpluggedUs), name: name('unplugged', '拔线') },
    { atMs: at(endedUs), name: name('client ends', '客户端结束') },
    { atMs: at(pluggedUs), name: name('plugged in', '插线') },
    ...(sentUs === undefined ? [] : [{ atMs: at(sentUs), name: name('send', '发送') }]),
  ].filter(({ atMs }) => Number.isFinite(atMs));
  const file = `states-${way}.svg`;
  const title = NAMES[way][language];
  drawings.set(
    file,
    stripSvg(
      title,
      [
        stripOf(
          evidence,
          'client',
          { localPort: clientPort, remotePort: serverPort },
          span,
          name('client', '客户端'),
        ),
        stripOf(
          evidence,
          'server',
          { localPort: serverPort, remotePort: clientPort },
          span,
          name('server', '服务器'),
        ),
      ],
      marks,
      { name: name('s', '秒'), ms: 1000 },
    ),
  );
  return `![${title}](${file})`;
}

function wire(views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? ['case', 'segments without the cable', 'FIN of either side', 'RST', 'last frame']
      : ['情形', '断线期间的报文段', '双方的 FIN', 'RST', '最后一帧'];
  const rows = views.map(({ way, client, server, unpluggedUs, pluggedUs }) => {
    const pair = (count: (view: typeof client) => number): string => `${count(client)} / ${count(server)}`;
    return [
      NAMES[way][language],
      pair((view) => segmentsBetween(view, unpluggedUs, pluggedUs).length),
      pair((view) => finsIn(view).length),
      pair((view) => rstsIn(view).length),
      pair((view) => view?.connection.lastFrame ?? 0),
    ];
  });
  const legend =
    language === 'en'
      ? 'Each as client.pcap / server.pcap has it.'
      : '每格为 client.pcap / server.pcap 中的数目。';
  return paragraphs(table(head, rows), legend);
}

function story(
  evidence: Evidence,
  { clientPort, serverPort, unpluggedUs, window }: CaseView,
  language: Language,
): string {
  return storyTable(
    evidence,
    {
      ...{ clientPort, serverPort, hosts: ['client', 'server'] },
      ...{ fromUs: unpluggedUs - 1000, untilUs: window.untilUs, most: 70 },
    },
    language,
  );
}

function tables(evidence: Evidence, { way }: CaseView, language: Language): string {
  return netstatSection(
    evidence,
    [
      { label: `${way} ended`, title: text('cable out, client ended', '断线，客户端已结束') },
      { label: `${way} forgotten`, title: text('the client’s kernel has given up', '客户端内核已放弃') },
      {
        label: `${way} listed`,
        title: text('cable back, a new client has asked for the list', '插线，新客户端已请求列表'),
      },
      { label: `${way} noticed`, title: text('the server has noticed', '服务器已察觉') },
    ],
    language,
  );
}

function analysis(views: readonly CaseView[], language: Language): string {
  const dead = views.filter(({ way }) => way !== 'control');
  const last = views.find(({ way }) => way === 'control');
  const fin = finsIn(last?.server)[0];
  const silent = dead.every(({ server, client }) => finsIn(server).length + finsIn(client).length === 0);
  const resets = dead.map(({ way, server }) => ({ way, frame: rstsIn(server)[0]?.frame }));
  const reset = resets.filter(({ frame }) => frame !== undefined);
  const en = [
    `**The client’s side.** Exit, SIGKILL and close end in the same place: the kernel closes the socket of a program that ends, and the table has it in FIN_WAIT1, the state after a FIN was sent that nobody acknowledged yet (RFC 9293, section 3.3.2). The kernel tries that FIN again and again, ${dead.map(({ way, retries }) => `${retries} times (${NAMES[way].en})`).join(', ')} by its own count, and then gives up; after that it knows nothing of the connection. (A FIN may outlive its socket for a while: on Linux the loss of the carrier empties the table of neighbours (neigh_carrier_down in net/core/neighbour.c), and a packet that waits for ARP is sent when the cable is back; RFC 1122, section 2.3.2.2. The lab waited until none did.)`,
    ...(silent
      ? [
          '**The server’s side.** No FIN is in either capture, and no segment of these connections while the cable was out. So the server’s socket stayed ESTABLISHED, and plugging the cable in changed nothing: neither end had anything to send. TCP sends nothing on a connection on which nobody speaks (RFC 9293, section 3.8.4), and the list still had the dead client.',
        ]
      : []),
    ...(reset.length === dead.length
      ? [
          `**A send.** The text for the dead client left the server as data of its old connection. The client’s host had no such connection any more and answered with a RST (server.pcap, ${reset.map(({ way, frame }) => `${NAMES[way].en}: frame ${frame ?? 0}`).join(', ')}; RFC 9293, section 3.10.7.1, a segment that arrives for CLOSED), the server’s program read ECONNRESET, and the next list was without it. It was the living host, not the dead program, that answered: had the cable stayed out, there would have been no RST, and the server would have sent again until its own retries were used up.`,
        ]
      : []),
    ...(last !== undefined && fin !== undefined
      ? [
          `**The control.** Under the usual setting the client’s kernel still had the socket when the cable was back. The FIN that it had been trying all along came through (server.pcap, frame ${fin.frame}), and the server noticed without anybody sending. Whether a server hears of a client that died without its cable thus depends on what comes first: the cable’s return, or the end of its kernel’s patience.`,
        ]
      : []),
  ];
  const zh = [
    `**客户端。** 退出、SIGKILL 与关闭的结果相同：程序结束时内核关闭它的套接字，表中状态为 FIN_WAIT1，即 FIN 已发出但尚未得到确认（RFC 9293 第 3.3.2 节）。内核不断重发 FIN，按其自身计数为 ${dead.map(({ way, retries }) => `${retries} 次（${NAMES[way].zh}）`).join('、')}，然后放弃；此后它对这条连接一无所知。（FIN 可能比套接字多存在一会儿：Linux 失去载波时会清空邻居表（net/core/neighbour.c 中的 neigh_carrier_down），等待 ARP 的分组在插线后会发出，见 RFC 1122 第 2.3.2.2 节。本实验一直等到没有这样的分组。）`,
    ...(silent
      ? [
          '**服务器。** 两端抓包中都没有 FIN，断线期间也没有这些连接的任何报文段。因此服务器的套接字一直是 ESTABLISHED，插上网线也没有改变什么：双方都没有东西要发送。无人说话的连接上 TCP 不发送任何东西（RFC 9293 第 3.8.4 节），列表中仍有死去的客户端。',
        ]
      : []),
    ...(reset.length === dead.length
      ? [
          `**发送。** 给死去的客户端的消息作为旧连接的数据离开服务器。客户端主机已没有这条连接，于是回以 RST（server.pcap，${reset.map(({ way, frame }) => `${NAMES[way].zh}：第 ${frame ?? 0} 帧`).join('，')}；RFC 9293 第 3.10.7.1 节，CLOSED 状态收到报文段），服务器程序读到 ECONNRESET，下一次列表中便没有它了。作答的是活着的主机，而不是死去的程序：如果网线一直没有插上，就不会有 RST，服务器会一直重发，直到自己的重试次数用完。`,
        ]
      : []),
    ...(last !== undefined && fin !== undefined
      ? [
          `**对照。** 在常规设置下，插线时客户端内核仍保有该套接字。它一直在重发的 FIN 得以送达（server.pcap 第 ${fin.frame} 帧），没有人发送服务器也察觉了。因此，断线期间死去的客户端能否被服务器得知，取决于哪个先到来：网线重新插上，还是内核放弃尝试。`,
        ]
      : []),
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}
