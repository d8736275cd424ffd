import {
  capital,
  code,
  type Evidence,
  fence,
  type Histogram,
  histogramSvg,
  histogramText,
  ladderSection,
  type Language,
  packetSection,
  plain,
  ranges,
  table,
  text,
  type Text,
  type WirePacket,
} from '../../src/check/index.ts';
import { NETSTAT_COLUMNS, netstatCells } from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { stateAt } from './checks.ts';
import { answerTimes, type Counts, counts } from './measure.ts';
import { MOMENTS, type Phase } from './scenario.ts';
import { type PhaseView, phaseViews } from './views.ts';

const MOMENT_NAMES: Record<(typeof MOMENTS)[number], Text> = {
  before: text('before the client connects', '客户端连接之前'),
  connected: text('connected', '连接建立后'),
  answered: text('all answers are there', '收到全部回答后'),
  closed: text('closed', '连接关闭后'),
};

const phaseName = ({ pace, nagle }: Phase): Text =>
  text(
    `${pace === 'one-by-one' ? 'one by one' : 'all at once'}, Nagle ${nagle ? 'on' : 'off'}`,
    `${pace === 'one-by-one' ? '逐个请求' : '一次全部发出'}，Nagle ${nagle ? '开启' : '关闭'}`,
  );

interface Counted {
  readonly view: PhaseView;
  readonly counts: Counts;
}

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = phaseViews(evidence);
  const counted = views.flatMap((view): Counted[] => {
    const found = counts(view);
    return found === undefined ? [] : [{ view, counts: found }];
  });
  const drawings = new Map<string, string>();
  const data = [
    sends(counted, language),
    times(counted, language, drawings),
    ...firstExchange(evidence, counted, language),
    ...ladders(counted, language, drawings),
    sockets(evidence, views, language),
  ];
  return {
    summary:
      counted.length === 0
        ? say(
            text(
              'No packets were captured, so nothing can be said about segments.',
              '没有抓到分组，因此无法说明报文段的情况。',
            ),
          )
        : summary(counted, language),
    data: data.join('\n\n'),
    analysis: counted.map((item) => analysisOf(item, language)).join('\n\n'),
    drawings,
  };
}

function summary(counted: readonly Counted[], language: Language): string {
  const lines = counted.map(({ view, counts: found }) => {
    const name = phaseName(view.phase)[language];
    const { requests, answers, requestFrames, answerFrames } = found;
    return language === 'en'
      ? `- **${name}:** ${requests} requests sent, ${answers} answered; ${requestFrames.length} segments carried the requests, ${answerFrames.length} the answers.`
      : `- **${name}：** 发出 ${requests} 个请求，得到 ${answers} 个回答；请求由 ${requestFrames.length} 个报文段承载，回答由 ${answerFrames.length} 个报文段承载。`;
  });
  const question =
    language === 'en'
      ? '**Were all requests handled, and were there as many segments as requests?**'
      : '**请求是否全部得到处理？报文段数是否等于请求数？**';
  return [question, lines.join('\n')].join('\n\n');
}

function sends(counted: readonly Counted[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'connection',
          'requests',
          'writes',
          'segments →',
          'most in one',
          'answers',
          'writes',
          'segments ←',
          'most in one',
          'pure ACKs → / ←',
          'sent again',
        ]
      : [
          '连接',
          '请求',
          '写操作',
          '报文段 →',
          '单段最多',
          '回答',
          '写操作',
          '报文段 ←',
          '单段最多',
          '纯 ACK → / ←',
          '重传',
        ];
  const rows = counted.map(({ view, counts: found }) => [
    phaseName(view.phase)[language],
    ...[found.requests, found.requestWrites, found.requestFrames.length, found.mostRequests].map(String),
    ...[found.answers, found.answerWrites, found.answerFrames.length, found.mostAnswers].map(String),
    found.pureAcks.join(' / '),
    String(found.retransmissions),
  ]);
  const frames = counted.map(({ view, counts: found }) => [
    phaseName(view.phase)[language],
    code(`${view.clientPort} → ${view.serverPort}`),
    ranges(found.requestFrames),
    ranges(found.answerFrames),
  ]);
  const title = language === 'en' ? '### 5.1 Sends and segments' : '### 5.1 发送次数与报文段数';
  const legend =
    language === 'en'
      ? 'Requests and answers are packets of the protocol found in the client’s capture (`client.pcap`); writes are what the programs say they handed to the kernel (`calls.jsonl`); → is client to server. Pure ACKs carry no data; counted between the first request and the last answer.'
      : '请求与回答是在客户端抓包（`client.pcap`）中解析出的协议分组；写操作数来自程序自己的记录（`calls.jsonl`）；→ 表示客户端到服务器。纯 ACK 不携带数据，统计范围为第一个请求到最后一个回答之间。';
  const where = table(
    language === 'en'
      ? ['connection', 'ports', 'frames with requests', 'frames with answers']
      : ['连接', '端口', '承载请求的帧', '承载回答的帧'],
    frames,
  );
  return [title, table(head, rows, [1, 2, 3, 4, 5, 6, 7, 8, 10]), legend, where].join('\n\n');
}

function times(counted: readonly Counted[], language: Language, drawings: Map<string, string>): string {
  const say = (value: Text): string => value[language];
  const ms = (value: number): string => value.toFixed(3);
  const row = (name: string, who: string, h: Histogram): string[] => [
    name,
    who,
    ms(h.min),
    ms(h.median),
    ms(h.p99),
    ms(h.max),
  ];
  const rows = counted.flatMap(({ view }) => {
    const { wire, app } = answerTimes(view);
    const name = phaseName(view.phase)[language];
    return [row(name, say(text('wire', '网络')), wire), row(name, say(text('program', '程序')), app)];
  });
  const pictures = counted.map(({ view }) => {
    const { wire } = answerTimes(view);
    const file = `answer-times-${view.phase.id}.svg`;
    const name = phaseName(view.phase)[language];
    const digits = (wire.bins[0]?.to ?? 1) < 0.1 ? 3 : 2;
    drawings.set(
      file,
      histogramSvg(
        wire,
        name,
        say(
          text(
            'milliseconds from request to answer on the client’s wire',
            '客户端网络上从请求到回答的毫秒数',
          ),
        ),
        digits,
      ),
    );
    const words = fence(histogramText(wire, 'ms', digits));
    return `![${name}](${file})\n\n<details><summary>${say(text('as text', '文字形式'))}</summary>\n\n${words}\n\n</details>`;
  });
  return [
    say(text('### 5.2 Answer times', '### 5.2 回答时间')),
    table(
      language === 'en'
        ? ['connection', 'measured', 'min (ms)', 'median', '99 %', 'max']
        : ['连接', '测量位置', '最小 (ms)', '中位数', '99 %', '最大'],
      rows,
      [2, 3, 4, 5],
    ),
    say(
      text(
        'On the wire: from the segment that completes the request to the segment that completes its answer, both in the client’s capture. In the program: from the moment at which the write of the request had returned to the moment at which the answer was read; a segment may be under way before the write returns, so that the program’s shortest time can be below that of the wire. Sent all at once, a request also waits for those before it.',
        '网络：在客户端抓包中，从请求完整的报文段到其回答完整的报文段。程序：从写请求的调用返回到读到回答；报文段可能在调用返回之前就已发出，因此程序的最小值可能小于网络上的。一次全部发出时，请求还要等待排在它前面的请求。',
      ),
    ),
    ...pictures,
  ].join('\n\n');
}

function firstExchange(evidence: Evidence, counted: readonly Counted[], language: Language): string[] {
  const wire = counted[0]?.view.wire.client;
  const request = wire?.sent.find(({ message }) => message.type === 'time.request');
  const answer = wire?.received.find(({ message }) => message.type === 'time.response');
  if (wire === undefined || request === undefined || answer === undefined) return [];
  const one = (packet: WirePacket): string =>
    packetSection(evidence.protocol, packet, wire.capture.file, language);
  return [
    language === 'en' ? '### 5.3 The first exchange, byte by byte' : '### 5.3 第一次交换的各字节',
    one(request),
    one(answer),
  ];
}

function ladders(counted: readonly Counted[], language: Language, drawings: Map<string, string>): string[] {
  if (counted.length === 0) return [];
  const parts = counted.flatMap(({ view }) =>
    view.wire.client === undefined
      ? []
      : [
          ladderSection(view.wire.client, phaseName(view.phase)[language], language, drawings, {
            elide: { head: 12, tail: 8 },
            file: `ladder-${view.phase.id}.svg`,
          }),
        ],
  );
  return [language === 'en' ? '### 5.4 The connections as ladders' : '### 5.4 连接的时序图', ...parts];
}

function sockets(evidence: Evidence, views: readonly PhaseView[], language: Language): string {
  const say = (value: Text): string => value[language];
  const states = views.map((view) => [
    phaseName(view.phase)[language],
    ...MOMENTS.map((moment) => {
      const of = (host: 'client' | 'server'): string => {
        const state = stateAt(evidence, view, host, moment)?.state ?? '?';
        return state === 'none' ? '–' : state;
      };
      return `${of('client')} / ${of('server')}`;
    }),
  ]);
  const first = views[0];
  const tables =
    first === undefined ? [] : MOMENTS.flatMap((moment) => netstat(evidence, first, moment, language));
  return [
    say(text('### 5.5 Socket states', '### 5.5 套接字状态')),
    say(
      text(
        'The connection’s socket, client / server, as the kernels’ tables have it (`sockets.jsonl`):',
        '连接的套接字在内核表中的状态，客户端 / 服务器（`sockets.jsonl`）：',
      ),
    ),
    table(
      [say(text('connection', '连接')), ...MOMENTS.map((moment) => MOMENT_NAMES[moment][language])],
      states,
    ),
    ...(first === undefined
      ? []
      : [
          say(
            text(
              `The whole tables for the first connection, in netstat’s columns:`,
              '第一条连接期间的完整套接字表（netstat 格式）：',
            ),
          ),
        ]),
    ...tables,
  ].join('\n\n');
}

function netstat(
  evidence: Evidence,
  view: PhaseView,
  moment: (typeof MOMENTS)[number],
  language: Language,
): string[] {
  const snapshots = evidence.sockets.filter(
    ({ record }) => record.kind === 'snapshot' && record.label === `${view.phase.id} ${moment}`,
  );
  const rows = snapshots.flatMap(({ record }) =>
    record.kind === 'snapshot'
      ? record.rows.map((row) => [plain(record.host), ...netstatCells(row).map(plain)])
      : [],
  );
  if (rows.length === 0) return [];
  const host = language === 'en' ? 'host' : '主机';
  return [`**${MOMENT_NAMES[moment][language]}**`, table([host, ...NETSTAT_COLUMNS], rows, [2, 3])];
}

/** What follows from one connection's counts. Each sentence is chosen by what was counted. */
function analysisOf({ view, counts: found }: Counted, language: Language): string {
  const { requests, requestWrites, requestFrames, answers, answerWrites, answerFrames } = found;
  const equal = requestFrames.length === requestWrites;
  const en = [
    `**${capital(phaseName(view.phase).en)}.** ${requests} requests, ${answers} answers.`,
    equal
      ? `Each of the ${requestWrites} writes of a request became a segment of its own.`
      : `The ${requestWrites} writes of requests became ${requestFrames.length} segments; one of them carried ${found.mostRequests} requests.`,
    answerFrames.length === answerWrites
      ? `The server wrote its answers in ${answerWrites} writes, and as many segments carried them.`
      : `The server wrote its answers in ${answerWrites} writes, and ${answerFrames.length} segments carried them.`,
  ];
  const zh = [
    `**${phaseName(view.phase).zh}。** ${requests} 个请求，${answers} 个回答。`,
    equal
      ? `${requestWrites} 次写请求各成为一个报文段。`
      : `${requestWrites} 次写请求成为 ${requestFrames.length} 个报文段，其中一个报文段携带了 ${found.mostRequests} 个请求。`,
    answerFrames.length === answerWrites
      ? `服务器用 ${answerWrites} 次写操作发出回答，由同样数目的报文段承载。`
      : `服务器用 ${answerWrites} 次写操作发出回答，由 ${answerFrames.length} 个报文段承载。`,
  ];
  const why = reason(view.phase, found);
  return [...(language === 'en' ? en : zh), why[language]].join(language === 'en' ? ' ' : '');
}

/** The initial congestion window in segments (RFC 6928, section 2); Linux counts it in segments, whatever their size. */
const INITIAL_WINDOW = 10;

/** The rule that explains what was seen, with its source; only where the observation calls for it. */
function reason({ pace, nagle }: Phase, found: Counts): Text {
  const equal = found.requestFrames.length === found.requestWrites;
  if (pace === 'one-by-one') {
    if (!equal) return text('', '');
    return nagle
      ? text(
          'Nagle’s algorithm, which holds a small segment back only while data is unacknowledged (RFC 9293, section 3.7.4), had no cause to wait: each answer had acknowledged the request before it.',
          'Nagle 算法只在有未确认数据时才推迟小报文段（RFC 9293 第 3.7.4 节）；每个回答都已确认了前一个请求，因此它没有起作用。',
        )
      : text(
          'A request was written only when everything before it had been answered: nothing was waiting that it could have been joined with.',
          '每个请求都在之前的请求得到回答之后才写出，没有其他数据可与之合并。',
        );
  }
  const { segments, frame } = found.heldBehind;
  if (nagle) {
    return equal
      ? text(
          'Nagle’s algorithm was on and joined nothing here: each write found everything before it acknowledged.',
          'Nagle 算法已开启，但此次没有合并任何数据：每次写操作时，之前的数据都已得到确认。',
        )
      : text(
          'With Nagle’s algorithm on, a small segment waits while anything sent before is unacknowledged (RFC 9293, section 3.7.4); what is written meanwhile is collected and leaves together when the acknowledgment comes or a full segment is ready.',
          'Nagle 算法开启时，只要之前发出的数据还没有得到确认，小报文段就要等待（RFC 9293 第 3.7.4 节）；其间写入的数据被积累起来，在确认到达或凑满一个报文段时一起发出。',
        );
  }
  if (equal) {
    return text(
      'With TCP_NODELAY the kernel sent what each write gave it at once. That is this run’s timing, not a promise of TCP.',
      '设置 TCP_NODELAY 后，内核立即发出每次写入的数据。这只是本次运行的情况，并不是 TCP 的保证。',
    );
  }
  const seen = text(
    `TCP_NODELAY turns Nagle’s algorithm off, and yet writes were joined: the first segment with several requests is frame ${frame}, and before it ${segments} segments were unacknowledged at once.`,
    `TCP_NODELAY 关闭了 Nagle 算法，但写操作仍被合并：第一个携带多个请求的报文段是第 ${frame} 帧，在它之前最多有 ${segments} 个报文段同时未被确认。`,
  );
  // Fewer than the initial window: something else held the data back, and the wire does not say what.
  if (segments < INITIAL_WINDOW) {
    return text(
      `${seen.en} The kernel chooses the borders of segments (RFC 9293, section 3.7); what made it wait here the packets do not show.`,
      `${seen.zh}报文段的边界由内核决定（RFC 9293 第 3.7 节）；分组本身没有显示它此时等待的原因。`,
    );
  }
  return text(
    `${seen.en} That fits the congestion window (RFC 5681, section 3.1), which Linux counts in segments, begins with ${INITIAL_WINDOW} (RFC 6928, section 2) and lets grow with what is acknowledged (slow start): when as many are under way as it allows, the next must wait for an acknowledgment, and what is written meanwhile leaves together. (Inferred from the packets; the window itself is not on the wire.)`,
    `${seen.zh}这与拥塞窗口相符（RFC 5681 第 3.1 节）：Linux 以报文段计数，初始值为 ${INITIAL_WINDOW}（RFC 6928 第 2 节），并随确认而增长（慢启动）；在途报文段达到窗口后，后续数据必须等待确认，其间写入的数据便一起发出。（由分组推断；拥塞窗口本身不在网络上传输。）`,
  );
}
