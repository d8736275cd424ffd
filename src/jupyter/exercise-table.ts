/**
 * The exercises of notebooks/, with hints that send the student back to the evidence. Where an answer is a number, the
 * student's own capture has it, so that each student's may differ.
 */
import { z } from 'zod';
import { text, type Text } from '../check/index.ts';
import { KitError } from '../bytes/index.ts';
import { FLAG, NOTE, type Segment } from '../tcp/index.ts';
import { openProtocol } from './protocol-view.ts';
import { CaptureView, TraceView } from './trace-view.ts';
import { SocketTable } from './world/socket-table.ts';

export interface Exercise {
  /** `01-a`: the notebook's number and a letter. */
  readonly id: string;
  readonly points: number;
  /** Is it right? `evidence` is whatever the cell hands over. */
  readonly test: (answer: unknown, evidence: unknown) => boolean;
  readonly hint: Text;
}

const viewOf = (value: unknown): TraceView | undefined =>
  value instanceof CaptureView ? value.view : value instanceof TraceView ? value : undefined;

/** The answer is what `find` gives for the evidence; without evidence nothing is right. */
const asCaptured =
  (find: (view: TraceView) => unknown): Exercise['test'] =>
  (answer, evidence) => {
    const view = viewOf(evidence);
    return view !== undefined && view.connections.length > 0 && answer === find(view);
  };

/** The answer is a capture in which something holds. */
const produced =
  (holds: (view: TraceView) => boolean): Exercise['test'] =>
  (answer) => {
    const view = viewOf(answer);
    return view !== undefined && holds(view);
  };

const segmentsOf = (view: TraceView): Segment[] => view.connections.flatMap(({ segments }) => segments);
const answersOf = (view: TraceView): number =>
  view.connections.flatMap(({ messages }) => messages).filter(({ name }) => name === 'time.response').length;

export const EXERCISES: readonly Exercise[] = [
  {
    id: '01-a',
    points: 1,
    test: asCaptured((view) => view.count({ data: false })),
    hint: text(
      'Look at the column len of life.packets, and count the segments in which it is 0.',
      '查看 life.packets 的 len 一列，数一数其中为 0 的报文段。',
    ),
  },
  {
    id: '01-b',
    points: 2,
    test: produced(
      (view) =>
        view.connections.length === 1 &&
        view.count({ flags: 'SYN' }) === 1 &&
        view.count({ flags: 'RST' }) === 1,
    ),
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
    test: (answer) => {
      if (!Array.isArray(answer)) return false;
      const [capture, writes] = answer as unknown[];
      const view = viewOf(capture);
      if (view === undefined || typeof writes !== 'number' || writes < 5) return false;
      const sent = view.count({ data: true, side: 0 });
      return sent > 0 && sent < writes;
    },
    hint: text(
      'What makes a kernel hold a small write back until an ACK has come? It is an option of dial, and writes that do not wait for each other help.',
      '是什么让内核把一次小的写入留到 ACK 到来之后？它是 dial 的一个选项；各次写入不要互相等待。',
    ),
  },
  {
    id: '03-a',
    points: 1,
    // length, type and number, and a time of four bytes.
    test: (answer) => answer === 2 + 1 + 1 + 4,
    hint: text(
      'Add up the header’s fields and the packet’s own. u16 is two bytes; what is u32?',
      '把首部各字段与分组自己的字段加起来。u16 是两个字节，u32 呢？',
    ),
  },
  {
    id: '03-b',
    points: 2,
    test: (answer) => {
      if (typeof answer !== 'string') return false;
      try {
        const made = openProtocol(`${answer}\n`);
        return made.can('heartbeat.request') && made.can('heartbeat.response') && made.can('time.request');
      } catch (error) {
        if (error instanceof KitError && error.fault === 'usage') return false;
        throw error;
      }
    },
    hint: text(
      'Two new names in enums, two new packets like time.request. protocol(withHeartbeat) says which line it does not understand.',
      '在 enums 里增加两个名字，再仿照 time.request 增加两个分组。protocol(withHeartbeat) 会指出它看不懂哪一行。',
    ),
  },
  {
    id: '04-a',
    points: 1,
    test: (answer, evidence) => {
      if (!(evidence instanceof SocketTable)) return false;
      const ports = evidence.rows.filter(({ host }) => host === 'anna').map(({ localPort }) => localPort);
      return answer === new Set(ports).size;
    },
    hint: text(
      'Read the rows of anna, and in them the port behind the local address.',
      '看 anna 的那些行，以及本地地址后面的端口。',
    ),
  },
  {
    id: '04-b',
    points: 2,
    test: (answer) =>
      answer instanceof SocketTable &&
      answer.rows.filter(
        ({ host, localPort, state }) => host === 'anna' && localPort === 50_505 && state === 'ESTABLISHED',
      ).length === 2,
    hint: text(
      'A connection is four numbers. If this one is the same in both, another must differ: give the second one somewhere else to go.',
      '一个连接由四个数构成。既然这一个相同，就必须有别的数不同：让第二个连接去往别处。',
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
    points: 1,
    test: (answer, evidence) => {
      const view = viewOf(evidence);
      if (view === undefined || !Array.isArray(answer)) return false;
      const segments = segmentsOf(view);
      const fin = segments.find(({ flags, side }) => flags & FLAG.fin && side === 0);
      const sent = segments.filter(({ frame, side }) => fin !== undefined && frame > fin.frame && side === 1);
      const bytes = sent.reduce((sum, { payloadLength }) => sum + payloadLength, 0);
      return answer[0] === bytes && answer[1] === 'server';
    },
    hint: text(
      'Find the FIN in before.packets and look at len in the rows behind it.',
      '在 before.packets 里找到 FIN，再看它后面各行的 len。',
    ),
  },
  {
    id: '06-a',
    points: 1,
    test: asCaptured(answersOf),
    hint: text(
      'One segment may hold many answers. The capture knows the packets of the protocol: together.connections[0].messages.',
      '一个报文段里可能有许多回答。抓包认得协议的分组：together.connections[0].messages。',
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
      'Which of the three ways above needed the fewest segments? Ask it for more.',
      '上面三种方式中哪一种用的报文段最少？用它多发一些请求。',
    ),
  },
  {
    id: '07-a',
    points: 2,
    test: (answer) => {
      const views = answer instanceof CaptureView ? Object.values(answer.hosts) : [viewOf(answer)];
      return views.some(
        (view) => view !== undefined && segmentsOf(view).some(({ notes }) => notes & NOTE.zeroWindow),
      );
    },
    hint: text(
      'The reader must be stopped, and the writer must write more than both kernels have room for.',
      '必须停住读者，而且写入的数据要超过两端内核所能容纳的量。',
    ),
  },
  {
    id: '07-b',
    points: 1,
    test: (answer, evidence) =>
      evidence instanceof SocketTable &&
      evidence.rows.some(({ localPort, state }) => localPort === 2312 && state === 'LISTEN') &&
      answer ===
        evidence.rows.filter(({ localPort, state }) => localPort === 2312 && state === 'LISTEN').length,
    hint: text(
      'Look at the rows of port 2312 in sockets(w): which of them has the state LISTEN?',
      '在 sockets(w) 里看 2312 端口的各行：哪些的状态是 LISTEN？',
    ),
  },
  {
    id: '08-a',
    points: 1,
    test: asCaptured((view) => view.retransmissions),
    hint: text(
      'Segments with the same seq and the same len. The first one of them is no retransmission.',
      'seq 相同、len 也相同的报文段。其中第一个不算重传。',
    ),
  },
  {
    id: '08-b',
    points: 2,
    test: produced((view) =>
      view.connections.some(({ segments }) => {
        const again = segments.find(
          ({ notes, payloadLength }) => notes & NOTE.retransmission && payloadLength > 0,
        );
        if (again === undefined) return false;
        const end = again.relSeq + again.payloadLength;
        return segments.some(
          ({ frame, side, relAck }) => frame > again.frame && side !== again.side && relAck >= end,
        );
      }),
    ),
    hint: text(
      'Lose one packet with data (w.drop takes from, times, minPacketBytes), write, and read on the other side before the capture ends.',
      '丢掉一个带数据的分组（w.drop 可用 from、times、minPacketBytes），写入，并在抓包结束前在另一端读取。',
    ),
  },
  {
    id: '09-a',
    points: 1,
    test: asCaptured((view) =>
      view.connections[0]?.ends[0].state === 'TIME-WAIT'
        ? 'client'
        : view.connections[0]?.ends[1].state === 'TIME-WAIT'
          ? 'server'
          : undefined,
    ),
    hint: text('Which side sent its FIN first?', '哪一端先发出 FIN？'),
  },
  {
    id: '09-b',
    points: 1,
    test: asCaptured((view) => view.connections[0]?.directions[0].streamLength),
    hint: text(
      'Follow the sequence numbers of the client’s side, or add up the lengths. A line end is a byte, too.',
      '跟踪客户端一侧的序号，或者把长度加起来。换行也是一个字节。',
    ),
  },
  {
    id: '09-c',
    points: 1,
    test: asCaptured((view) => view.count({ data: true, side: 1 })),
    hint: text(
      'The web server opened the connection. Count in fastcgi.packets the rows of the other way that have a len.',
      '连接是 Web 服务器打开的。在 fastcgi.packets 里数一数另一个方向上 len 不为 0 的行。',
    ),
  },
];

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
  if (typeof answer !== 'function') return false;
  const split = answer as (reads: readonly string[]) => unknown;
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
  try {
    return cases.every(([reads, packets]) => JSON.stringify(split(reads)) === JSON.stringify(packets));
  } catch {
    // The student's own function threw: it is not right yet, and the notebook goes on.
    return false;
  }
}
