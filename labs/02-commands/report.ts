import {
  code,
  type Evidence,
  ladderSection,
  type Language,
  netstatSection,
  packetSection,
  paragraphs,
  plain,
  ranges,
  storyTable,
  summaryOf,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { kindOf, operationOf } from '../../src/wire/index.ts';
import type { Command } from './scenario.ts';
import { type CommandView, commandViews, heard, type Journey, links, packetOf, type Who } from './views.ts';

const NAMES: Record<Command, Text> = {
  time: text('time', '请求时间'),
  name: text('name', '请求名字'),
  list: text('list', '请求列表'),
  send: text('a text to the other client', '给另一客户端发送文本'),
  unknown: text('a text to a number that nobody has', '给不存在的编号发送文本'),
};

const KINDS: Record<string, Text> = {
  request: text('request', '请求'),
  response: text('response', '响应'),
  indication: text('indication', '指示'),
};

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = commandViews(evidence);
  const send = views.find(({ command }) => command === 'send');
  const both = links(evidence);
  const drawings = new Map<string, string>();
  const ofClient = both.find(({ who }) => who === 'client');
  const ofFriend = both.find(({ who }) => who === 'friend');
  return {
    summary: summary(evidence, views, language),
    data: paragraphs(
      say(text('### 5.1 The packets of the protocol', '### 5.1 协议分组一览')),
      packets(evidence, views, language),
      say(text('### 5.2 Byte by byte', '### 5.2 逐字节标注')),
      ...views
        .filter(({ command }) => command !== 'send')
        .flatMap((view) => [
          `#### ${say(NAMES[view.command])}`,
          ...view.packets.map(({ from }) =>
            packetSection(evidence.protocol, from, from.capture.file, language),
          ),
        ]),
      say(text('### 5.3 The way of a text', '### 5.3 文本的传递路径')),
      send === undefined ? '' : way(send, language),
      ...(send?.packets ?? []).map(({ from }) =>
        packetSection(evidence.protocol, from, from.capture.file, language),
      ),
      send === undefined || ofClient === undefined
        ? ''
        : paragraphs(
            say(
              text(
                '**All witnesses on one clock** (packets and sockets of the sender’s connection)',
                '**各方记录（同一时钟）**（分组与套接字属于发送者的连接）',
              ),
            ),
            storyTable(
              evidence,
              {
                ...{ clientPort: ofClient.clientPort, serverPort: ofClient.serverPort, ...send.window },
                hosts: ['client', 'server'],
              },
              language,
            ),
          ),
      say(text('### 5.4 The connections as ladders', '### 5.4 连接的时序图')),
      ...[ofClient, ofFriend].map((link) =>
        link?.here === undefined
          ? ''
          : ladderSection(link.here, whose(link.who)[language], language, drawings, {
              file: `ladder-${link.who}.svg`,
            }),
      ),
      say(text('### 5.5 Socket tables', '### 5.5 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'both connected', title: text('both clients are connected', '两个客户端均已连接') },
          { label: 'all asked', title: text('everything has been asked', '全部请求完成后') },
        ],
        language,
      ),
    ),
    analysis: analysis(evidence, views, language),
    drawings,
  };
}

const whose = (who: Who): Text =>
  who === 'client'
    ? text('The connection of the first client', '第一个客户端的连接')
    : text('The connection of the client that gets the text', '接收文本的客户端的连接');

function summary(evidence: Evidence, views: readonly CommandView[], language: Language): string {
  const lines = views.map((view) => {
    const mine = view.packets.filter(({ who }) => who === 'client');
    const other = view.packets.length - mine.length;
    const outcome = view.outcome?.record;
    const got =
      outcome === undefined
        ? '–'
        : outcome.kind === 'throw'
          ? code(outcome.code)
          : code(shown(view.command, outcome.value));
    return language === 'en'
      ? `- **${NAMES[view.command].en}:** ${mine.length} packets on the asker’s connection${other > 0 ? `, ${other} on the other’s` : ''}; the program got ${got}.`
      : `- **${NAMES[view.command].zh}：** 请求者的连接上有 ${mine.length} 个分组${other > 0 ? `，另一连接上有 ${other} 个` : ''}；程序得到 ${got}。`;
  });
  const question =
    language === 'en'
      ? `**What does each command look like in bytes, and which way does a text take?** (protocol ${code(evidence.manifest.protocol.name)})`
      : `**每条命令对应哪些字节？一段文本走哪条路径？**（协议 ${code(evidence.manifest.protocol.name)}）`;
  return paragraphs(question, lines.join('\n'));
}

function shown(command: Command, value: unknown): string {
  if (command === 'time' && typeof value === 'number') return new Date(value).toISOString();
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return words.length > 160 ? `${words.slice(0, 159)}…` : words;
}

function packets(evidence: Evidence, views: readonly CommandView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'command',
          'ms',
          'from → to',
          'left in frame',
          'arrived in frame',
          'kind',
          'request',
          'bytes',
          'what it says',
        ]
      : ['命令', '毫秒', '方向', '发出端的帧', '到达端的帧', '类别', '请求号', '字节', '内容'];
  const rows = views.flatMap((view) =>
    view.packets.map((packet) => {
      const { from, to } = packet;
      return [
        NAMES[view.command][language],
        ((from.atUs - view.window.fromUs) / 1000).toFixed(3),
        direction(packet),
        `${from.capture.host} ${ranges(from.frames)}`,
        to === undefined ? '–' : `${to.capture.host} ${ranges(to.frames)}`,
        KINDS[kindOf(from.message.type)]?.[language] ?? '',
        evidence.protocol.numbersRequests ? String(from.message.request) : '–',
        String(from.bytes.length),
        plain(summaryOf(from.message)),
      ];
    }),
  );
  const legend =
    language === 'en'
      ? `Times count from the beginning of each command, on the sender’s side. ${evidence.protocol.numbersRequests ? 'A response carries the request number of its request; what the server says unasked is an indication.' : 'This protocol has no request numbers: a response belongs to the oldest request that has none yet.'}`
      : `时间从每条命令开始时计，取发出端的抓包。${evidence.protocol.numbersRequests ? '响应带有其请求的请求号；服务器主动发出的是指示。' : '该协议没有请求号：响应属于最早的尚未应答的请求。'}`;
  return paragraphs(table(head, rows, [1, 6, 7]), legend);
}

const direction = ({ from, who }: Journey & { readonly who: Who }): string =>
  from.side === 0 ? `${who} → server` : `server → ${who}`;

/** The text's stations, each with both ends' frames and times. */
function way(view: CommandView, language: Language): string {
  const head =
    language === 'en'
      ? ['', 'packet', 'from → to', 'left in frame', 'at ms', 'arrived in frame', 'at ms']
      : ['', '分组', '方向', '发出的帧', '毫秒', '到达的帧', '毫秒'];
  const at = (us: number): string => ((us - view.window.fromUs) / 1000).toFixed(3);
  const rows = view.packets.map((packet, index) => {
    const { from, to } = packet;
    return [
      String(index + 1),
      code(from.message.type),
      direction(packet),
      `${from.capture.file} ${ranges(from.frames)}`,
      at(from.atUs),
      to === undefined ? '–' : `${to.capture.file} ${ranges(to.frames)}`,
      to === undefined ? '–' : at(to.atUs),
    ];
  });
  return table(head, rows, [4, 6]);
}

function analysis(evidence: Evidence, views: readonly CommandView[], language: Language): string {
  const parts = [kinds(evidence, views), list(views), sent(evidence, views), refused(evidence, views)];
  return parts
    .map((part) => part[language])
    .filter((part) => part !== '')
    .join('\n\n');
}

const NOTHING = text('', '');

function kinds({ protocol }: Evidence, views: readonly CommandView[]): Text {
  const all = views.flatMap(({ packets: each }) => each);
  const count = (kind: string): number => all.filter(({ from }) => kindOf(from.message.type) === kind).length;
  const sizes = new Map(all.map(({ from }) => [from.message.type, from.bytes.length]));
  const smallest = [...sizes].sort((a, b) => a[1] - b[1])[0];
  if (smallest === undefined) return NOTHING;
  const operations = [...new Set(all.map(({ from }) => operationOf(from.message.type)))];
  return text(
    `**Requests, responses, indications.** The ${all.length} packets of these commands are ${counted(count('request'), 'request')}, ${counted(count('response'), 'response')} and ${counted(count('indication'), 'indication')} of ${operations.length} operations (${operations.join(', ')}). The smallest, ${code(smallest[0])}, has ${smallest[1]} bytes. TCP carries bytes and no packets; that a packet ends where it ends is said by ${framing(protocol.description.framing.by).en}.`,
    `**请求、响应、指示。** 这些命令共有 ${all.length} 个分组：请求 ${count('request')} 个，响应 ${count('response')} 个，指示 ${count('indication')} 个，涉及 ${operations.length} 种操作（${operations.join('、')}）。最小的是 ${code(smallest[0])}，${smallest[1]} 字节。TCP 传送的是字节而不是分组；分组在何处结束由${framing(protocol.description.framing.by).zh}决定。`,
  );
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function framing(kind: string): Text {
  switch (kind) {
    case 'length':
      return text('its length field', '长度字段');
    case 'fixed':
      return text('its fixed size', '固定的长度');
    default:
      return text('the terminator behind it', '其后的结束符');
  }
}

function list(views: readonly CommandView[]): Text {
  const view = views.find(({ command }) => command === 'list');
  const answer = view && packetOf(view, 'client', 'list.response');
  if (answer?.from.message.type !== 'list.response') return NOTHING;
  const { clients } = answer.from.message;
  const ports = clients.map(({ port }) => port).join(', ');
  return text(
    `**The list** has ${clients.length} entries with the ports ${ports}. They are the foreign ports of the server’s ESTABLISHED rows in section 5.5: the server tells what its own accept was told by the kernel.`,
    `**列表**共 ${clients.length} 项，端口为 ${ports}。它们就是 5.5 节服务器各 ESTABLISHED 行的远端端口：服务器给出的是 accept 时内核告诉它的地址。`,
  );
}

function sent(evidence: Evidence, views: readonly CommandView[]): Text {
  const view = views.find(({ command }) => command === 'send');
  const asked = view && packetOf(view, 'client', 'send.request');
  const brought = view && packetOf(view, 'friend', 'deliver.indication');
  const told = heard(evidence);
  if (view === undefined || asked === undefined || brought?.from.message.type !== 'deliver.indication')
    return NOTHING;
  const { fromAddress, fromPort, text: words } = brought.from.message;
  const confirmed = packetOf(view, 'friend', 'deliver.response');
  const answer = packetOf(view, 'client', 'send.response');
  const late = ((brought.from.atUs - (asked.to ?? asked.from).atUs) / 1000).toFixed(3);
  const before = confirmed?.to !== undefined && answer !== undefined && confirmed.to.atUs <= answer.from.atUs;
  const confirmedIn = ranges(confirmed?.to?.frames ?? []);
  const resultEn =
    answer === undefined
      ? 'No packet tells the sender what became of it: this protocol has none for that.'
      : before
        ? `Only when the receiver’s client had confirmed it (frame ${confirmedIn} of server.pcap) did the server answer the sender: ${summaryOf(answer.from.message)}.`
        : `The server answered the sender ${summaryOf(answer.from.message)}; no confirmation of the receiver came before that.`;
  const resultZh =
    answer === undefined
      ? '没有分组告诉发送者结果如何：该协议没有这样的分组。'
      : before
        ? `接收者的客户端确认之后（server.pcap 第 ${confirmedIn} 帧），服务器才应答发送者：${summaryOf(answer.from.message)}。`
        : `服务器应答发送者 ${summaryOf(answer.from.message)}；此前没有接收者的确认。`;
  return text(
    `**The way of a text.** There is no connection between the two clients. The request ended at the server, which wrote an indication on the receiver’s connection ${late} ms after the request had reached it, with the same text, ${code(words)}, ${fromAddress === '' ? 'and nothing that says from whom' : `and the sender’s address ${fromAddress} and port ${fromPort} as the server knows them`}.${told === undefined ? '' : ' The receiver’s program had not asked for anything: a client must be ready to read at any moment.'} ${plain(resultEn)}`,
    `**文本的传递路径。** 两个客户端之间没有连接。请求到服务器为止；请求到达 ${late} ms 后，服务器在接收者的连接上写出一个指示，内容同为 ${code(words)}，${fromAddress === '' ? '但没有注明发送者' : `并附上服务器所知的发送者地址 ${fromAddress} 与端口 ${fromPort}`}。${told === undefined ? '' : '接收者的程序并没有请求什么：客户端必须随时准备读取。'}${plain(resultZh)}`,
  );
}

function refused(evidence: Evidence, views: readonly CommandView[]): Text {
  const view = views.find(({ command }) => command === 'unknown');
  const answer = view && packetOf(view, 'client', 'error.response');
  if (view === undefined || answer?.from.message.type !== 'error.response') return NOTHING;
  const { status, text: words } = answer.from.message;
  const other = view.packets.filter(({ who }) => who === 'friend').length;
  const own = links(evidence).find(({ who }) => who === 'client');
  const next = own?.sent.find(({ from }) => from.atUs > answer.from.atUs);
  return text(
    `**An unknown number.** Number ${String(view.facts['to'])} got the sender the answer ${code(status)} with the sentence ${code(words)}; ${other === 0 ? 'no packet went to the other client' : `${other} packets went to the other client`}${next !== undefined ? `. The connection went on, with ${code(next.from.message.type)} as the client’s next packet: the error is the request’s, not the connection’s` : ''}.`,
    `**不存在的编号。** 发送到编号 ${String(view.facts['to'])} 得到应答 ${code(status)}，说明为 ${code(words)}；${other === 0 ? '没有分组发往另一客户端' : `有 ${other} 个分组发往另一客户端`}${next !== undefined ? `。连接继续可用，客户端的下一个分组是 ${code(next.from.message.type)}：出错的是这个请求，而不是连接` : ''}。`,
  );
}
