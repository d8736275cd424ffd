import {
  code,
  type Evidence,
  ladderSection,
  type Language,
  netstatSection,
  paragraphs,
  storyTable,
  table,
  text,
  type Text,
  toldText,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { CLIENTS, TWIN } from './scenario.ts';
import { type ClientView, clientViews, listed } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = clientViews(evidence);
  const drawings = new Map<string, string>();
  const first = views[0];
  return {
    summary: summary(evidence, views, language),
    data: paragraphs(
      say(text('### 5.1 The clients’ ports', '### 5.1 客户端的端口')),
      portTable(views, language),
      twin(evidence, language),
      say(text('### 5.2 The handshake', '### 5.2 三次握手')),
      handshakes(views, language),
      first?.client === undefined
        ? ''
        : ladderSection(first.client, say(text('The first connection', '第一条连接')), language, drawings, {
            elide: { head: 6, tail: 4 },
          }),
      say(
        text('### 5.3 Programs, packets and sockets on one clock', '### 5.3 程序、分组与套接字（同一时钟）'),
      ),
      first === undefined ? '' : story(evidence, first, language),
      say(text('### 5.4 Socket tables', '### 5.4 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'listening', title: text('before the first client', '第一个客户端连接之前') },
          { label: 'client-1 connected', title: text('client 1 is connected', '客户端 1 已连接') },
          { label: 'all connected', title: text('all four are connected', '四个客户端均已连接') },
        ],
        language,
      ),
      say(text('### 5.5 What the server lists', '### 5.5 服务器给出的列表')),
      table(
        language === 'en' ? ['number', 'address', 'port'] : ['编号', '地址', '端口'],
        listed(evidence).map(({ id, address, port }) => [String(id), code(address), String(port)]),
        [0, 2],
      ),
    ),
    analysis: analysis(evidence, views, language),
    drawings,
  };
}

function summary(evidence: Evidence, views: readonly ClientView[], language: Language): string {
  const free = views.filter(({ plan }) => !plan.binds).map(({ localPort }) => localPort);
  const bound = views.find(({ plan }) => plan.binds);
  const [low, high] = bound?.range ?? [0, 0];
  const different = new Set(free).size === free.length;
  const tuples = new Set(views.map(({ localPort }) => localPort)).size;
  const port = String(evidence.manifest.parameters['port']);
  return language === 'en'
    ? paragraphs(
        '**Does a client have to call bind, and how does the server tell clients apart?**',
        [
          `- Without bind ${free.length} clients connected all the same; the kernel gave them ports ${free.join(', ')}, from its range ${low}–${high}: ${different ? 'a different one for each' : 'not always a different one'}.`,
          `- With bind the client had the port that it asked for, ${bound?.localPort ?? '?'}.`,
          `- ${views.length} connections shared port ${port} of the server; ${tuples} different foreign ports told them apart.`,
        ].join('\n'),
      )
    : paragraphs(
        '**客户端是否必须调用 bind？服务器如何区分客户端？**',
        [
          `- ${free.length} 个客户端没有调用 bind 也连接成功；内核从范围 ${low}–${high} 中为它们选择了端口 ${free.join('、')}，${different ? '各不相同' : '并非各不相同'}。`,
          `- 调用 bind 的客户端得到了它指定的端口 ${bound?.localPort ?? '?'}。`,
          `- ${views.length} 条连接共用服务器的端口 ${port}，由 ${tuples} 个不同的远端端口加以区分。`,
        ].join('\n'),
      );
}

function portTable(views: readonly ClientView[], language: Language): string {
  const head =
    language === 'en'
      ? ['client', 'bind', 'port by the program', 'by the SYN', 'by the kernel', 'server’s socket']
      : ['客户端', 'bind', '程序报告的端口', 'SYN 中的端口', '内核表中的端口', '服务器端套接字'];
  const rows = views.map(({ plan, said, client, clientSocket, serverSocket, bindPort }) => {
    const row = serverSocket?.row;
    const tuple =
      row === undefined
        ? '–'
        : `${row.localAddress}:${row.localPort} ↔ ${row.remoteAddress}:${row.remotePort}`;
    return [
      plan.id,
      plan.binds ? String(bindPort) : '–',
      String(said?.record.local.port ?? '–'),
      String(client?.connection.initiator.port ?? '–'),
      String(clientSocket?.row?.localPort ?? '–'),
      code(tuple),
    ];
  });
  return table(head, rows, [1, 2, 3, 4]);
}

function twin(evidence: Evidence, language: Language): string {
  const phase = evidence.manifest.phases.find(({ id }) => id === TWIN);
  if (phase === undefined) return '';
  const outcome = String(phase.facts['outcome']);
  const tried = synsOfTwin(evidence);
  const port = String(phase.facts['bindPort']);
  if (outcome === 'connected') {
    return language === 'en'
      ? `Control: ${TWIN} bound port ${port} too, and was connected.`
      : `对照：${TWIN} 也 bind 到端口 ${port}，并连接成功。`;
  }
  return language === 'en'
    ? `Control: ${TWIN} bound port ${port} too, while client-4 was connected from it to the same server. Its connect failed (${code(toldText(outcome).en)}); in the client’s capture ${tried === 1 ? 'client-4’s is the only connection from that port' : `there are ${tried} connections from that port`}.`
    : `对照：${TWIN} 在 client-4 仍以端口 ${port} 连接同一服务器时也 bind 到该端口。它的 connect 失败（${code(toldText(outcome).zh)}）；${tried === 1 ? '客户端抓包中来自该端口的连接只有 client-4 的一条' : `客户端抓包中来自该端口的连接共 ${tried} 条`}。`;
}

/** How many connections, tried ones too, the client's capture has from the bound port. */
function synsOfTwin(evidence: Evidence): number {
  const port = evidence.manifest.phases.find(({ id }) => id === TWIN)?.facts['bindPort'];
  const capture = evidence.captures.find(({ host }) => host === 'client');
  return capture?.analysis.connections.filter(({ initiator }) => initiator.port === port).length ?? 0;
}

function handshakes(views: readonly ClientView[], language: Language): string {
  const head =
    language === 'en'
      ? ['client', 'frame', 'flags', 'sequence number', 'acknowledgment number', 'MSS', 'window scale']
      : ['客户端', '帧', '标志', '序号', '确认号', 'MSS', '窗口扩大因子'];
  const rows = views.flatMap(({ plan, client }) => {
    if (client === undefined) return [];
    const { syn, synAck, ack } = client.connection.handshake;
    return [syn, synAck, ack].flatMap((frame, index) => {
      const segment = client.connection.segments.find((each) => each.frame === frame);
      if (segment === undefined) return [];
      const flags = ['SYN', 'SYN, ACK', 'ACK'][index] ?? '';
      return [
        [
          plan.id,
          String(frame),
          flags,
          String(segment.seq),
          index === 0 ? '–' : String(segment.ack),
          segment.mss < 0 ? '–' : String(segment.mss),
          segment.windowShift < 0 ? '–' : String(segment.windowShift),
        ],
      ];
    });
  });
  const legend =
    language === 'en'
      ? 'Numbers as they stand in the segments (client.pcap), not made relative.'
      : '编号为报文段中的原始值（client.pcap），未换算为相对值。';
  return paragraphs(table(head, rows, [1, 3, 4, 5, 6]), legend);
}

function story(evidence: Evidence, view: ClientView, language: Language): string {
  const phase = evidence.manifest.phases.find(({ id }) => id === view.plan.id);
  if (phase === undefined) return '';
  const { clientPort, serverPort } = view;
  return storyTable(
    evidence,
    {
      ...{ clientPort, serverPort, hosts: ['client', 'server'] },
      fromUs: phase.startedAtUs,
      untilUs: phase.endedAtUs ?? phase.startedAtUs,
      speaks: (record) => record.process !== 'lab',
    },
    language,
  );
}

function analysis(evidence: Evidence, views: readonly ClientView[], language: Language): string {
  const [first] = views;
  const { syn = 0, synAck = 0, ack = 0 } = first?.client?.connection.handshake ?? {};
  const find = (frame: number): number | undefined =>
    first?.client?.connection.segments.find((segment) => segment.frame === frame)?.seq;
  const outcome = evidence.manifest.phases.find(({ id }) => id === TWIN)?.facts['outcome'];
  const refused = outcome !== undefined && outcome !== 'connected' && synsOfTwin(evidence) === 1;
  const free = views.filter(({ plan }) => !plan.binds);
  const numbers = new Set(views.map(({ client }) => client?.connection.segments[0]?.seq));
  const en = [
    `**Handshake.** In frame ${syn} the client of the first connection sends a SYN with sequence number ${find(syn) ?? '?'}. Frame ${synAck} acknowledges that number plus one and carries the server’s own SYN, number ${find(synAck) ?? '?'}; frame ${ack} acknowledges it in turn. A SYN takes one sequence number (RFC 9293, section 3.4), which is why the acknowledgment is one higher although no data was sent.${numbers.size === views.length ? ` The ${views.length} connections began with ${numbers.size} different numbers: each connection chooses its initial sequence number anew (RFC 9293, section 3.4.1).` : ''}`,
    `**Question 1: bind.** A client does not have to call bind: ${free.length} of ${CLIENTS.length} clients here did not. connect then gives the socket a local port from the range in ${code('net.ipv4.ip_local_port_range')}; which one is the kernel’s choice (RFC 6056 describes the ways to choose), so a client cannot rely on the same port at its next connect. With bind the port is the client’s choice.${refused ? ' The price shows in the control: the second client with the same bound port could not connect to the same server, and no SYN of it is in the capture. Its own kernel refused, since the four numbers that name the connection were in use.' : ''}`,
    '**Question 4: one port, many clients.** accept makes a new socket for each connection, and all of them keep the server’s port. A connection is named by four numbers, both addresses and both ports (RFC 9293, section 4: a connection is identified by a pair of sockets, each an address and a port); a segment is handed to the socket whose four numbers it carries. In the server’s table the rows differ in the foreign port only, for here all clients are on one host.',
  ];
  const zh = [
    `**三次握手。** 第一条连接中，客户端在第 ${syn} 帧发出 SYN，序号为 ${find(syn) ?? '?'}。第 ${synAck} 帧确认该序号加一，同时携带服务器自己的 SYN，序号为 ${find(synAck) ?? '?'}；第 ${ack} 帧再对它进行确认。SYN 占用一个序号（RFC 9293 第 3.4 节），所以虽然没有发送数据，确认号仍比序号大一。${numbers.size === views.length ? `${views.length} 条连接的初始序号各不相同：每条连接都重新选择初始序号（RFC 9293 第 3.4.1 节）。` : ''}`,
    `**问题 1：bind。** 客户端不必调用 bind：${CLIENTS.length} 个客户端中有 ${free.length} 个没有调用。此时 connect 从 ${code('net.ipv4.ip_local_port_range')} 规定的范围中取一个本地端口，具体是哪一个由内核决定（RFC 6056 介绍了各种选择方法），因此客户端不能指望下次连接仍得到同一端口。调用 bind 时端口由客户端自己决定。${refused ? '代价可由对照看出：第二个 bind 到同一端口的客户端无法连接同一服务器，抓包中也没有它的 SYN。拒绝它的是它自己的内核，因为标识连接的四个数已被占用。' : ''}`,
    '**问题 4：一个端口，多个客户端。** accept 为每条连接产生一个新的套接字，它们都使用服务器的同一端口。连接由四个数标识：双方的地址与双方的端口（RFC 9293 第 4 节：连接由一对套接字标识，每个套接字包含地址与端口）；报文段交给四个数与之相同的套接字。本次实验中所有客户端在同一台主机上，所以服务器表中各行只有远端端口不同。',
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}
