import {
  type Evidence,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { type ClientView, opening, stopView, type StopView } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const view = stopView(evidence);
  const drawings = new Map<string, string>();
  if (view === undefined) {
    const nothing = say(text('The run ended before the server was stopped.', '运行在服务器暂停之前结束。'));
    return { summary: nothing, data: nothing, analysis: nothing, drawings };
  }
  const last = view.clients.at(-1);
  const queued = view.clients[view.clients.length - 2];
  return {
    summary: summary(view, language),
    data: paragraphs(
      say(text('### 5.1 The clients, one after the other', '### 5.1 依次连接的客户端')),
      clients(view, language),
      strips(evidence, view, language, drawings),
      say(
        text(
          '### 5.2 The last that got in, and the one that did not',
          '### 5.2 最后一个成功的与未成功的客户端',
        ),
      ),
      ladder(queued, language, drawings),
      ladder(last, language, drawings),
      say(text('### 5.3 Socket tables', '### 5.3 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'client 1', title: text('one client has connected', '一个客户端已连接') },
          {
            label: `client ${view.clients.length}`,
            title: text('the queue is full and the last client waits', '队列已满，最后一个客户端在等待'),
          },
          { label: 'resumed', title: text('the server has gone on', '服务器恢复运行之后') },
        ],
        language,
      ),
    ),
    analysis: analysis(view, language),
    drawings,
  };
}

const got = (view: StopView): ClientView[] =>
  view.clients.filter(({ here }) => here?.state === 'ESTABLISHED');

function summary(view: StopView, language: Language): string {
  const { backlog, clients: all, resumedUs } = view;
  const last = all.at(-1);
  const before = opening(last?.client).syns.filter(
    ({ atNs }) => (last?.client?.capture.atUs(atNs) ?? Infinity) < resumedUs,
  );
  const taken = all.filter(
    ({ accepted }) => accepted !== undefined && accepted.record.atUs > resumedUs,
  ).length;
  return language === 'en'
    ? paragraphs(
        '**The server is stopped between listen and accept: does a client’s connect succeed, how many can, and what then?**',
        [
          `- With backlog ${backlog} the connects of ${got(view).length} clients succeeded while the server was stopped.`,
          `- The SYN of client ${last?.number ?? '?'} was sent ${before.length} times and not answered as long as the server was stopped.`,
          `- When the server went on, its program took ${taken} of ${all.length} clients.`,
        ].join('\n'),
      )
    : paragraphs(
        '**服务器停在 listen 与 accept 之间：客户端的 connect 是否成功？能有多少个？之后呢？**',
        [
          `- backlog 为 ${backlog} 时，服务器暂停期间有 ${got(view).length} 个客户端 connect 成功。`,
          `- 服务器暂停期间，客户端 ${last?.number ?? '?'} 的 SYN 发送了 ${before.length} 次，均无应答。`,
          `- 服务器恢复后，其程序接受了 ${all.length} 个客户端中的 ${taken} 个。`,
        ].join('\n'),
      );
}

function clients(view: StopView, language: Language): string {
  const head =
    language === 'en'
      ? [
          'client',
          'port',
          'SYNs',
          'SYN-ACK in frame',
          'socket on the client',
          'socket on the server',
          'held by a program',
          'Recv-Q of the listener',
          'taken by the server’s program',
        ]
      : [
          '客户端',
          '端口',
          'SYN 数',
          'SYN-ACK 所在帧',
          '客户端套接字',
          '服务器端套接字',
          '由程序持有',
          '监听套接字的 Recv-Q',
          '服务器程序接受的时刻',
        ];
  const rows = view.clients.map(({ number, clientPort, client, here, there, accepted }, index) => {
    const { syns, synAck } = opening(client);
    const row = there?.row;
    const after =
      accepted === undefined
        ? '–'
        : `SIGCONT ${((accepted.record.atUs - view.resumedUs) / 1000).toFixed(1)} ms`;
    return [
      String(number),
      String(clientPort),
      String(syns.length),
      synAck === undefined ? '–' : String(synAck.frame),
      here?.state ?? '–',
      there === undefined || row === undefined ? '–' : there.state,
      row === undefined
        ? '–'
        : row.inode === 0
          ? language === 'en'
            ? 'no'
            : '否'
          : language === 'en'
            ? 'yes'
            : '是',
      String(view.listener[index]?.row?.receiveQueueBytes ?? '–'),
      after.replace('SIGCONT ', 'SIGCONT + '),
    ];
  });
  const legend =
    language === 'en'
      ? `States from the tables right after each client had connected, or tried; frames of client.pcap. A socket without an inode in /proc/net/tcp is held by no program. \`ss -lnt\` gives ${view.limit} as the limit of the queue.`
      : `状态取自每个客户端连接（或尝试）之后的套接字表；帧号属于 client.pcap。/proc/net/tcp 中没有 inode 的套接字不属于任何程序。\`ss -lnt\` 给出的队列上限为 ${view.limit}。`;
  return paragraphs(table(head, rows, [0, 1, 2, 3, 7]), legend);
}

function strips(
  evidence: Evidence,
  view: StopView,
  language: Language,
  drawings: Map<string, string>,
): string {
  const title =
    language === 'en'
      ? 'The clients’ sockets while the server is stopped, and after'
      : '服务器暂停期间及之后各客户端的套接字';
  const phase = evidence.manifest.phases.find(({ id }) => id === 'stopped');
  const window = { fromUs: view.stoppedUs - 50_000, untilUs: (phase?.endedAtUs ?? view.resumedUs) + 100_000 };
  const at = (us: number): number => (us - window.fromUs) / 1000;
  drawings.set(
    'states.svg',
    stripSvg(
      title,
      view.clients.map(({ number, clientPort, serverPort }) =>
        stripOf(
          evidence,
          'client',
          { localPort: clientPort, remotePort: serverPort },
          window,
          `${language === 'en' ? 'client' : '客户端'} ${number}`,
        ),
      ),
      [
        { atMs: at(view.stoppedUs), name: 'SIGSTOP' },
        { atMs: at(view.resumedUs), name: 'SIGCONT' },
      ],
      { name: language === 'en' ? 's' : '秒', ms: 1000 },
    ),
  );
  return `![${title}](states.svg)`;
}

function ladder(client: ClientView | undefined, language: Language, drawings: Map<string, string>): string {
  if (client?.client === undefined) return '';
  const name = language === 'en' ? `Client ${client.number}` : `客户端 ${client.number}`;
  return ladderSection(client.client, name, language, drawings, {
    file: `ladder-${client.number}.svg`,
    elide: { head: 10, tail: 4 },
  });
}

/** How the distances between copies of a SYN went, and why. */
function pace(gaps: readonly number[]): Text {
  const [first = 0] = gaps;
  if (gaps.length < 2 || first < 0.9) return text('', '');
  if (gaps.every((gap) => gap < 1.4 * first))
    return text(
      ' That they do not double is Linux’s own: since 6.5 it sends the first SYNs again at even distances (net.ipv4.tcp_syn_linear_timeouts), and only later ones after twice the time each (RFC 6298, section 5.5).',
      '间隔没有加倍是 Linux 的做法：自 6.5 起，最初几次 SYN 以相同的间隔重发（net.ipv4.tcp_syn_linear_timeouts），之后的才逐次加倍（RFC 6298 第 5.5 节）。',
    );
  return gaps.slice(1).every((gap, index) => gap > 1.6 * (gaps[index] ?? 0))
    ? text(
        ' Each distance is about twice the one before (RFC 6298, section 5.5).',
        '每次间隔约为前一次的两倍（RFC 6298 第 5.5 节）。',
      )
    : text('', '');
}

function analysis(view: StopView, language: Language): string {
  const { backlog, limit, resumedUs } = view;
  const last = view.clients.at(-1);
  const { syns, synAck } = opening(last?.client);
  const gaps = syns.slice(1).map(({ atNs }, index) => ((atNs - (syns[index]?.atNs ?? 0)) / 1e9).toFixed(2));
  const more = got(view).length === backlog + 1;
  const late =
    synAck !== undefined && last?.client !== undefined
      ? ((last.client.capture.atUs(synAck.atNs) - resumedUs) / 1e6).toFixed(2)
      : undefined;
  const steps = pace(gaps.map(Number));
  const en = [
    '**Connect does not need accept.** The kernel answers a SYN and completes the handshake as soon as a program listens; the finished connection waits in a queue of the listener until the program calls accept. For a client nothing tells the difference: its connect has returned. In the server’s table these sockets are ESTABLISHED and belong to no program.',
    `**How many.** ${more ? `${got(view).length} connects succeeded with backlog ${backlog}, one more than was asked for: Linux lets the queue grow until it holds more than the limit (sk_acceptq_is_full in include/net/sock.h).` : `${got(view).length} connects succeeded with backlog ${backlog}.`} The limit of the queue is what listen was given, ${limit} by ss; it may be cut by net.core.somaxconn (listen(2)).`,
    ...(gaps.length > 0
      ? [
          `**And the next.** With the queue full the server’s kernel dropped the SYN of client ${last?.number ?? '?'} without a word; no RST says so. The client’s kernel took it for lost and sent it again after ${gaps.join(', ')} s; its program waited in connect all the while.${steps.en}${late === undefined ? '' : ` The SYN-ACK came ${late} s after the server went on, in answer to a SYN that was sent then: waiting clients get in with their next try, not at once.`} To a client that gives up earlier it is a time-out, as if there were no host at all; a port without a server would have refused it with a RST (lab 09).`,
        ]
      : []),
  ];
  const zh = [
    '**connect 不需要 accept。** 只要有程序在监听，内核就会应答 SYN 并完成握手；建立好的连接在监听套接字的队列中等待程序调用 accept。客户端看不出区别：connect 已经返回。在服务器的表中，这些套接字处于 ESTABLISHED，却不属于任何程序。',
    `**有多少个。** ${more ? `backlog 为 ${backlog} 时有 ${got(view).length} 个 connect 成功，比要求的多一个：Linux 允许队列增长到超过上限为止（include/net/sock.h 中的 sk_acceptq_is_full）。` : `backlog 为 ${backlog} 时有 ${got(view).length} 个 connect 成功。`}队列的上限就是 listen 的参数，ss 显示为 ${limit}；它还可能受 net.core.somaxconn 限制（listen(2)）。`,
    ...(gaps.length > 0
      ? [
          `**下一个。** 队列已满时，服务器内核直接丢弃客户端 ${last?.number ?? '?'} 的 SYN，并不用 RST 说明。客户端内核认为它丢失了，分别在 ${gaps.join('、')} 秒后重发；其程序一直等在 connect 中。${steps.zh}${late === undefined ? '' : `服务器恢复运行 ${late} 秒后 SYN-ACK 才到来，它应答的是此后发出的 SYN：等待的客户端要到下一次尝试才能进入，而不是立刻。`}更早放弃的客户端看到的是超时，就像那台主机不存在一样；而没有服务器的端口会以 RST 拒绝（见实验 09）。`,
        ]
      : []),
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}
