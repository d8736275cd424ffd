/**
 * The exercises of notebooks/, with hints that send the student back to the evidence. No answer is a number or a word:
 * it is a function that must hold for several captures of the student's own run, or a capture that shows something new.
 */
import { z } from 'zod';
import { text } from '../check/index.ts';
import { KitError, Writer } from '../bytes/index.ts';
import { FLAG, NOTE, type Segment } from '../tcp/index.ts';
import { epochMs, requestNumber } from '../wire/index.ts';
import { called, computes, type Exercise, produced, segmentsOf, viewOf } from './exercise-tests.ts';
import { openProtocol, protocolOf } from './protocol-view.ts';
import type { TraceView } from './trace-view.ts';
import { SocketTable } from './world/socket-table.ts';

const tableOf = (value: unknown): SocketTable | undefined =>
  value instanceof SocketTable ? value : undefined;

const answersOf = (view: TraceView): number =>
  view.connections.flatMap(({ messages }) => messages).filter(({ name }) => name === 'time.response').length;

/** Bytes that one side sent. */
const streamOf = (view: TraceView, side: 0 | 1): number =>
  view.connections[0]?.directions[side].streamLength ?? 0;

export const EXERCISES: readonly Exercise[] = [
  {
    id: '01-a',
    points: 1,
    test: computes(viewOf, (view) => view.count({ data: false })),
    hint: text(
      'Your function gets a capture; its packets are rows, as in life.packets. What is the column len of a segment that only acknowledges?',
      '你的函数得到一次抓包，它的 packets 是若干行，就像 life.packets。只做确认的报文段，len 一列是多少？',
    ),
  },
  {
    id: '01-b',
    points: 2,
    test: produced(isRefusal),
    hint: text(
      'Nobody needs to listen for a SYN to be sent. Which ports has nobody opened, and what does the kernel there answer?',
      '发送 SYN 并不需要有人监听。哪些端口没有程序打开？那一端的内核会怎样回答？',
    ),
  },
  {
    id: '01-c',
    points: 2,
    test: isHalfClosed,
    hint: text(
      'Which call sends a FIN, and which call answers it with another? Leave that one out. (A FIN may need a moment: look at the table until the states are there.)',
      '哪个调用发出 FIN？哪个调用再用一个 FIN 回答它？把后一个省去。（FIN 可能需要片刻：多看几次表，直到出现这两个状态。）',
    ),
  },
  {
    id: '02-a',
    points: 2,
    test: splitsLines,
    hint: text(
      'Try it with a packet that is cut in the middle, with two packets in one read, with an empty packet, and with an end that is missing. What must be kept from one read to the next?',
      '用这些情况试一试：被切成两段的分组、一次读到的两个分组、空分组、还没有结尾的分组。从一次读取到下一次，必须保留什么？',
    ),
  },
  {
    id: '02-b',
    points: 2,
    test: produced((view, { writes }) => {
      const sent = view.count({ data: true, side: 0 });
      const written = writes['client'] ?? 0;
      return written >= 5 && sent > 0 && sent < written;
    }),
    hint: text(
      'When does a kernel keep a small write instead of sending it? See what dial? says of its options, and do not give it the time to be done with one write before the next.',
      '内核什么时候会把一次小的写入留下而不发送？看看 dial? 的选项；并且不要让它在下一次写入之前就处理完上一次。',
    ),
  },
  {
    id: '03-a',
    points: 2,
    test: encodesTime,
    hint: text(
      'Go through the diagram from left to right. How many bytes has each field, which of them comes first in a number of several, and what does length count?',
      '按图从左到右。每个字段有几个字节？多字节的数，哪个字节在前？length 数的是什么？',
    ),
  },
  {
    id: '03-b',
    points: 2,
    test: hasHeartbeat,
    hint: text(
      'Each packet needs a name in packets and a number of its own by which it is recognised. protocol(withHeartbeat) says which line it does not understand.',
      '每个分组在 packets 里要有名字，还要有自己的编号以便识别。protocol(withHeartbeat) 会指出它看不懂哪一行。',
    ),
  },
  {
    id: '04-a',
    points: 1,
    test: computes(
      tableOf,
      ({ rows }) => new Set(rows.flatMap(({ host, localPort }) => (host === 'anna' ? [localPort] : []))).size,
    ),
    hint: text(
      'A table has rows, and a row has host and localPort, among others: table.rows[0]. A port that stands in two rows is one port.',
      '表有 rows，每一行有 host、localPort 等：table.rows[0]。出现在两行里的同一个端口只算一个。',
    ),
  },
  {
    id: '04-b',
    points: 2,
    test: (answer) =>
      answer instanceof SocketTable &&
      answer.rows.filter(
        ({ host, localPort, state }) => host === 'anna' && localPort === 50_505 && state === 'ESTABLISHED',
      ).length >= 2,
    hint: text(
      'How many numbers name a connection? Two of them are the same now; look at the others.',
      '一个连接由几个数来命名？其中两个现在相同；看看另外的。',
    ),
  },
  {
    id: '05-a',
    points: 2,
    test: produced(
      ({ connections: [only, more] }) => more === undefined && only?.ends[1].state === 'TIME-WAIT',
    ),
    hint: text(
      'Whose FIN came first in the captures above, and who waited? Let the other one begin. Both sides must close.',
      '在上面的抓包里，谁先发 FIN，谁在等待？换另一端先来。双方都必须关闭。',
    ),
  },
  {
    id: '05-b',
    points: 2,
    test: computes(viewOf, (view) => bytesBehindFin(segmentsOf(view))),
    hint: text(
      'In packets, find the first row whose flags have a FIN; what counts is the len of the rows behind it. There may be no FIN at all.',
      '在 packets 里找到第一个 flags 含有 FIN 的行；要数的是它后面各行的 len。也可能根本没有 FIN。',
    ),
  },
  {
    id: '06-a',
    points: 1,
    test: computes(viewOf, (view) =>
      Math.max(...segmentsOf(view).map(({ side, payloadLength }) => (side === 0 ? payloadLength : 0))),
    ),
    hint: text(
      'In packets, way says who sent a segment (w.client.address), and len how many bytes it carries.',
      '在 packets 里，way 说明是谁发的（w.client.address），len 是它带的字节数。',
    ),
  },
  {
    id: '06-b',
    points: 2,
    test: produced((view) => {
      const sent = view.count({ data: true, side: 0 });
      return answersOf(view) >= 200 && sent > 0 && sent <= 100;
    }),
    hint: text(
      'Two things decide what is in a segment: what the program waits for before it writes again, and what the kernel waits for before it sends.',
      '一个报文段里有什么取决于两点：程序在再次写入之前等什么，内核在发送之前等什么。',
    ),
  },
  {
    id: '07-a',
    points: 2,
    test: produced(opensAgain),
    hint: text(
      'Two things must happen while the capture runs: the reader leaves more unread than both kernels have room for, and later it reads all of it. sockets(w) says when the first has happened.',
      '抓包期间要发生两件事：读者留下的未读数据多到两端内核都放不下，随后又把它们全部读走。sockets(w) 能说明第一件事何时发生。',
    ),
  },
  {
    id: '07-b',
    points: 1,
    test: computes(tableOf, ({ rows }) =>
      rows
        .filter(({ state }) => state === 'ESTABLISHED')
        .reduce((sum, row) => sum + row.receiveQueueBytes + row.sendQueueBytes, 0),
    ),
    hint: text(
      'The rows of a table have state, receiveQueueBytes and sendQueueBytes. A listener’s queue holds connections, no bytes.',
      '表的各行有 state、receiveQueueBytes、sendQueueBytes。监听套接字的队列里是连接，不是字节。',
    ),
  },
  {
    id: '08-a',
    points: 1,
    test: computes(viewOf, (view) => view.retransmissions),
    hint: text(
      'Segments with data whose seq and len were there before. The first one of them is no retransmission, and there may be none.',
      '带数据、seq 与 len 此前已经出现过的报文段。其中第一个不算重传；也可能一个都没有。',
    ),
  },
  {
    id: '08-b',
    points: 2,
    test: produced(isRecovery),
    hint: text(
      'What takes a packet away once, and not its repetition? And what must have arrived before the capture ends?',
      '怎样只丢掉一个分组，而不丢掉它的重传？在抓包结束之前，什么必须已经到达？',
    ),
  },
  {
    id: '09-a',
    points: 1,
    test: computes(viewOf, ({ connections: [first] }) =>
      first?.ends[0].state === 'TIME-WAIT' ? 'client' : 'server',
    ),
    hint: text(
      'Which side sent its FIN first? The client is the one that sent the SYN.',
      '哪一端先发出 FIN？客户端就是发出 SYN 的一端。',
    ),
  },
  {
    id: '09-b',
    points: 1,
    test: computes(viewOf, (view) => streamOf(view, 0)),
    hint: text(
      'Add up the lengths of one direction, or follow its sequence numbers; SYN and FIN take a number each and are no data.',
      '把一个方向的长度加起来，或者跟踪它的序号；SYN 和 FIN 各占一个序号，却不是数据。',
    ),
  },
  {
    id: '09-c',
    points: 1,
    test: computes(viewOf, (view) => view.count({ data: true, side: 1 })),
    hint: text(
      'The side that answers is the one that did not send the first SYN; count its rows that have a len.',
      '回答的一端就是没有发出第一个 SYN 的那一端；数它的 len 不为 0 的行。',
    ),
  },
];

/** A SYN of the client, and a RST that acknowledges exactly it; once is enough. */
function isRefusal({ connections }: TraceView): boolean {
  return connections.some(
    ({ segments }) =>
      segments[0] !== undefined &&
      (segments[0].flags & (FLAG.syn | FLAG.ack)) === FLAG.syn &&
      segments.some(({ side, flags, relAck }) => side === 1 && flags & FLAG.rst && relAck === 1) &&
      !segments.some(({ side, flags }) => side === 1 && flags & FLAG.syn),
  );
}

function bytesBehindFin(segments: readonly Segment[]): number {
  const at = segments.findIndex(({ flags }) => flags & FLAG.fin);
  return at === -1 ? 0 : segments.slice(at + 1).reduce((sum, { payloadLength }) => sum + payloadLength, 0);
}

/** A window of zero, a window of more later, and then data that it lets in. */
function opensAgain(view: TraceView): boolean {
  return view.connections.some(({ segments }) => {
    const shut = segments.findIndex(({ notes }) => notes & NOTE.zeroWindow);
    if (shut === -1) return false;
    const reader = segments[shut]?.side;
    const open = segments.findIndex(
      ({ side, window, flags }, at) => at > shut && side === reader && window > 0 && !(flags & FLAG.rst),
    );
    return (
      open !== -1 &&
      segments.slice(open).some(({ side, payloadLength }) => side !== reader && payloadLength > 1)
    );
  });
}

/** Data that were sent again, and whose last byte was then acknowledged. */
function isRecovery(view: TraceView): boolean {
  return view.connections.some(({ segments }) => {
    const again = segments.find(
      ({ notes, payloadLength }) => notes & NOTE.retransmission && payloadLength > 0,
    );
    if (again === undefined) return false;
    const end = again.relSeq + again.payloadLength;
    return segments.some(
      ({ frame, side, relAck }) => frame > again.frame && side !== again.side && relAck >= end,
    );
  });
}

const NETSTAT = z.array(z.object({ state: z.string(), local: z.string(), remote: z.string() }));

/** Rows of `sys.netstat`: one end waits for the other's FIN, and that one for its program. */
function isHalfClosed(answer: unknown): boolean {
  const { data: rows = [] } = NETSTAT.safeParse(answer);
  return rows.some(
    (one) =>
      one.state === 'FIN_WAIT2' &&
      rows.some(
        ({ state, local, remote }) => state === 'CLOSE_WAIT' && local === one.remote && remote === one.local,
      ),
  );
}

function splitsLines(answer: unknown): boolean {
  const cases: readonly (readonly [reads: readonly string[], packets: readonly string[]])[] = [
    [['one\n'], ['one']],
    [
      ['on', 'e\ntwo\nth', 'ree\n'],
      ['one', 'two', 'three'],
    ],
    [['one\n\ntwo\n'], ['one', '', 'two']],
    [['one\ntw'], ['one']],
    [['a', 'b', '\n'], ['ab']],
    [[], []],
  ];
  return cases.every(
    ([reads, packets]) => JSON.stringify(called(answer, [...reads])) === JSON.stringify(packets),
  );
}

/** Numbers in whatever a student may keep them: an array, a Buffer or another view, an ArrayBuffer. */
function bytesOf(made: unknown): unknown[] {
  if (Array.isArray(made)) return [...(made as unknown[])];
  if (made instanceof ArrayBuffer) return [...new Uint8Array(made)];
  return ArrayBuffer.isView(made) ? [...new Uint8Array(made.buffer, made.byteOffset, made.byteLength)] : [];
}

/** A packet made by hand, against the codec of the description that the cell shows. */
function encodesTime(answer: unknown, evidence: unknown): boolean {
  const protocol = protocolOf(evidence);
  if (protocol === undefined) return false;
  const cases = [
    [5, 1_700_000_000],
    [255, 1],
    [0, 0xfe_dc_ba_98],
  ] as const;
  return cases.every(([number, seconds]) => {
    const writer = new Writer();
    const answered = { request: requestNumber(number), time: epochMs(seconds * 1000) };
    protocol.encode({ type: 'time.response', ...answered }, writer);
    const bytes = bytesOf(called(answer, number, seconds));
    return JSON.stringify(bytes) === JSON.stringify([...writer.view()]);
  });
}

function hasHeartbeat(answer: unknown): boolean {
  if (typeof answer !== 'string') return false;
  try {
    const { packets } = openProtocol(`${answer}\n`).description;
    const has = (wanted: string, from: string): boolean =>
      packets.some((one) => one.type === wanted && one.speakers.join() === from && one.fields.length === 0);
    const kept = ['time.request', 'time.response', 'name.request', 'name.response'];
    return (
      has('heartbeat.request', 'client') &&
      has('heartbeat.response', 'server') &&
      kept.every((type) => packets.some((one) => one.type === type))
    );
  } catch (error) {
    if (error instanceof KitError && error.fault === 'usage') return false;
    throw error;
  }
}
