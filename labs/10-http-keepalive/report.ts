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
  socketAt,
  storyTable,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import { hexdump } from '../../src/bytes/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { type CaseView, caseViews, endingOf, lasting } from './views.ts';

const WHO: readonly [Text, Text] = [text('client', '客户端'), text('server', '服务器')];

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  const [first] = views;
  return {
    summary: summary(evidence, views, language),
    data: paragraphs(
      say(text('### 5.1 The four connections', '### 5.1 四条连接')),
      overview(evidence, views, language),
      say(text('### 5.2 What nginx wrote, and what travelled', '### 5.2 nginx 的写出与网络上的报文段')),
      writes(views, language),
      say(text('### 5.3 The request and its answer', '### 5.3 请求与应答')),
      first === undefined ? '' : messages(first, language),
      say(text('### 5.4 The connections as ladders', '### 5.4 连接的时序图')),
      ...views.map((view) =>
        view.client === undefined
          ? ''
          : ladderSection(view.client, NAMES[view.each.id][language], language, drawings, {
              file: `ladder-${view.each.id}.svg`,
              noted: (note) => spoken(note, language),
            }),
      ),
      say(text('### 5.5 The states of both ends', '### 5.5 两端的状态')),
      ...views.filter(({ each }) => each.waits).map((view) => strips(evidence, view, language, drawings)),
      first === undefined ? '' : story(evidence, first, language),
      say(text('### 5.6 Socket tables', '### 5.6 套接字表')),
      ...views.map((view) => tables(evidence, view, language)),
      say(text('### 5.7 nginx’s configuration', '### 5.7 nginx 的配置')),
      configuration(evidence),
    ),
    analysis: [segments(views), idle(views), closed(evidence, views), waiting(evidence, views)]
      .flatMap((part) => (part === undefined ? [] : [part[language]]))
      .join('\n\n'),
    drawings,
  };
}

/** The sides that have a socket in TIME_WAIT when it is over, by the kernels' tables. */
function timeWaits(evidence: Evidence, { each, clientPort, serverPort }: CaseView): Text[] {
  const label = `${each.id} over`;
  const ends = [
    socketAt(evidence, 'client', label, { localPort: clientPort, remotePort: serverPort }),
    socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: clientPort }),
  ];
  return ends.flatMap((end, side) => (end?.state === 'TIME_WAIT' ? [WHO[side === 0 ? 0 : 1]] : []));
}

const joined = (texts: readonly Text[], language: Language): string =>
  texts.length === 0 ? '–' : texts.map((each) => each[language]).join(language === 'en' ? ' and ' : '与');

const framesOf = ({ answer }: CaseView): number[] => [
  ...new Set([...(answer?.headFrames ?? []), ...(answer?.bodyFrames ?? [])]),
];

function summary(evidence: Evidence, views: readonly CaseView[], language: Language): string {
  const lines = views.map((view) => {
    const ending = endingOf(view.server);
    const count = framesOf(view).length;
    const name = NAMES[view.each.id][language];
    if (ending === undefined) return `- **${name}**: –`;
    const after = lasting(ending.idleMs)[language];
    const by = WHO[ending.first.side][language];
    const waits = joined(timeWaits(evidence, view), language);
    return language === 'en'
      ? `- **${name}:** the answer took ${count} ${count === 1 ? 'segment' : 'segments'}; ${after} after it came the first FIN, the ${by}’s; TIME_WAIT: ${waits}.`
      : `- **${name}：** 应答用了 ${count} 个报文段；其后 ${after}，${by}先发出 FIN；TIME_WAIT：${waits}。`;
  });
  const question =
    language === 'en'
      ? '**How many segments does an answer take, who closes an idle connection, and who is left in TIME_WAIT?**'
      : '**一个应答用几个报文段？空闲的连接由谁关闭？谁留在 TIME_WAIT？**';
  return paragraphs(question, lines.join('\n'));
}

function overview(evidence: Evidence, views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'connection',
          'ports',
          'segments of the answer',
          'head in frame',
          'body in frame',
          'idle',
          'first FIN',
          'in frame',
          'TIME_WAIT',
        ]
      : [
          '连接',
          '端口',
          '应答的报文段数',
          '首部所在帧',
          '正文所在帧',
          '空闲',
          '先发 FIN',
          '所在帧',
          'TIME_WAIT',
        ];
  const rows = views.map((view) => {
    const ending = endingOf(view.server);
    return [
      NAMES[view.each.id][language],
      code(`${view.clientPort} → ${view.serverPort}`),
      String(framesOf(view).length),
      ranges(view.answer?.headFrames ?? []),
      ranges(view.answer?.bodyFrames ?? []),
      ending === undefined ? '–' : lasting(ending.idleMs)[language],
      ending === undefined ? '–' : WHO[ending.first.side][language],
      ending === undefined ? '–' : String(ending.first.segment.frame),
      joined(timeWaits(evidence, view), language),
    ];
  });
  const legend =
    language === 'en'
      ? 'Frames of server.pcap. Idle: from the last segment with data to the first FIN.'
      : '帧号属于 server.pcap。空闲：从最后一个带数据的报文段到第一个 FIN。';
  return paragraphs(table(head, rows, [2, 3, 4, 5, 7]), legend);
}

function writes(views: readonly CaseView[], language: Language): string {
  const told = views.some((view) => view.writes.length > 0);
  const head =
    language === 'en'
      ? [
          'connection',
          'head (bytes)',
          'body (bytes)',
          'nginx’s calls',
          'segments',
          'head to body (ms)',
          'its end, by nginx',
        ]
      : [
          '连接',
          '首部 (字节)',
          '正文 (字节)',
          'nginx 的调用',
          '报文段',
          '首部到正文 (毫秒)',
          'nginx 对结束的记录',
        ];
  const rows = views.map((view) => [
    NAMES[view.each.id][language],
    String(view.answer?.headBytes ?? '–'),
    String(view.answer?.bodyBytes ?? '–'),
    view.writes.length === 0 ? '–' : view.writes.map(({ text: words }) => code(words)).join(', '),
    String(framesOf(view).length),
    view.answer === undefined ? '–' : view.answer.apartMs.toFixed(3),
    view.endings.map(({ text: words }) => code(words)).join(', '),
  ]);
  const legend = told
    ? language === 'en'
      ? 'The calls and the ends are lines of nginx’s debug log; times are from the server’s wire.'
      : '调用与结束取自 nginx 的调试日志；时间取自服务器端抓包。'
    : language === 'en'
      ? 'This nginx was built without `--with-debug` and does not tell of its calls.'
      : '这个 nginx 编译时没有 `--with-debug`，不记录它的调用。';
  return paragraphs(table(head, rows, [1, 2, 4, 5]), legend);
}

const SHOWN_OF_BODY = 48;

/** The trace's words for a message and for its parts, in the report's language. */
const spoken = (summary: string, language: Language): string =>
  language === 'en' ? summary : summary.replace(/, (\d+) bytes of body/, '，正文 $1 字节');
const PARTS: Readonly<Record<string, string>> = {
  'request line': '请求行',
  'status line': '状态行',
  'end of head': '首部结束',
  body: '正文',
};
const part = (label: string, language: Language): string =>
  language === 'en' ? label : (PARTS[label] ?? label);

/** Request and answer with their lines named, as bytes. */
function messages({ server, answer }: CaseView, language: Language): string {
  if (server === undefined || answer?.request === undefined) return '';
  return paragraphs(
    ...[answer.request, answer.message].map((message) => {
      const stream = server.connection.directions[message.side].streamBytes().bytes;
      const head = message.fields.find(({ label }) => label === 'head')?.length ?? 0;
      // The page says the same over and over: its beginning is enough.
      const shown = Math.min(message.length, head + SHOWN_OF_BODY);
      const bytes = stream.subarray(message.offset, message.offset + shown);
      const fields = message.fields
        .filter(({ label }) => label !== 'head')
        .map((field) => ({ ...field, label: part(field.label, language) }));
      const left = message.length - shown;
      const more = language === 'en' ? `… ${left} more bytes of the body` : `… 正文还有 ${left} 字节`;
      const where =
        language === 'en'
          ? `server.pcap, ${message.frames.length === 1 ? 'frame' : 'frames'} ${ranges(message.frames)}, ${message.length} bytes`
          : `server.pcap 第 ${ranges(message.frames)} 帧，${message.length} 字节`;
      return paragraphs(
        `**${plain(spoken(message.summary, language))}** (${where})`,
        fence(hexdump(bytes, { fields }) + (left > 0 ? `\n${more}` : '')),
      );
    }),
  );
}

function strips(
  evidence: Evidence,
  view: CaseView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { clientPort, serverPort, client, each, window } = view;
  if (client === undefined) return '';
  const title = `${NAMES[each.id][language]}${language === 'en' ? ': ' : '：'}${language === 'en' ? 'the states of both ends' : '两端的状态'}`;
  const fromUs = client.capture.atUs(client.connection.firstNs) - 20_000;
  const untilUs = window.untilUs + 100_000;
  const fins = client.connection.close.fins.map(({ frame, side }) => {
    const atNs = client.connection.segments.find((segment) => segment.frame === frame)?.atNs ?? 0;
    return { atMs: (client.capture.atUs(atNs) - fromUs) / 1000, name: `FIN ${WHO[side][language]}` };
  });
  const file = `states-${each.id}.svg`;
  drawings.set(
    file,
    stripSvg(
      title,
      [
        stripOf(
          evidence,
          'client',
          { localPort: clientPort, remotePort: serverPort },
          { fromUs, untilUs },
          WHO[0][language],
        ),
        stripOf(
          evidence,
          'server',
          { localPort: serverPort, remotePort: clientPort },
          { fromUs, untilUs },
          WHO[1][language],
        ),
      ],
      fins,
      { name: language === 'en' ? 's' : '秒', ms: 1000 },
    ),
  );
  return `![${title}](${file})`;
}

function story(
  evidence: Evidence,
  { clientPort, serverPort, window, each }: CaseView,
  language: Language,
): string {
  return paragraphs(
    `**${NAMES[each.id][language]}**`,
    storyTable(
      evidence,
      {
        ...{ clientPort, serverPort, ...window, hosts: ['client', 'server'] as const },
        // nginx's debug log is long; its lines about writes and keep-alive are what matters here.
        speaks: (record) =>
          record.process === 'nginx'
            ? record.kind === 'log' &&
              /writev: \d|sendfile: \d|keepalive|close http connection/.test(String(record.fields['line']))
            : // The heads that curl prints stand in section 5.3.
              record.kind !== 'log' ||
              !/^(?:[<>] (?!GET |HTTP\/)|[<>] ?$|\{ \[)/.test(String(record.fields['line'])),
      },
      language,
    ),
  );
}

function tables(evidence: Evidence, { each, clientPort, serverPort }: CaseView, language: Language): string {
  const moments = [
    { moment: 'answered', title: text('idle', '空闲') },
    { moment: 'given up', title: text('only the server has closed', '只有服务器关闭') },
    { moment: 'over', title: text('over', '结束后') },
  ].filter(({ moment }) => each.id === 'server-closes' || moment !== 'given up');
  return netstatSection(
    evidence,
    moments.map(({ moment, title }) => ({
      label: `${each.id} ${moment}`,
      title: text(`${NAMES[each.id].en}: ${title.en}`, `${NAMES[each.id].zh}：${title.zh}`),
    })),
    language,
    ({ localPort, remotePort }) =>
      (localPort === clientPort && remotePort === serverPort) ||
      (localPort === serverPort && remotePort === clientPort),
  );
}

function configuration(evidence: Evidence): string {
  const note = evidence.calls.find(({ record }) => record.kind === 'log' && record.event === 'configuration');
  const words = note?.record.kind === 'log' ? note.record.fields['text'] : undefined;
  return typeof words === 'string' ? fence(words) : '';
}

function segments(views: readonly CaseView[]): Text | undefined {
  const apart = views.find(({ each }) => each.id === 'client-closes');
  const together = views.find(({ each }) => each.id === 'together');
  if (apart?.answer === undefined || together?.answer === undefined) return undefined;
  const calls = apart.writes.length;
  const [many, one] = [framesOf(apart).length, framesOf(together).length];
  return text(
    `**Segments of the answer.** ${calls > 0 ? `nginx handed head and body to the kernel in ${calls} calls. ` : ''}The ${apart.answer.headBytes} bytes of the head left in frame ${ranges(apart.answer.headFrames)}, the ${apart.answer.bodyBytes} bytes of the body ${apart.answer.apartMs.toFixed(3)} ms later in frame ${ranges(apart.answer.bodyFrames)}: ${many} segments, though all of it would find room in one. With ${code('tcp_nopush on')} (TCP_CORK, tcp(7): send no partial frames) ${together.writes.length > 0 ? `the same ${together.writes.length} calls` : 'the same answer'} took ${one} ${one === 1 ? 'segment' : 'segments'}. How many calls a program makes and how many segments leave are two numbers.`,
    `**应答的报文段。** ${calls > 0 ? `nginx 用 ${calls} 次调用把首部与正文交给内核。` : ''}首部 ${apart.answer.headBytes} 字节在第 ${ranges(apart.answer.headFrames)} 帧发出，正文 ${apart.answer.bodyBytes} 字节在 ${apart.answer.apartMs.toFixed(3)} 毫秒之后的第 ${ranges(apart.answer.bodyFrames)} 帧发出：共 ${many} 个报文段，尽管一个就能容纳。使用 ${code('tcp_nopush on')}（TCP_CORK，tcp(7)：不发送不满的帧）时，${together.writes.length > 0 ? `同样的 ${together.writes.length} 次调用` : '同样的应答'}只用了 ${one} 个报文段。程序的调用次数与发出的报文段数是两回事。`,
  );
}

function idle(views: readonly CaseView[]): Text | undefined {
  const view = views.find(({ each }) => each.id === 'client-closes');
  const ending = endingOf(view?.server);
  if (view?.server === undefined || ending === undefined) return undefined;
  const { connection } = view.server;
  const answered = connection.segments.findLast(({ payloadLength }) => payloadLength > 0);
  const between = connection.segments.filter(
    ({ frame }) => frame > (answered?.frame ?? 0) && frame < ending.first.segment.frame,
  ).length;
  return text(
    `**The idle time.** After the answer nothing was sent for ${lasting(ending.idleMs).en} but ${between} ${between === 1 ? 'acknowledgment' : 'acknowledgments'}: a connection that is kept costs the network nothing. HTTP/1.1 keeps it unless somebody says otherwise (RFC 9112, section 9.3); the request that would use it again never came.`,
    `**空闲时间。** 应答之后的 ${lasting(ending.idleMs).zh}内，除 ${between} 个确认外什么也没有发送：保持连接不占用网络。除非有一方声明，HTTP/1.1 都会保持连接（RFC 9112 第 9.3 节）；只是再次使用它的请求没有出现。`,
  );
}

function closed(evidence: Evidence, views: readonly CaseView[]): Text | undefined {
  const parts = (['client-closes', 'server-closes', 'no-keep-alive'] as const).flatMap((id) => {
    const view = views.find(({ each }) => each.id === id);
    const ending = endingOf(view?.server);
    if (view === undefined || ending === undefined) return [];
    const by = WHO[ending.first.side];
    const waits = timeWaits(evidence, view);
    return [
      text(
        `${NAMES[id].en}: the ${by.en}’s FIN came first, ${lasting(ending.idleMs).en} after the last data, and TIME_WAIT is at the ${joined(waits, 'en')}`,
        `${NAMES[id].zh}：${by.zh}的 FIN 在先，距最后的数据 ${lasting(ending.idleMs).zh}，TIME_WAIT 在${joined(waits, 'zh')}`,
      ),
    ];
  });
  if (parts.length === 0) return undefined;
  return text(
    `**Who closes, and who waits.** ${parts.map(({ en }) => en).join('; ')}. The side that closes first keeps the connection’s four numbers in TIME_WAIT (RFC 9293, section 3.6.1). A busy server would rather have its clients close.`,
    `**谁关闭，谁等待。** ${parts.map(({ zh }) => zh).join('；')}。先关闭的一方在 TIME_WAIT 中保留这条连接的四个数（RFC 9293 第 3.6.1 节）。繁忙的服务器更愿意由客户端关闭。`,
  );
}

function waiting(evidence: Evidence, views: readonly CaseView[]): Text | undefined {
  const view = views.find(({ each }) => each.id === 'server-closes');
  if (view?.client === undefined) return undefined;
  const { clientPort, serverPort, each, client } = view;
  const label = `${each.id} given up`;
  const here = socketAt(evidence, 'client', label, { localPort: clientPort, remotePort: serverPort });
  const there = socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: clientPort });
  const [first, second] = client.connection.close.fins.map(({ frame }) =>
    client.connection.segments.find((segment) => segment.frame === frame),
  );
  if (here === undefined || there === undefined || first === undefined || second === undefined)
    return undefined;
  return text(
    `**A program that does not look.** When nginx had given the connection up, the client’s socket was in ${here.state} and the server’s in ${there.state}: curl was busy elsewhere and did not read. Its FIN left ${lasting((second.atNs - first.atNs) / 1e6).en} after nginx’s, when it ended. A client that keeps connections must look whether they are still open, and be ready to ask again on a new one (RFC 9112, section 9.3.1).`,
    `**不查看连接的程序。** nginx 放弃连接后，客户端套接字处于 ${here.state}，服务器套接字处于 ${there.state}：curl 正忙于别处，没有读取。它的 FIN 在 nginx 的 FIN 之后 ${lasting((second.atNs - first.atNs) / 1e6).zh}、程序结束时才发出。保持连接的客户端必须查看连接是否仍然打开，并准备好用新的连接重新请求（RFC 9112 第 9.3.1 节）。`,
  );
}
