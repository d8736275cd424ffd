import {
  type Evidence,
  fence,
  histogram,
  histogramSvg,
  histogramText,
  details,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  plain,
  stripSvg,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { type ClientView, manyView, type ManyView } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const view = manyView(evidence);
  const drawings = new Map<string, string>();
  if (view === undefined) {
    const nothing = say(
      text('The run ended before all clients were connected.', '运行在所有客户端连接之前结束。'),
    );
    return { summary: nothing, data: nothing, analysis: nothing, drawings };
  }
  const [first] = view.clients;
  return {
    summary: summary(view, language),
    data: paragraphs(
      say(text('### 5.1 The clients', '### 5.1 各客户端')),
      clients(view, language),
      timelines(view, language, drawings),
      say(text('### 5.2 How long an answer took', '### 5.2 应答所用时间')),
      times(view, language, drawings),
      say(text('### 5.3 Texts from each to the next', '### 5.3 依次发送的文本')),
      ring(view, language),
      say(text('### 5.4 One of the connections as a ladder', '### 5.4 其中一条连接的时序图')),
      first?.client === undefined
        ? ''
        : ladderSection(first.client, say(text('Client 1', '客户端 1')), language, drawings, {
            file: 'ladder-1.svg',
            elide: { head: 14, tail: 6 },
          }),
      say(text('### 5.5 Socket tables', '### 5.5 套接字表')),
      netstatSection(
        evidence,
        [
          {
            label: 'all waiting',
            title: text('the server is stopped, and all requests wait', '服务器暂停，所有请求在等待'),
          },
          { label: 'all answered', title: text('all is answered', '全部应答之后') },
        ],
        language,
        ({ localPort, state }) => localPort === first?.serverPort && state !== 'TIME_WAIT',
      ),
    ),
    analysis: analysis(view, language),
    drawings,
  };
}

const total = (view: ManyView, count: (client: ClientView) => number): number =>
  view.clients.reduce((sum, client) => sum + count(client), 0);

const waitingBytes = ({ waiting }: ClientView): number => waiting?.row?.receiveQueueBytes ?? 0;

/** When a client's first and last answer were there, after the server went on. */
function answerMs({ answered, client }: ClientView, { resumedUs }: ManyView): [first: number, last: number] {
  const at = answered.map(({ atNs }) => ((client?.capture.atUs(atNs) ?? NaN) - resumedUs) / 1000);
  return [Math.min(...at), Math.max(...at)];
}

function summary(view: ManyView, language: Language): string {
  const asked = total(view, (client) => client.asked.length);
  const answered = total(view, (client) => client.answered.length);
  const bytes = total(view, waitingBytes);
  const heard = total(view, (client) => client.heard.length);
  const count = view.clients.length;
  return language === 'en'
    ? paragraphs(
        '**Many clients ask at the same moment: is anything lost, is anything mixed up?**',
        [
          `- ${count} clients sent ${asked} requests while the server was stopped; ${bytes} bytes waited in its kernel at one moment.`,
          `- When it went on it answered ${answered === asked ? 'all' : `${answered} of`} ${answered === asked ? asked : 'them'}.`,
          `- Each client sent texts to the next; ${heard} arrived at their receivers, all in all.`,
        ].join('\n'),
      )
    : paragraphs(
        '**许多客户端同时请求：是否有丢失？是否有混淆？**',
        [
          `- 服务器暂停期间，${count} 个客户端发出 ${asked} 个请求；同一时刻有 ${bytes} 字节在它的内核中等待。`,
          `- 恢复后它应答了${answered === asked ? `全部 ${asked}` : `其中 ${answered}`} 个。`,
          `- 每个客户端向下一个发送文本，共有 ${heard} 段到达接收者。`,
        ].join('\n'),
      );
}

function clients(view: ManyView, language: Language): string {
  const head =
    language === 'en'
      ? [
          'client',
          'port',
          'requests',
          'segments',
          'Recv-Q when all waited',
          'answers',
          'segments',
          'first answer (ms)',
          'last answer (ms)',
        ]
      : [
          '客户端',
          '端口',
          '请求',
          '报文段',
          '等待时的 Recv-Q',
          '应答',
          '报文段',
          '首个应答 (毫秒)',
          '最后应答 (毫秒)',
        ];
  const rows = view.clients.map((client) => {
    const [from, to] = answerMs(client, view);
    const carriers = (packets: ClientView['asked']): number =>
      new Set(packets.flatMap(({ frames }) => frames)).size;
    return [
      String(client.number),
      String(client.clientPort),
      String(client.asked.length),
      String(carriers(client.asked)),
      String(client.waiting?.row?.receiveQueueBytes ?? '–'),
      String(client.answered.length),
      String(carriers(client.answered)),
      client.answered.length === 0 ? '–' : from.toFixed(3),
      client.answered.length === 0 ? '–' : to.toFixed(3),
    ];
  });
  const legend =
    language === 'en'
      ? 'Requests from server.pcap, answers from client.pcap; times count from the moment at which the server was told to go on (SIGCONT).'
      : '请求取自 server.pcap，应答取自 client.pcap；时间从通知服务器恢复（SIGCONT）时计。';
  return paragraphs(table(head, rows, [0, 1, 2, 3, 4, 5, 6, 7, 8]), legend);
}

/** For each client: when its requests came, how long they waited, when the answers came. */
function timelines(view: ManyView, language: Language, drawings: Map<string, string>): string {
  const title =
    language === 'en' ? 'Requests on their way, waiting, and being answered' : '请求的发出、等待与应答';
  const first = Math.min(
    ...view.clients.flatMap(({ asked, server }) =>
      asked.map(({ atNs }) => server?.capture.atUs(atNs) ?? Infinity),
    ),
  );
  if (!Number.isFinite(first)) return '';
  const from = first - 2000;
  const [sending, waits, answers] =
    language === 'en' ? ['sending', 'waiting', 'answered'] : ['发出', '等待', '应答'];
  const strips = view.clients.flatMap((client) => {
    const { asked, server, answered } = client;
    if (server === undefined || asked.length === 0 || answered.length === 0) return [];
    const at = asked.map(({ atNs }) => (server.capture.atUs(atNs) - from) / 1000);
    const [begins, ends] = answerMs(client, view).map((ms) => ms + (view.resumedUs - from) / 1000);
    const [low, high] = [Math.min(...at), Math.max(...at)];
    return [
      {
        name: `${language === 'en' ? 'client' : '客户端'} ${client.number}`,
        parts: [
          { state: sending, fromMs: low, untilMs: high, fill: '#9a6700' },
          { state: waits, fromMs: high, untilMs: begins ?? high, fill: '#6e7781' },
          { state: answers, fromMs: begins ?? high, untilMs: ends ?? high, fill: '#1a7f37' },
        ],
      },
    ];
  });
  drawings.set(
    'clients.svg',
    stripSvg(title, strips, [{ atMs: (view.resumedUs - from) / 1000, name: 'SIGCONT' }], {
      name: language === 'en' ? 'ms' : '毫秒',
      ms: 1,
    }),
  );
  return `![${title}](clients.svg)`;
}

function times(view: ManyView, language: Language, drawings: Map<string, string>): string {
  const all = view.clients.flatMap(({ answered, client }) =>
    answered.map(({ atNs }) => ((client?.capture.atUs(atNs) ?? NaN) - view.resumedUs) / 1000),
  );
  if (all.length === 0) return '';
  const shape = histogram(all);
  const title = language === 'en' ? 'Answers after the server went on' : '服务器恢复之后的应答';
  const axis = language === 'en' ? 'milliseconds after SIGCONT' : 'SIGCONT 之后的毫秒数';
  drawings.set('answers.svg', histogramSvg(shape, title, axis, 2));
  return paragraphs(`![${title}](answers.svg)`, details(language, fence(histogramText(shape, 'ms', 2))));
}

function ring(view: ManyView, language: Language): string {
  const head =
    language === 'en'
      ? ['client', 'texts on its connection', 'texts in its program', 'the first', 'the last']
      : ['客户端', '连接上的文本', '程序中的文本', '第一段', '最后一段'];
  const rows = view.clients.map(({ number, delivered, heard }) => [
    String(number),
    String(delivered.length),
    String(heard.length),
    plain(heard[0]?.text ?? '–'),
    plain(heard.at(-1)?.text ?? '–'),
  ]);
  return table(head, rows, [0, 1, 2]);
}

function analysis(view: ManyView, language: Language): string {
  const count = view.clients.length;
  const bytes = total(view, waitingBytes);
  const asked = total(view, (client) => client.asked.length);
  const answered = total(view, (client) => client.answered.length);
  const last = Math.max(...view.clients.map((client) => answerMs(client, view)[1]));
  const strangers = view.clients.filter(({ heard, number }) => {
    const from = number === 1 ? count : number - 1;
    return heard.some(({ fromPort }) => fromPort !== 0 && fromPort !== view.clients[from - 1]?.clientPort);
  }).length;
  const en = [
    `**Nothing is lost.** ${asked} requests arrived, ${answered} answers went back. While the server’s program was stopped its kernel took every segment, acknowledged it, and kept the bytes in the receive queue of that connection’s socket: ${bytes} bytes in ${count} queues (Recv-Q in section 5.5). A program that is slow or busy loses nothing; only when a queue is full does TCP hold the sender back (RFC 9293, section 3.8.6).`,
    ...(Number.isFinite(last)
      ? [
          `**At the same moment.** All requests were at the server before it went on; the last answer reached its client ${last.toFixed(3)} ms after that. One process answered all ${count} clients.`,
        ]
      : []),
    `**Nothing is mixed up.** Each connection is a queue of its own, named by four numbers; what came in on one is answered on it. ${strangers === 0 ? 'Every text came from the client that was to send it, by its port.' : `${strangers} clients got texts from another port than expected.`}`,
  ];
  const zh = [
    `**没有丢失。** 到达 ${asked} 个请求，返回 ${answered} 个应答。服务器程序暂停期间，内核照常接收并确认每个报文段，把字节放在该连接套接字的接收队列中：${count} 个队列共 ${bytes} 字节（5.5 节的 Recv-Q）。程序慢或忙都不会造成丢失；只有队列满了，TCP 才让发送方停下（RFC 9293 第 3.8.6 节）。`,
    ...(Number.isFinite(last)
      ? [
          `**同一时刻。** 所有请求在服务器恢复之前就已到达；最后一个应答在恢复后 ${last.toFixed(3)} 毫秒到达客户端。一个进程应答了全部 ${count} 个客户端。`,
        ]
      : []),
    `**没有混淆。** 每条连接各有自己的队列，由四个数标识；从一条连接收到的请求在同一条连接上应答。${strangers === 0 ? '从端口看，每段文本都来自应当发送它的客户端。' : `有 ${strangers} 个客户端收到了来自其他端口的文本。`}`,
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}
