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
  storyTable,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
  type WireView,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { FLAG, flagNames, type Segment, shownSeq } from '../../src/tcp/index.ts';
import { packetFields } from './packet-bytes.ts';
import { HOST, type LineView, lineView, printedBy, printedPackets, refusedView } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const drawings = new Map<string, string>();
  const view = lineView(evidence);
  const early = refusedView(evidence);
  const wire = view?.wire;
  const data = wire?.connection.segments.find(({ payloadLength }) => payloadLength > 0);
  return {
    summary: summary(view, early, language),
    data: paragraphs(
      say(text('### 5.1 The terminals', '### 5.1 各终端')),
      ...terminals(evidence, language),
      say(text('### 5.2 The packets, flag by flag', '### 5.2 逐个分组、逐个标志')),
      packets(evidence, view, early, language),
      say(text('### 5.3 The third terminal: tcpdump -XX -nn -vv', '### 5.3 第三个终端：tcpdump -XX -nn -vv')),
      fence(
        printedPackets(evidence)
          .packets.map(({ head, bytes }) => [head, ...bytes].join('\n'))
          .join('\n'),
      ),
      say(text('### 5.4 What the words mean', '### 5.4 各项的含义')),
      glossary(evidence, language),
      say(text('### 5.5 The packet that carries the line, byte by byte', '### 5.5 承载那一行的分组，逐字节')),
      data === undefined
        ? ''
        : paragraphs(
            `(${HOST}.pcap, ${language === 'en' ? 'frame' : '帧'} ${data.frame})`,
            packetDump(data, language),
          ),
      say(text('### 5.6 The connection on one clock', '### 5.6 连接的全过程（同一时钟）')),
      wire === undefined
        ? ''
        : ladderSection(
            wire,
            say(text('From SYN to the last ACK', '从 SYN 到最后的 ACK')),
            language,
            drawings,
            {
              file: 'ladder-line.svg',
            },
          ),
      early === undefined
        ? ''
        : ladderSection(early, say(text('Nobody listens', '无人监听')), language, drawings, {
            file: 'ladder-refused.svg',
          }),
      view === undefined ? '' : strips(evidence, view, language, drawings),
      view === undefined
        ? ''
        : storyTable(
            evidence,
            {
              ...{ clientPort: view.clientPort, serverPort: view.serverPort, ...view.window },
              hosts: [HOST, HOST],
              speaks: ({ process }) => process !== 'tcpdump',
            },
            language,
          ),
      say(text('### 5.7 Socket tables', '### 5.7 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'listening', title: text('the server listens', '服务器在监听') },
          { label: 'connected', title: text('connected', '连接建立后') },
          { label: 'over', title: text('both programs have ended', '两个程序均已结束') },
        ],
        language,
      ),
    ),
    analysis: analysis(view, early, language),
    drawings,
  };
}

function summary(view: LineView | undefined, early: WireView | undefined, language: Language): string {
  const connection = view?.wire?.connection;
  if (view === undefined || connection === undefined)
    return language === 'en' ? 'The connection is not in the capture.' : '抓包中没有这条连接。';
  const { segments, close } = connection;
  const carried = segments.filter(({ payloadLength }) => payloadLength > 0);
  const ends = close.shape === 'three-segments' ? 3 : close.shape === 'four-segments' ? 4 : undefined;
  const resets = early?.connection.segments.filter(({ flags }) => flags & FLAG.rst).length ?? 0;
  return language === 'en'
    ? paragraphs(
        '**What does the life of a connection look like, from the first segment to the last?**',
        [
          `- The line ${code(view.line)} took ${segments.length} segments in all: three to open the connection, ${carried.length} with data${ends === undefined ? '' : `, ${ends} to close it`}; the rest are ACKs.`,
          ...(resets > 0
            ? ['- Before the server was there, the same client got a RST: connection refused.']
            : []),
        ].join('\n'),
      )
    : paragraphs(
        '**一条连接从第一个报文段到最后一个是什么样子？**',
        [
          `- 传送 ${code(view.line)} 这一行总共用了 ${segments.length} 个报文段：建立连接 3 个，承载数据 ${carried.length} 个${ends === undefined ? '' : `，关闭连接 ${ends} 个`}，其余为 ACK。`,
          ...(resets > 0 ? ['- 服务器启动之前，同样的客户端得到 RST：连接被拒绝。'] : []),
        ].join('\n'),
      );
}

const TERMINALS: readonly (readonly [process: string, title: Text])[] = [
  ['nc-too-early', text('The client that came too early', '过早启动的客户端')],
  ['nc-server', text('The server', '服务器')],
  ['nc-client', text('The client', '客户端')],
];

/** Each program's command and all that it printed. */
function terminals(evidence: Evidence, language: Language): string[] {
  return TERMINALS.flatMap(([process, title]) => {
    const started = evidence.calls.find(
      ({ record }) => record.kind === 'started' && record.process === process,
    );
    if (started?.record.kind !== 'started') return [];
    const typed = process === 'nc-client' ? printedTyped(evidence) : [];
    const out = printedBy(evidence, process).map(({ text: words }) => words);
    return [
      `**${title[language]}**`,
      fence([`$ ${started.record.command.join(' ')}`, ...out, ...typed].join('\n')),
    ];
  });
}

/** What was typed into the client, and the end of its input. */
const printedTyped = (evidence: Evidence): string[] =>
  evidence.calls.flatMap(({ record }) =>
    record.kind !== 'log'
      ? []
      : record.event === 'typed'
        ? [String(record.fields['line'])]
        : record.event === 'end-of-input'
          ? ['^D']
          : [],
  );

function packets(
  evidence: Evidence,
  view: LineView | undefined,
  early: WireView | undefined,
  language: Language,
): string {
  const head =
    language === 'en'
      ? ['frame', 'ms', 'from → to', 'Flags', 'which are', 'seq', 'ack', 'length', 'what it does']
      : ['帧', '毫秒', '方向', 'Flags', '即', 'seq', 'ack', 'length', '作用'];
  const print = printedPackets(evidence).packets;
  const views = [early, view?.wire].filter((each) => each !== undefined);
  let at = -1;
  const rows = views.flatMap(({ connection }) =>
    connection.segments.map((segment) => {
      at++;
      return [
        String(segment.frame),
        ((segment.atNs - connection.firstNs) / 1e6).toFixed(3),
        segment.side === 0 ? 'C → S' : 'S → C',
        code(`[${print[at]?.flags ?? '–'}]`),
        flagNames(segment.flags),
        String(shownSeq(segment)),
        segment.relAck < 0 ? '–' : String(segment.relAck),
        String(segment.payloadLength),
        meaning(segment, connection)[language],
      ];
    }),
  );
  const legend =
    language === 'en'
      ? `Flags as tcpdump printed them, the names from the bits of the captured byte. Numbers relative to each side’s SYN; tcpdump prints the first two segments of a connection with the absolute ones, and the range ${code('seq a:b')} of a segment with data without its end b. C is the client, S the server; times count from each connection’s SYN. The RST has the number 0 in its header, there being no connection to take one from (RFC 9293, section 3.5.2).`
      : `Flags 列为 tcpdump 打印的字母，名称取自抓到的标志字节。序号相对于各自的 SYN；tcpdump 对连接的前两个报文段打印绝对序号，对带数据的报文段打印 ${code('seq a:b')}，不含末端 b。C 为客户端，S 为服务器；时间从各连接的 SYN 开始。RST 首部中的序号就是 0：没有连接可以提供序号（RFC 9293 第 3.5.2 节）。`;
  return paragraphs(table(head, rows, [0, 1, 5, 6, 7]), legend);
}

/** What a segment does in its connection, from its numbers. */
function meaning(segment: Segment, { segments }: WireView['connection']): Text {
  const { flags, side, payloadLength, relAck } = segment;
  const fin = segments.find(
    (other) => other.side !== side && other.flags & FLAG.fin && other.frame < segment.frame,
  );
  const coversFin =
    fin !== undefined &&
    relAck > fin.relSeq + fin.payloadLength &&
    !segments.some(
      (other) =>
        other.side === side && other.frame < segment.frame && other.relAck > fin.relSeq + fin.payloadLength,
    );
  const covers = coversFin
    ? text(`; acknowledges the FIN of frame ${fin.frame}`, `；确认第 ${fin.frame} 帧的 FIN`)
    : text('', '');
  if (flags & FLAG.rst)
    return text('nobody listens on this port: refuses the connection', '该端口无人监听：拒绝连接');
  if (flags & FLAG.syn)
    return flags & FLAG.ack
      ? text('takes the connection and tells its own first number', '接受连接，并给出自己的初始序号')
      : text('asks for a connection and tells its first number', '请求建立连接，给出初始序号');
  if (flags & FLAG.fin) return text(`has no more to send${covers.en}`, `不再发送数据${covers.zh}`);
  if (payloadLength > 0)
    return text(
      `carries ${payloadLength} bytes; PSH: hand them to the program now`,
      `承载 ${payloadLength} 字节；PSH：立即交给程序`,
    );
  if (coversFin) return text(`acknowledges the FIN of frame ${fin.frame}`, `确认第 ${fin.frame} 帧的 FIN`);
  const covered = segments.findLast(
    (other) =>
      other.side !== side && other.frame < segment.frame && other.relSeq + other.sequenceLength === relAck,
  );
  return covered === undefined
    ? text('acknowledges', '确认')
    : text(`acknowledges frame ${covered.frame}`, `确认第 ${covered.frame} 帧`);
}

/** A word that tcpdump prints, how to find it, and what it says. Only those that this run has are shown. */
const WORDS: readonly (readonly [word: string, pattern: RegExp, means: Text])[] = [
  [
    'tos',
    /tos (0x[0-9a-f]+)/,
    text(
      'type of service: how routers should treat the packet (RFC 2474)',
      '服务类型：路由器应如何对待该分组（RFC 2474）',
    ),
  ],
  [
    'ttl',
    /ttl (\d+)/,
    text(
      'time to live: how many more routers it may pass (RFC 791, section 3.1)',
      '生存时间：还可经过多少个路由器（RFC 791 第 3.1 节）',
    ),
  ],
  [
    'id',
    /, id (\d+)/,
    text(
      'identification: tells fragments of one packet from those of others (RFC 791, section 3.1)',
      '标识：区分不同分组的分片（RFC 791 第 3.1 节）',
    ),
  ],
  ['offset', /offset (\d+)/, text('where this fragment begins in its packet', '该分片在原分组中的位置')],
  ['flags [DF]', /flags \[(DF)\]/, text('do not fragment', '禁止分片')],
  ['proto', /proto (TCP \(6\))/, text('what the IP packet carries', 'IP 分组承载的协议')],
  [
    'length',
    /length (\d+)\)/,
    text(
      'of the IP packet with all headers; at the end of the second line, of the data alone',
      'IP 分组含首部的长度；第二行末尾的 length 则只是数据的长度',
    ),
  ],
  [
    'cksum',
    /cksum (0x[0-9a-f]+ \([^)]*\))/,
    text(
      'the checksum field; “incorrect” where the kernel left the sum to the interface, which for loopback never computes it (offload), so that the field holds only part of it',
      '校验和字段；内核把计算留给网卡（offload）而环回接口从不计算时，字段中只有一部分，tcpdump 因此报告 incorrect',
    ),
  ],
  [
    'win',
    /win (\d+)/,
    text(
      'the receive window as it stands in the header; after the handshake to be multiplied by 2 to the power of wscale (RFC 7323, section 2.3)',
      '首部中的接收窗口；握手之后要乘以 2 的 wscale 次方（RFC 7323 第 2.3 节）',
    ),
  ],
  [
    'mss',
    /mss (\d+)/,
    text(
      'the largest segment that its sender wants to get (RFC 9293, section 3.7.1)',
      '发送方愿意接收的最大报文段（RFC 9293 第 3.7.1 节）',
    ),
  ],
  [
    'sackOK',
    /(sackOK)/,
    text('selective acknowledgments are welcome (RFC 2018)', '支持选择确认（RFC 2018）'),
  ],
  [
    'TS val … ecr',
    /TS (val \d+ ecr \d+)/,
    text(
      'its sender’s clock, and the last clock that it got from the other side (RFC 7323, section 3)',
      '发送方的时钟，以及它最近收到的对方时钟（RFC 7323 第 3 节）',
    ),
  ],
  [
    'nop',
    /(nop)/,
    text('padding, so that the next option begins where the sender likes it', '填充，使下一个选项对齐'),
  ],
  [
    'wscale',
    /wscale (\d+)/,
    text('the shift for the window (RFC 7323, section 2.2)', '窗口的移位数（RFC 7323 第 2.2 节）'),
  ],
];

function glossary(evidence: Evidence, language: Language): string {
  const heads = printedPackets(evidence).packets.map(({ head }) => head);
  const rows = WORDS.flatMap(([word, pattern, means]) => {
    const values = new Set(heads.flatMap((head) => pattern.exec(head)?.[1] ?? []));
    const [first] = values;
    if (first === undefined) return [];
    const more =
      values.size > 1 ? ` (${language === 'en' ? `${values.size} different` : `共 ${values.size} 种`})` : '';
    return [[code(word), `${code(first)}${more}`, plain(means[language])]];
  });
  const dump =
    language === 'en'
      ? 'Below each packet stand its bytes: the offset, sixteen bytes in hexadecimal, and the same as ASCII. `-XX` begins with the link header, 14 bytes here, so that the IP header is at 0x000e, the TCP header at 0x0022 and its flags at 0x002f.'
      : '每个分组下面是它的字节：偏移、十六个字节的十六进制以及对应的 ASCII。`-XX` 从链路层首部开始，这里是 14 字节，因此 IP 首部在 0x000e，TCP 首部在 0x0022，其标志在 0x002f。';
  return paragraphs(
    table(language === 'en' ? ['word', 'in this run', 'what it says'] : ['项', '本次的值', '含义'], rows),
    dump,
  );
}

function strips(
  evidence: Evidence,
  view: LineView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const { clientPort, serverPort, window, wire } = view;
  if (wire === undefined) return '';
  const fromUs = wire.capture.atUs(wire.connection.firstNs) - 2000;
  const untilUs = window.untilUs;
  const title = language === 'en' ? 'The states of both ends' : '两端套接字的状态';
  const names = language === 'en' ? (['client', 'server'] as const) : (['客户端', '服务器'] as const);
  const marks = wire.connection.close.fins.map(({ frame }, index) => {
    const segment = wire.connection.segments.find((each) => each.frame === frame);
    return { atMs: (wire.capture.atUs(segment?.atNs ?? 0) - fromUs) / 1000, name: `FIN ${index + 1}` };
  });
  drawings.set(
    'states.svg',
    stripSvg(
      title,
      [
        stripOf(
          evidence,
          HOST,
          { localPort: clientPort, remotePort: serverPort },
          { fromUs, untilUs },
          names[0],
        ),
        stripOf(
          evidence,
          HOST,
          { localPort: serverPort, remotePort: clientPort },
          { fromUs, untilUs },
          names[1],
        ),
      ],
      marks,
      { name: 'ms', ms: 1 },
    ),
  );
  return `![${title}](states.svg)`;
}

function analysis(view: LineView | undefined, early: WireView | undefined, language: Language): string {
  const parts = [opening(view), carried(view), closing(view), refusal(early)];
  return parts.flatMap((part) => (part === undefined ? [] : [part[language]])).join('\n\n');
}

function opening(view: LineView | undefined): Text | undefined {
  const { syn, synAck, ack } = view?.wire?.connection.handshake ?? { syn: 0, synAck: 0, ack: 0 };
  if (view === undefined || syn === 0 || synAck === 0 || ack === 0) return undefined;
  return text(
    `**Set-up.** Frames ${syn}, ${synAck} and ${ack}: [S], [S.], [.]. The client’s port ${view.clientPort} was given by its kernel, the server’s ${view.serverPort} was asked for. No program had sent anything yet.`,
    `**建立。** 第 ${syn}、${synAck}、${ack} 帧：[S]、[S.]、[.]。客户端端口 ${view.clientPort} 由内核分配，服务器端口 ${view.serverPort} 是指定的。此时程序还没有发送任何内容。`,
  );
}

function carried(view: LineView | undefined): Text | undefined {
  const connection = view?.wire?.connection;
  const data = connection?.segments.filter(({ payloadLength }) => payloadLength > 0) ?? [];
  const [first] = data;
  if (view === undefined || connection === undefined || first === undefined) return undefined;
  const ack = connection.segments.find(
    ({ side, frame, relAck }) => side === 1 && frame > first.frame && relAck > first.relSeq,
  );
  const bytes = data.reduce((sum, { payloadLength }) => sum + payloadLength, 0);
  return text(
    `**Data.** The line has ${view.line.length} characters; ${bytes} bytes travelled, since the end of the line is one, too (0x0a). ${data.length === 1 ? `One segment carried it, frame ${first.frame}` : `${data.length} segments carried it`}.${ack === undefined ? '' : ` Frame ${ack.frame} acknowledges it by naming the next byte that the server expects, ${ack.relAck}.`} Nothing but the line is in it: TCP and netcat add no mark of where a message ends.`,
    `**数据。** 这一行有 ${view.line.length} 个字符，传送了 ${bytes} 字节，因为换行符（0x0a）也占一个。${data.length === 1 ? `由第 ${first.frame} 帧一个报文段承载` : `由 ${data.length} 个报文段承载`}。${ack === undefined ? '' : `第 ${ack.frame} 帧用服务器期望的下一个字节 ${ack.relAck} 对它进行确认。`}其中除这一行外没有别的内容：TCP 与 netcat 都不标记消息的结尾。`,
  );
}

function closing(view: LineView | undefined): Text | undefined {
  const connection = view?.wire?.connection;
  const [first, second] = connection?.close.fins ?? [];
  const shape = connection?.close.shape;
  if (view === undefined || first === undefined || second === undefined) return undefined;
  const many = shape === 'three-segments' ? 3 : shape === 'four-segments' ? 4 : undefined;
  if (many === undefined) return undefined;
  const waits = connection?.inTimeWait.includes(0) === true;
  const shapeText =
    many === 3
      ? text(
          `The server’s FIN in frame ${second.frame} also acknowledges the client’s, and the close took three segments`,
          `服务器在第 ${second.frame} 帧的 FIN 同时确认了客户端的 FIN，关闭共用三个报文段`,
        )
      : text(
          `The client’s FIN was acknowledged by a segment of its own before the server’s FIN in frame ${second.frame}, and the close took four segments`,
          `客户端的 FIN 先由单独的报文段确认，服务器随后在第 ${second.frame} 帧发出 FIN，关闭共用四个报文段`,
        );
  return text(
    `**Teardown.** The end of the client’s input became a FIN (frame ${first.frame}), for netcat was started with -N. ${shapeText.en}. The server’s input was still open; it ended because it had read the client’s FIN.${waits ? ' TIME_WAIT is at the client’s end, whose FIN came first (section 5.7).' : ''}`,
    `**关闭。** 客户端输入结束后发出 FIN（第 ${first.frame} 帧），因为 netcat 带有 -N 选项。${shapeText.zh}。服务器的输入仍然开着，它是因为读到客户端的 FIN 而结束的。${waits ? 'TIME_WAIT 在先发送 FIN 的客户端一端（5.7 节）。' : ''}`,
  );
}

function refusal(early: WireView | undefined): Text | undefined {
  const [syn, rst] = early?.connection.segments ?? [];
  if (syn === undefined || rst === undefined || !(rst.flags & FLAG.rst)) return undefined;
  return text(
    `**Nobody listens.** The SYN of frame ${syn.frame} was answered by [R.] in frame ${rst.frame}, ${((rst.atNs - syn.atNs) / 1e6).toFixed(3)} ms later: the kernel refuses for a port that no program has (RFC 9293, section 3.5.2). Its acknowledgment number is the SYN’s number plus one, so that the client knows which of its segments is meant.`,
    `**无人监听。** 第 ${syn.frame} 帧的 SYN 在 ${((rst.atNs - syn.atNs) / 1e6).toFixed(3)} ms 后由第 ${rst.frame} 帧的 [R.] 应答：端口没有程序使用时由内核拒绝（RFC 9293 第 3.5.2 节）。其确认号为 SYN 的序号加一，客户端由此知道所指的是哪个报文段。`,
  );
}

function packetDump(segment: Segment, language: Language): string {
  const { bytes, fields } = packetFields(segment, language);
  return fence(hexdump(bytes, { fields }));
}
