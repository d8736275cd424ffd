import { hexdump } from '../../src/bytes/index.ts';
import {
  code,
  type Evidence,
  fence,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  plain,
  ranges,
  storyTable,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES, REQUEST_NAMES } from './names.ts';
import { HOST } from './scenario.ts';
import {
  type Channel,
  channels,
  type Exchange,
  type FcgiRecord,
  loggedLines,
  pairsOf,
  printedBy,
  streamOf,
  textOf,
  toldByNginx,
  TYPE,
} from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const both = channels(evidence);
  const drawings = new Map<string, string>();
  const [first] = both;
  const exchange = first?.requests[0];
  return {
    summary: summary(both, language),
    data: paragraphs(
      say(text('### 5.1 The requests', '### 5.1 各次请求')),
      requests(evidence, both, language),
      say(text('### 5.2 The records', '### 5.2 各记录')),
      ...both.map((channel) => records(channel, language)),
      say(text('### 5.3 The parameters of the first request', '### 5.3 第一个请求的参数')),
      exchange === undefined ? '' : parameters(exchange, language),
      say(text('### 5.4 Records byte by byte', '### 5.4 记录的各字节')),
      exchange === undefined ? '' : bytes(first, exchange, language),
      say(text('### 5.5 The log lines', '### 5.5 日志行')),
      logs(evidence, both, language),
      say(text('### 5.6 The connections on one clock', '### 5.6 连接的全过程（同一时钟）')),
      ...both.map((channel) =>
        channel.wire === undefined
          ? ''
          : ladderSection(channel.wire, NAMES[channel.way][language], language, drawings, {
              file: `ladder-${channel.way}.svg`,
              noted: (note) => noted(note, language),
            }),
      ),
      ...both.map((channel) => strips(evidence, channel, language, drawings)),
      first === undefined || exchange === undefined ? '' : story(evidence, first, exchange, language),
      say(text('### 5.7 Socket tables', '### 5.7 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'listening', title: text('both servers listen', '两个服务器都在监听') },
          { label: 'closed answered', title: text('after the first request', '第一个请求之后') },
          {
            label: 'kept-1 answered',
            title: text('between the two requests of the kept connection', '保持的连接的两个请求之间'),
          },
          { label: 'nginx has ended', title: text('nginx has ended', 'nginx 结束之后') },
        ],
        language,
      ),
      say(text('### 5.8 What the servers were told', '### 5.8 两个服务器的配置')),
      ...configurations(evidence),
    ),
    analysis: [setUp(both), streams(both), teardown(both)]
      .flatMap((part) => (part === undefined ? [] : [part[language]]))
      .join('\n\n'),
    drawings,
  };
}

const isType =
  (type: number) =>
  (record: FcgiRecord): boolean =>
    record.type === type;

const framesOf = (records: readonly FcgiRecord[]): number[] => [
  ...new Set(records.flatMap(({ frames }) => frames)),
];

const speaker = (side: 0 | 1): string => (side === 0 ? 'nginx' : 'php-fpm');

function summary(both: readonly Channel[], language: Language): string {
  const lines = both.map(({ way, requests: all, records: every, wire }) => {
    const fin = wire?.connection.close.fins[0];
    const errors = every
      .filter(isType(TYPE.stderr))
      .reduce((sum, { content }) => sum + loggedLines(textOf(content)).length, 0);
    const name = NAMES[way][language];
    const who = fin === undefined ? '–' : speaker(fin.side);
    return language === 'en'
      ? `- **${name}:** ${all.length} ${all.length === 1 ? 'request' : 'requests'} in ${every.length} records; ${errors} log lines came back as FCGI_STDERR; the first FIN was ${who}’s.`
      : `- **${name}：** ${all.length} 个请求，共 ${every.length} 个记录；${errors} 行日志以 FCGI_STDERR 返回；先发 FIN 的是 ${who}。`;
  });
  const question =
    language === 'en'
      ? '**What do a web server and PHP say to each other, and what becomes of their connection?**'
      : '**Web 服务器与 PHP 之间说了什么，它们的连接又如何结束？**';
  return paragraphs(question, lines.join('\n'));
}

function requests(evidence: Evidence, both: readonly Channel[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'curl asks for',
          'nginx → php-fpm',
          'records →',
          'frames →',
          'records ←',
          'frames ←',
          'ms',
          'curl prints',
        ]
      : ['curl 请求', 'nginx → php-fpm', '记录 →', '帧 →', '记录 ←', '帧 ←', '毫秒', 'curl 打印'];
  const rows = both.flatMap(({ requests: all, clientPort, serverPort, wire }) =>
    all.map(({ id, facts, asked, answered }) => {
      const at = (frame: number | undefined): number =>
        wire?.connection.segments.find((segment) => segment.frame === frame)?.atNs ?? 0;
      const [from, to] = [framesOf(asked), framesOf(answered)];
      return [
        code(String(facts['url'])),
        code(`${clientPort} → ${serverPort}`),
        String(asked.length),
        ranges(from),
        String(answered.length),
        ranges(to),
        ((at(to.at(-1)) - at(from[0])) / 1e6).toFixed(3),
        printedBy(evidence, `curl-${id}`)
          .map(({ text: line }) => code(line))
          .join(' '),
      ];
    }),
  );
  const legend =
    language === 'en'
      ? `Frames of ${HOST}.pcap; ms: from the first segment of the request to the last of its answer.`
      : `帧号属于 ${HOST}.pcap；毫秒：从请求的第一个报文段到应答的最后一个。`;
  return paragraphs(table(head, rows, [2, 4, 6]), legend);
}

function records(channel: Channel, language: Language): string {
  const head =
    language === 'en'
      ? ['frame', 'from', 'offset', 'type', 'request', 'content', 'padding', 'what it says']
      : ['帧', '发送方', '偏移', '类型', '请求号', '内容', '填充', '内容说明'];
  const ordered = channel.requests.flatMap(({ asked, answered }) => [...asked, ...answered]);
  const rows = ordered.map(({ frames, side, offset, type, requestId, content, paddingBytes, message }) => [
    ranges(frames),
    speaker(side),
    String(offset),
    `${type} ${plain(message?.name ?? '')}`,
    String(requestId),
    String(content.length),
    String(paddingBytes),
    plain(meaning((message?.summary ?? '').replace(/^[A-Z_]+ #\d+,? ?/, ''), language)),
  ]);
  return paragraphs(`**${NAMES[channel.way][language]}**`, table(head, rows, [2, 4, 5, 6]));
}

/** What the trace says of a record, in the report's language; what a program wrote stays as it is. */
function meaning(summary: string, language: Language): string {
  if (language === 'en') return summary;
  return summary
    .replace('empty: the stream ends', '空：数据流结束')
    .replace('close the connection after the answer', '应答后关闭连接')
    .replace('keep the connection', '保持连接')
    .replace(/^(\d+) parameters in (\d+) bytes/, '$1 个参数，共 $2 字节')
    .replace(/^(\d+) bytes: /, '$1 字节：')
    .replace('application status', '应用状态');
}

/** The line of a record under its segment: its name as it is, what it says in the report's language. */
function noted(note: string, language: Language): string {
  const [, head = '', rest = ''] = /^([A-Z_]+ #\d+,? ?)(.*)$/.exec(note) ?? [];
  return head === '' ? note : `${head}${meaning(rest, language)}`;
}

/** The parts of a record in the dumps (FastCGI 1.0, section 3.3). */
const PARTS: Readonly<Record<string, string>> = {
  version: '版本',
  type: '类型',
  'request id': '请求号',
  'content length': '内容长度',
  'padding length': '填充长度',
  reserved: '保留',
  role: '角色',
  flags: '标志',
  content: '内容',
  padding: '填充',
  'application status': '应用状态',
  'protocol status': '协议状态',
};
const VALUES: Readonly<Record<string, string>> = { 'close after the answer': '应答后关闭' };
const part = (label: string, language: Language): string =>
  language === 'en' ? label : (PARTS[label] ?? label);

function parameters({ asked }: Exchange, language: Language): string {
  const pairs = pairsOf(streamOf(asked, TYPE.params));
  return table(
    language === 'en' ? ['name', 'value', 'bytes'] : ['名字', '值', '字节'],
    pairs.map(([name, value]) => [
      code(name),
      // Where the scratch folder was says nothing about FastCGI.
      code(
        name === 'SCRIPT_FILENAME'
          ? `…${value.slice(value.lastIndexOf('/scratch/') + '/scratch'.length)}`
          : value,
      ),
      String(name.length + value.length),
    ]),
    [2],
  );
}

/** One record of each kind but PARAMS, whose pairs stand above. */
function bytes(channel: Channel | undefined, { asked, answered }: Exchange, language: Language): string {
  const wire = channel?.wire;
  if (wire === undefined) return '';
  const chosen = [...asked, ...answered].filter(
    ({ type, content }) => type !== TYPE.params || content.length === 0,
  );
  return paragraphs(
    ...chosen.map(({ side, offset, length, message, frames }) => {
      const stream = wire.connection.directions[side].streamBytes().bytes;
      const where =
        language === 'en'
          ? `${speaker(side)}, ${frames.length === 1 ? 'frame' : 'frames'} ${ranges(frames)}, stream offset ${offset}, ${length} bytes`
          : `${speaker(side)}，第 ${ranges(frames)} 帧，流偏移 ${offset}，${length} 字节`;
      const dump = hexdump(stream.subarray(offset, offset + length), {
        fields: (message?.fields ?? []).map((field) => ({
          ...field,
          label: part(field.label, language),
          ...(language === 'zh' && field.value !== undefined
            ? { value: VALUES[field.value] ?? field.value }
            : {}),
        })),
      });
      return paragraphs(`**${plain(message?.name ?? '')}** (${where})`, fence(dump));
    }),
  );
}

function logs(evidence: Evidence, both: readonly Channel[], language: Language): string {
  const told = toldByNginx(evidence);
  const all = both.flatMap(({ requests: some }) => some);
  const rows = all.flatMap(({ id, answered, facts }, index) => {
    const wire = answered.filter(isType(TYPE.stderr));
    const lines = loggedLines(textOf(streamOf(answered, TYPE.stderr)));
    const nginx = told[index];
    return [
      [
        REQUEST_NAMES[id][language],
        String(facts['lines']),
        ranges(framesOf(wire)),
        lines.map((line) => code(line)).join('<br>'),
        nginx === undefined
          ? '–'
          : loggedLines(nginx.text)
              .map((line) => code(line))
              .join('<br>'),
        nginx === undefined ? '–' : String(nginx.line),
      ],
    ];
  });
  return table(
    language === 'en'
      ? [
          'request',
          'lines asked for',
          'FCGI_STDERR in frame',
          'its lines',
          'nginx’s error log',
          'line of calls.jsonl',
        ]
      : ['请求', '要求的行数', 'FCGI_STDERR 所在帧', '其中的行', 'nginx 的错误日志', 'calls.jsonl 行号'],
    rows,
    [1, 5],
  );
}

function strips(
  evidence: Evidence,
  channel: Channel,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { wire, clientPort, serverPort, way } = channel;
  if (wire === undefined) return '';
  const { capture, connection } = wire;
  const margin = Math.max(2000, (capture.atUs(connection.lastNs) - capture.atUs(connection.firstNs)) / 10);
  const window = {
    fromUs: capture.atUs(connection.firstNs) - margin,
    untilUs: capture.atUs(connection.lastNs) + margin,
  };
  const title = `${NAMES[way][language]}${language === 'en' ? ': ' : '：'}${language === 'en' ? 'the states of both ends' : '两端的状态'}`;
  const file = `states-${way}.svg`;
  const marks = connection.close.fins.map(({ frame, side }) => {
    const atNs = connection.segments.find((segment) => segment.frame === frame)?.atNs ?? 0;
    return { atMs: (capture.atUs(atNs) - window.fromUs) / 1000, name: `FIN ${speaker(side)}` };
  });
  drawings.set(
    file,
    stripSvg(
      title,
      [
        stripOf(evidence, HOST, { localPort: clientPort, remotePort: serverPort }, window, 'nginx'),
        stripOf(evidence, HOST, { localPort: serverPort, remotePort: clientPort }, window, 'php-fpm'),
      ],
      marks,
      { name: 'ms', ms: 1 },
    ),
  );
  return `![${title}](${file})`;
}

function story(
  evidence: Evidence,
  { clientPort, serverPort }: Channel,
  { window }: Exchange,
  language: Language,
): string {
  return storyTable(
    evidence,
    {
      ...{ clientPort, serverPort, ...window, hosts: [HOST, HOST] as const },
      // nginx is the client of this connection, php-fpm its server.
      // What nginx says of its own start may come a moment late.
      speaks: (record) =>
        record.process !== 'lab' &&
        !(record.kind === 'log' && JSON.stringify(record.fields).includes('[notice]')),
    },
    language,
  );
}

function configurations(evidence: Evidence): string[] {
  return evidence.calls.flatMap(({ record }) => {
    if (record.kind !== 'log' || record.event !== 'configuration') return [];
    const { program, text: words } = record.fields;
    return typeof program === 'string' && typeof words === 'string'
      ? [`**${plain(program)}**`, fence(words)]
      : [];
  });
}

function setUp(both: readonly Channel[]): Text | undefined {
  const channel = both.find(({ way }) => way === 'closed');
  const [exchange] = channel?.requests ?? [];
  const handshake = channel?.wire?.connection.handshake;
  if (channel === undefined || exchange === undefined || handshake?.complete !== true) return undefined;
  const { asked } = exchange;
  const pairs = pairsOf(streamOf(asked, TYPE.params)).length;
  const frames = framesOf(asked);
  const bytes = asked.reduce((sum, { length }) => sum + length, 0);
  return text(
    `**Set-up and request.** Frames ${handshake.syn}, ${handshake.synAck} and ${handshake.ack} open the connection. nginx’s request is ${asked.length} records of together ${bytes} bytes, in ${frames.length === 1 ? `one segment, frame ${frames[0] ?? 0}` : `frames ${ranges(frames)}`}: what it wants (BEGIN_REQUEST), ${pairs} parameters, which the script finds in its environment, and the body of the HTTP request (STDIN), which a GET does not have. The empty records end the streams: FastCGI marks ends inside a connection, where TCP has only one end, the FIN.`,
    `**建立与请求。** 第 ${handshake.syn}、${handshake.synAck}、${handshake.ack} 帧建立连接。nginx 的请求为 ${asked.length} 个记录，共 ${bytes} 字节，由${frames.length === 1 ? `第 ${frames[0] ?? 0} 帧一个报文段` : `第 ${ranges(frames)} 帧`}承载：要做什么（BEGIN_REQUEST）、${pairs} 个参数（脚本在其环境中看到），以及 HTTP 请求的正文（STDIN），GET 没有正文。空记录表示流的结束：FastCGI 在连接之内标记结尾，而 TCP 只有 FIN 这一个结尾。`,
  );
}

function streams(both: readonly Channel[]): Text | undefined {
  const exchange = both.find(({ way }) => way === 'closed')?.requests[0];
  const errors = exchange?.answered.filter(isType(TYPE.stderr)) ?? [];
  const pages = exchange?.answered.filter(isType(TYPE.stdout)) ?? [];
  if (exchange === undefined || errors.length === 0 || pages.length === 0) return undefined;
  const lines = loggedLines(textOf(streamOf(exchange.answered, TYPE.stderr)));
  const shared = framesOf(errors).filter((frame) => framesOf(pages).includes(frame));
  return text(
    `**Two streams in one answer.** The script’s ${lines.length} log lines came in ${errors.length} FCGI_STDERR ${errors.length === 1 ? 'record' : 'records'}, its page in ${pages.length} FCGI_STDOUT ${pages.length === 1 ? 'record' : 'records'}${shared.length > 0 ? `, side by side in frame ${ranges(shared)}` : ''}. The record’s type keeps them apart; nginx wrote the one to its error log and sent the other on to curl. The first bytes of FCGI_STDOUT are a head of their own, from which nginx makes the head of the HTTP answer.`,
    `**一个应答中的两个流。** 脚本的 ${lines.length} 行日志在 ${errors.length} 个 FCGI_STDERR 记录中，页面在 ${pages.length} 个 FCGI_STDOUT 记录中${shared.length > 0 ? `，同在第 ${ranges(shared)} 帧` : ''}。记录的类型把它们分开：nginx 把前者写入错误日志，把后者转给 curl。FCGI_STDOUT 开头是它自己的首部，nginx 由此生成 HTTP 应答的首部。`,
  );
}

function teardown(both: readonly Channel[]): Text | undefined {
  const parts = both.flatMap(({ way, wire, requests: all }) => {
    const connection = wire?.connection;
    const fin = connection?.close.fins[0];
    const last = Math.max(...all.flatMap(({ answered }) => framesOf(answered)));
    const at = (frame: number): number =>
      connection?.segments.find((segment) => segment.frame === frame)?.atNs ?? 0;
    if (connection === undefined || fin === undefined) return [];
    const late = ((at(fin.frame) - at(last)) / 1e6).toFixed(3);
    const waits = connection.inTimeWait.map(speaker);
    return [
      way === 'closed'
        ? text(
            `BEGIN_REQUEST asked for a close, and ${speaker(fin.side)} sent its FIN ${late} ms behind END_REQUEST (frame ${fin.frame}); TIME_WAIT: ${waits.join(' and ')}`,
            `BEGIN_REQUEST 要求关闭，${speaker(fin.side)} 在 END_REQUEST 之后 ${late} 毫秒发出 FIN（第 ${fin.frame} 帧）；TIME_WAIT：${waits.join('与')}`,
          )
        : text(
            `with FCGI_KEEP_CONN ${all.length} requests shared one handshake, and the connection stayed open until ${speaker(fin.side)} ended, ${late} ms after the last answer (frame ${fin.frame}); TIME_WAIT: ${waits.join(' and ')}`,
            `有 FCGI_KEEP_CONN 时 ${all.length} 个请求共用一次握手，连接一直打开，直到最后的应答之后 ${late} 毫秒 ${speaker(fin.side)} 结束（第 ${fin.frame} 帧）；TIME_WAIT：${waits.join('与')}`,
          ),
    ];
  });
  if (parts.length === 0) return undefined;
  return text(
    `**Teardown.** ${parts.map(({ en }) => en).join('; ')}.`,
    `**关闭。** ${parts.map(({ zh }) => zh).join('；')}。`,
  );
}
