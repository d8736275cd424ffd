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
import { type Way } from './scenario.ts';
import { codeOf, cutView, type CutView, dataIn, probesIn, rstsIn, secondsOf, type WayView } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const drawings = new Map<string, string>();
  const view = cutView(evidence);
  if (view === undefined)
    return { summary: say('The run was cut short.', '运行不完整。'), data: '', analysis: '', drawings };
  const keepAlive = view.dead.find(({ way }) => way === 'keep-alive');
  const sent = view.dead.find(({ way }) => way === 'send');
  return {
    summary: paragraphs(
      say(
        '**The client’s cable is pulled and it dies: does the server’s state change, and how can the server find out?**',
        '**客户端网线被拔掉后客户端死去：服务器的状态会改变吗？服务器如何得知？**',
      ),
      summary(view, language),
    ),
    data: paragraphs(
      say('### 5.1 How long each way took', '### 5.1 各方法所用时间'),
      times(view, language),
      strips(evidence, view, language, drawings),
      say('### 5.2 The same ways on a client that lives', '### 5.2 同样的方法用于活着的客户端'),
      livingTable(view, language),
      say('### 5.3 What the server sent in vain', '### 5.3 服务器徒劳地发送了什么'),
      ...[keepAlive, sent].map((each) =>
        each?.server === undefined
          ? ''
          : ladderSection(each.server, NAMES[each.way][language], language, drawings, {
              ...{ file: `ladder-${each.way}.svg`, other: each.client },
            }),
      ),
      say(
        '### 5.4 Programs, packets and sockets on one clock: keep-alive',
        '### 5.4 程序、分组与套接字（同一时钟）：保活',
      ),
      keepAlive === undefined
        ? ''
        : storyTable(
            evidence,
            {
              ...{ clientPort: keepAlive.clientPort, serverPort: keepAlive.serverPort },
              hosts: ['client', 'server'],
              fromUs: keepAlive.heardUs - 5_000,
              untilUs: view.window.untilUs,
              speaks: (record) =>
                record.process === 'lab' ||
                (record.kind === 'log' && record.fields['port'] === keepAlive.clientPort),
            },
            language,
          ),
      say('### 5.5 Socket tables', '### 5.5 套接字表'),
      netstatSection(
        evidence,
        [
          { label: 'connected', title: text('before the cable was pulled', '拔线之前') },
          { label: 'over', title: text('when every way had noticed', '各方法都已察觉之后') },
        ],
        language,
        ({ state }) => state !== 'LISTEN',
      ),
    ),
    analysis: analysis(evidence, view, language),
    drawings,
  };
}

const seconds = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');

/** What the server's program was told, or said itself. */
const told = (view: WayView, language: Language): string => {
  if (view.gaveUp !== undefined) return toldText(String(view.gaveUp.record.fields['why']))[language];
  return view.closed === undefined ? '–' : code(codeOf(view));
};

function summary({ dead, living, cutUs, window }: CutView, language: Language): string {
  const watched = seconds((window.untilUs - cutUs) / 1e6);
  const dropped = living.filter(({ closed }) => closed !== undefined).map(({ way }) => NAMES[way][language]);
  const lines = dead.map((view) => {
    const name = NAMES[view.way][language];
    if (view.closed === undefined && view.gaveUp === undefined) {
      return language === 'en'
        ? `- **${name}:** not noticed in the ${watched} s that the lab watched.`
        : `- **${name}：** 在实验观察的 ${watched} 秒内没有察觉。`;
    }
    return language === 'en'
      ? `- **${name}:** noticed ${seconds(secondsOf(view))} s after the last segment from the client (${told(view, language)}).`
      : `- **${name}：** 在收到客户端最后一个报文段之后 ${seconds(secondsOf(view))} 秒察觉（${told(view, language)}）。`;
  });
  const last =
    language === 'en'
      ? `- A client that lived and kept silent lost its connection under: ${dropped.join(', ') || 'none of them'}.`
      : `- 活着而沉默的客户端失去连接的情形：${dropped.join('、') || '无'}。`;
  return [...lines, last].join('\n');
}

function times({ dead }: CutView, language: Language): string {
  const head =
    language === 'en'
      ? [
          'way',
          'last heard (frame)',
          'sent afterwards: probes',
          'data',
          'RST',
          'arrived',
          'kernel: probes',
          'kernel: retransmissions',
          'the program was told',
          'after (s)',
        ]
      : [
          '方法',
          '最后听到（帧）',
          '之后发送：探测',
          '数据',
          'RST',
          '到达',
          '内核：探测',
          '内核：重传',
          '程序得知',
          '用时 (秒)',
        ];
  const rows = dead.map((view) => [
    NAMES[view.way][language],
    String(view.heard?.frame ?? '–'),
    String(probesIn(view).length),
    String(dataIn(view).length),
    String(rstsIn(view).length),
    String(view.arrived),
    String(view.probes),
    String(view.retransmits),
    told(view, language),
    seconds(secondsOf(view)),
  ]);
  const legend =
    language === 'en'
      ? 'Frames and segments are those of server.pcap behind the moment at which the cable was pulled; “arrived” counts them in client.pcap. The kernel’s numbers are the greatest that its table of sockets showed.'
      : '帧与报文段取自 server.pcap 中拔线之后的部分；“到达”为它们在 client.pcap 中的个数。内核的数字是套接字表中出现过的最大值。';
  return paragraphs(table(head, rows, [1, 2, 3, 4, 5, 6, 7, 9]), legend);
}

function strips(
  evidence: Evidence,
  view: CutView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const fromUs = view.cutUs - 1_000_000;
  const span = { fromUs, untilUs: view.window.untilUs };
  const at = (us: number): number => (us - fromUs) / 1000;
  const name = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const title = name(
    'The server’s sockets of the dead client: how long each stayed ESTABLISHED',
    '服务器上属于死去的客户端的套接字：各保持 ESTABLISHED 多久',
  );
  drawings.set(
    'states.svg',
    stripSvg(
      title,
      view.dead.map(({ way, clientPort, serverPort }) =>
        stripOf(
          evidence,
          'server',
          { localPort: serverPort, remotePort: clientPort },
          span,
          NAMES[way][language],
        ),
      ),
      [
        { atMs: at(view.cutUs), name: name('cable pulled', '拔线') },
        { atMs: at(view.killedUs), name: name('client killed', '客户端被杀死') },
      ],
      { name: name('s', '秒'), ms: 1000 },
    ),
  );
  return `![${title}](states.svg)`;
}

function livingTable({ living, cutUs, window }: CutView, language: Language): string {
  const head =
    language === 'en'
      ? [
          'way',
          'segments from the server',
          'arrived',
          'segments from the client',
          'kept?',
          'the program was told',
        ]
      : ['方法', '服务器发出的报文段', '到达', '客户端发出的报文段', '是否保有连接', '程序得知'];
  const within = (us: number): boolean => us > cutUs && us <= window.untilUs;
  const rows = living.map((view) => {
    const back = (view.server?.connection.segments ?? []).filter(
      ({ side, atNs }) => side === 0 && within(view.server?.capture.atUs(atNs) ?? 0),
    );
    return [
      NAMES[view.way][language],
      String(view.tried.length),
      String(view.arrived),
      String(back.length),
      view.closed === undefined ? '✔' : '✘',
      told(view, language),
    ];
  });
  return table(head, rows, [1, 2, 3]);
}

/**
 * How long Linux sends data again before it gives up: retransmissions at 0.2, 0.4, 0.8 … seconds' distance, at most 120
 * (Documentation/networking/ip-sysctl.rst, tcp_retries2, for the least RTO).
 */
export function retriesSeconds(retries: number): number {
  return Array.from({ length: retries + 1 }, (_, index) => Math.min(120, 0.2 * 2 ** index)).reduce(
    (sum, value) => sum + value,
    0,
  );
}

/** The RST with which a kernel that gives up ends the connection, for a peer that may only have been out of reach. */
function gaveUpBy(view: WayView): Text {
  const [rst] = rstsIn(view);
  return rst === undefined
    ? text('', '')
    : text(
        `the kernel gave up with a RST (frame ${rst.frame}), which did not arrive either, and `,
        `内核放弃并发出一个 RST（第 ${rst.frame} 帧，同样没有到达），`,
      );
}

function analysis(evidence: Evidence, view: CutView, language: Language): string {
  const { parameters } = evidence.manifest;
  const of = (way: Way): WayView | undefined => view.dead.find((each) => each.way === way);
  const number = (name: string): number => Number(parameters[name] ?? view.facts[name]);
  const [quiet, kept, sent, beats, limit] = (
    ['silence', 'keep-alive', 'send', 'heartbeat', 'idle'] as const
  ).map(of);
  const own = number('ownKeepAliveSeconds') + number('ownKeepAliveInterval') * number('ownKeepAliveProbes');
  const set = number('keepAliveSeconds') + number('keepAliveInterval') * number('keepAliveProbes');
  const copies = sent === undefined ? [] : dataIn(sent);
  const gaps = copies
    .slice(1)
    .map((copy, index) => ((copy.atNs - (copies[index]?.atNs ?? 0)) / 1e9).toFixed(3));
  const doubles =
    gaps.length > 1 && gaps.slice(1).every((gap, index) => isTwice(Number(gap), Number(gaps[index])));
  const en = [
    ...(quiet?.tried.length === 0 && quiet.closed === undefined
      ? [
          '**Nothing.** Neither end sent anything, so the server’s socket stayed ESTABLISHED. A connection is a state in two hosts, and nothing in between holds it up or tells of its end; TCP sends nothing on a connection on which nobody speaks (RFC 9293, section 3.8.4).',
        ]
      : []),
    ...(kept?.closed === undefined
      ? []
      : [
          `**TCP keep-alive.** ${probesIn(kept).length} probes left the server: segments without data whose sequence number is one below the next, so that a living host has to answer with an ACK (RFC 1122, section 4.2.3.6). None was answered; ${gaveUpBy(kept).en}the program was told ${code(codeOf(kept))} ${seconds(secondsOf(kept))} s after the client was last heard; set were ${number('keepAliveSeconds')} s to the first probe and ${number('keepAliveProbes')} intervals of ${number('keepAliveInterval')} s, ${set} s together. With this machine’s own settings it would be ${number('ownKeepAliveSeconds')} + ${number('ownKeepAliveProbes')} × ${number('ownKeepAliveInterval')} = ${own} s (${(own / 3600).toFixed(1)} h): the standard wants a default of no less than two hours (RFC 9293, section 3.8.4), and keep-alive off unless a program asks for it.`,
        ]),
    ...(sent?.closed === undefined
      ? []
      : [
          `**A send.** write() succeeded at once: the kernel took the line. It went out ${copies.length} times, at distances of ${gaps.join(', ')} s${doubles ? ', each about twice the one before (RFC 6298, section 5.5)' : ''}, and ${seconds(secondsOf(sent))} s after the client was last heard the program got ${code(codeOf(sent))}. tcp_retries2 was ${number('retries')}, which stands for ${retriesSeconds(number('retries')).toFixed(1)} s at the least, since the kernel looks at it only when its timer fires; this machine’s own ${number('ownRetries')} stands for ${retriesSeconds(number('ownRetries')).toFixed(1)} s (RFC 9293, section 3.8.3, wants at least 100 s). Had the client’s host been reachable, a RST would have answered at once (lab 06).`,
        ]),
    ...(beats?.gaveUp === undefined
      ? []
      : [
          `**A heartbeat.** The program asks every ${number('beatMs')} ms and gives up behind ${number('beatsMissed')} questions without an answer; it knew after ${seconds(secondsOf(beats))} s. It needs the peer’s help, since the protocol must have a question and an answer for it, and it tests more than keep-alive does: not the peer’s kernel answers, but its program.`,
        ]),
    ...(limit?.gaveUp === undefined
      ? []
      : [
          `**An idle limit.** The program looked at its clock only and gave up after ${seconds(secondsOf(limit))} s. It costs nothing on the wire and needs nothing of the peer, but it cannot tell the dead from the silent: it also dropped the client that was alive (5.2), which the other ways kept.`,
        ]),
  ];
  const zh = [
    ...(quiet?.tried.length === 0 && quiet.closed === undefined
      ? [
          '**什么都不做。** 双方都没有发送，因此服务器的套接字一直是 ESTABLISHED。连接只是两台主机上的状态，中间没有任何东西维持它，也没有任何东西报告它的终结；无人说话的连接上 TCP 不发送任何东西（RFC 9293 第 3.8.4 节）。',
        ]
      : []),
    ...(kept?.closed === undefined
      ? []
      : [
          `**TCP 保活。** 服务器发出 ${probesIn(kept).length} 个探测：不带数据、序号比下一个序号小 1 的报文段，活着的主机必须以 ACK 应答（RFC 1122 第 4.2.3.6 节）。均无应答；${gaveUpBy(kept).zh}最后一次听到客户端之后 ${seconds(secondsOf(kept))} 秒程序得到 ${code(codeOf(kept))}；设置为 ${number('keepAliveSeconds')} 秒后发首个探测，再加 ${number('keepAliveProbes')} 个 ${number('keepAliveInterval')} 秒的间隔，共 ${set} 秒。按这台机器原有的设置则为 ${number('ownKeepAliveSeconds')} + ${number('ownKeepAliveProbes')} × ${number('ownKeepAliveInterval')} = ${own} 秒（${(own / 3600).toFixed(1)} 小时）：标准要求默认不少于两小时（RFC 9293 第 3.8.4 节），且除非程序要求，保活应当关闭。`,
        ]),
    ...(sent?.closed === undefined
      ? []
      : [
          `**发送。** write() 立即成功：内核收下了这一行。它被发送了 ${copies.length} 次，间隔为 ${gaps.join('、')} 秒${doubles ? '，每次约为前一次的两倍（RFC 6298 第 5.5 节）' : ''}；最后一次听到客户端之后 ${seconds(secondsOf(sent))} 秒程序得到 ${code(codeOf(sent))}。tcp_retries2 设为 ${number('retries')}，至少相当于 ${retriesSeconds(number('retries')).toFixed(1)} 秒（内核只在定时器到期时检查）；这台机器原有的 ${number('ownRetries')} 相当于 ${retriesSeconds(number('ownRetries')).toFixed(1)} 秒（RFC 9293 第 3.8.3 节要求至少 100 秒）。如果客户端主机可达，则会立即以 RST 应答（见实验 06）。`,
        ]),
    ...(beats?.gaveUp === undefined
      ? []
      : [
          `**心跳。** 程序每 ${number('beatMs')} 毫秒询问一次，${number('beatsMissed')} 次询问没有回答即放弃；${seconds(secondsOf(beats))} 秒后得知。它需要对方配合，协议中必须有这样的询问与回答；它检验的也比保活更多：回答的不是对方的内核，而是对方的程序。`,
        ]),
    ...(limit?.gaveUp === undefined
      ? []
      : [
          `**空闲时限。** 程序只看时钟，${seconds(secondsOf(limit))} 秒后放弃。它在网络上没有任何开销，也不需要对方配合，但无法区分死去与沉默：活着的客户端也被它断开（5.2），而其他方法都保留了它。`,
        ]),
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}

/** Timers fire late on a busy machine, never early. */
const isTwice = (later: number, earlier: number): boolean => later > 1.6 * earlier && later < 2.6 * earlier;
