import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  passed,
  same,
  socketLines,
  statesAt,
  type StateWanted,
  text,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { FLAG, tcpdumpFlags } from '../../src/tcp/index.ts';
import { HOST, lineView, printedBy, printedPackets, refusedView } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  const view = lineView(evidence);
  if (view === undefined) return conclude(text('the connection of the line', '传送那一行的连接'), [MISSING]);
  return wholeCaptures(evidence, [{ ...view, hosts: [HOST] }]);
}

export function refused(evidence: Evidence): Finding {
  const expected = text(
    'a SYN to a port where nobody listens is answered by a RST whose acknowledgment number is the SYN’s plus one; netcat says “refused” and fails; no socket is left',
    '没有程序监听时，SYN 得到 RST，其确认号为 SYN 的序号加一；netcat 报告 refused 并以非零值退出；没有留下套接字',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = refusedView(evidence);
  const said = printedBy(evidence, 'nc-too-early');
  const phase = evidence.manifest.phases.find(({ id }) => id === 'refused');
  const snapshot = evidence.sockets.find(
    ({ record }) => record.kind === 'snapshot' && record.label === 'refused',
  );
  if (view === undefined || phase === undefined || snapshot?.record.kind !== 'snapshot')
    return conclude(expected, [MISSING]);
  const { segments } = view.connection;
  const [syn, rst] = segments;
  if (syn === undefined || rst === undefined) return conclude(expected, [MISSING]);
  const answered =
    segments.length === 2 &&
    (syn.flags & (FLAG.syn | FLAG.ack)) === FLAG.syn &&
    (rst.flags & (FLAG.rst | FLAG.ack)) === (FLAG.rst | FLAG.ack) &&
    rst.ack === (syn.seq + 1) >>> 0;
  const told = said.some(({ text: words }) => /refused/i.test(words)) && Number(phase.facts['exitCode']) > 0;
  const left = snapshot.record.rows.length;
  return conclude(expected, [
    when(
      answered && told && left === 0,
      text(
        `${segments.map(({ flags }) => `[${tcpdumpFlags(flags)}]`).join(', ')}; netcat: exit code ${String(phase.facts['exitCode'])}; ${left} sockets`,
        `${segments.map(({ flags }) => `[${tcpdumpFlags(flags)}]`).join('、')}；netcat 退出码 ${String(phase.facts['exitCode'])}；套接字 ${left} 个`,
      ),
      frames(view.capture.file, syn.frame, rst.frame),
      callLines(...said.map(({ line }) => line)),
      socketLines(snapshot.line),
    ),
  ]);
}

export function lifeOfLine(evidence: Evidence): Finding {
  const expected = text(
    'the line that was typed, and nothing else, travels from client to server; the server prints it; client and server name the same port; both send a FIN, the client first, and both are acknowledged',
    '只有输入的那一行从客户端传到服务器，服务器将其打印；客户端端口各方一致；双方各发一个 FIN，客户端在先，且都得到确认',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = lineView(evidence);
  const typed = evidence.calls.find(({ record }) => record.kind === 'log' && record.event === 'typed');
  if (view?.wire === undefined || typed?.record.kind !== 'log') return conclude(expected, [MISSING]);
  const { connection, capture } = view.wire;
  const line = String(typed.record.fields['line']);
  const [to, from] = connection.directions.map((direction) =>
    new TextDecoder().decode(direction.streamBytes().bytes),
  );
  const out = printedBy(evidence, 'nc-server', 'stdout');
  const accepted = printedBy(evidence, 'nc-server', 'stderr').find(({ text: words }) =>
    /received on/.test(words),
  );
  const port = Number(/(\d+)\s*$/.exec(accepted?.text ?? '')?.[1] ?? NaN);
  const { fins, shape } = connection.close;
  const [first, second] = fins;
  const carried = to === `${line}\n` && from === '' && out.length === 1 && out[0]?.text === line;
  const closed =
    first?.side === 0 && second?.side === 1 && ['three-segments', 'four-segments'].includes(shape);
  return conclude(expected, [
    when(
      carried && closed && port === view.clientPort,
      text(
        `${JSON.stringify(to)} to the server, ${from?.length ?? 0} bytes back, printed: ${out.map(({ text: words }) => JSON.stringify(words)).join(', ')}; port ${port} by the server, ${view.clientPort} by the kernel; the close took ${SEGMENTS[shape] ?? '–'} segments`,
        `到服务器 ${JSON.stringify(to)}，反方向 ${from?.length ?? 0} 字节，打印：${out.map(({ text: words }) => JSON.stringify(words)).join('、')}；端口：服务器所说 ${port}，内核 ${view.clientPort}；关闭用了 ${SEGMENTS[shape] ?? '–'} 个报文段`,
      ),
      frames(
        capture.file,
        ...connection.segments.filter(({ payloadLength }) => payloadLength > 0).map(({ frame }) => frame),
        first?.frame,
        second?.frame,
      ),
      callLines(
        typed.line,
        ...out.map(({ line: each }) => each),
        ...(accepted === undefined ? [] : [accepted.line]),
      ),
    ),
  ]);
}

export function printed(evidence: Evidence): Finding {
  const expected = text(
    'what tcpdump printed are the packets of the capture, one by one: the same flags in letters and in bytes, the same numbers, lengths and data',
    'tcpdump 打印的逐个就是抓包中的分组：标志的字母与字节相同，序号、长度与数据相同',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const capture = evidence.captures.find(({ host }) => host === HOST);
  const { packets, lines } = printedPackets(evidence);
  if (capture === undefined || packets.length === 0) return conclude(expected, [MISSING]);
  const wire = capture.analysis.connections
    .flatMap(({ segments }) => segments)
    .sort((a, b) => a.frame - b.frame);
  const strange = wire.filter((segment, index) => {
    const print = packets[index];
    return (
      print?.segment === undefined ||
      print.flags !== tcpdumpFlags(segment.flags) ||
      print.flags !== tcpdumpFlags(print.segment.flags) ||
      print.length !== segment.payloadLength ||
      print.segment.seq !== segment.seq ||
      print.segment.ack !== segment.ack ||
      hex(print.segment.payload()) !== hex(segment.payload())
    );
  });
  const good = wire.length === packets.length && strange.length === 0;
  const flags = packets.map((each) => `[${each.flags}]`).join(' ');
  return conclude(expected, [
    good
      ? passed(same(flags), frames(capture.file, ...wire.map(({ frame }) => frame)), callLines(...lines))
      : when(
          false,
          text(
            `${packets.length} printed, ${wire.length} captured, ${strange.length} differ: ${flags}`,
            `打印 ${packets.length} 个，抓到 ${wire.length} 个，不同 ${strange.length} 个：${flags}`,
          ),
          frames(capture.file, ...strange.map(({ frame }) => frame)),
        ),
  ]);
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function states(evidence: Evidence): Finding {
  const expected = text(
    'ESTABLISHED at both ends while the line travels; afterwards TIME_WAIT at the client’s end, whose FIN came first, and nothing at the server’s',
    '传送期间两端均为 ESTABLISHED；结束后先发送 FIN 的客户端一端为 TIME_WAIT，服务器一端没有套接字',
  );
  const view = lineView(evidence);
  if (view === undefined) return conclude(expected, [MISSING]);
  const both = (label: keyof typeof MOMENTS, here: string, there: string): StateWanted[] => [
    { ...view, host: HOST, side: 0, label, moment: MOMENTS[label], state: here },
    { ...view, host: HOST, side: 1, label, moment: MOMENTS[label], state: there },
  ];
  return statesAt(evidence, expected, [
    ...both('connected', 'ESTABLISHED', 'ESTABLISHED'),
    ...both('line arrived', 'ESTABLISHED', 'ESTABLISHED'),
    ...both('over', 'TIME_WAIT', 'none'),
  ]);
}

const SEGMENTS: Readonly<Record<string, number>> = { 'three-segments': 3, 'four-segments': 4 };
const MOMENTS = {
  connected: text('connected', '连接建立后'),
  'line arrived': text('the line has arrived', '那一行到达之后'),
  over: text('both programs have ended', '两个程序均已结束'),
} as const;
