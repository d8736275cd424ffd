import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  same,
  socketAt,
  socketLines,
  type Statement,
  statesAt,
  text,
  unknown,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { CLIENTS } from './scenario.ts';
import { type ClientView, clientViews, listed } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  const needed = clientViews(evidence).map(({ clientPort, serverPort }) => ({
    ...{ clientPort, serverPort },
    hosts: ['client', 'server'],
  }));
  return wholeCaptures(evidence, needed);
}

export function handshake(evidence: Evidence): Finding {
  const expected = text(
    'SYN, SYN-ACK whose acknowledgment number is the SYN’s plus one, ACK whose acknowledgment number is the SYN-ACK’s plus one; the same at both ends',
    'SYN；SYN-ACK 的确认号为 SYN 的序号加一；ACK 的确认号为 SYN-ACK 的序号加一；两端所见相同',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  return conclude(expected, all(evidence, opening));
}

function opening(view: ClientView): Statement[] {
  const { client, server, plan } = view;
  if (client === undefined || server === undefined)
    return [unknown(text(`${plan.id} is not in both captures`, `${plan.id} 不在两端的抓包中`))];
  const three = (wire: typeof client): (Segment | undefined)[] => {
    const { syn, synAck, ack } = wire.connection.handshake;
    return [syn, synAck, ack].map((frame) => wire.connection.segments.find((each) => each.frame === frame));
  };
  const numbers = (segment: Segment | undefined): string =>
    segment === undefined ? '' : `${segment.flags & (FLAG.syn | FLAG.ack)} ${segment.seq} ${segment.ack}`;
  const [syn, synAck, ack] = three(client);
  const { connection, capture } = client;
  const where = frames(capture.file, syn?.frame, synAck?.frame, ack?.frame);
  if (syn === undefined || synAck === undefined || ack === undefined)
    return [when(false, text(`${plan.id}: no whole handshake`, `${plan.id}：没有完整的握手`), where)];
  const follows = synAck.ack === (syn.seq + 1) >>> 0 && ack.ack === (synAck.seq + 1) >>> 0;
  const empty = [syn, synAck, ack].every((segment) => segment.payloadLength === 0);
  const alike = three(client).map(numbers).join() === three(server).map(numbers).join();
  const counted = connection.segments.filter(({ flags }) => flags & FLAG.syn).length;
  const good = follows && empty && alike && counted === 2;
  return [
    when(
      good,
      good
        ? same(`${plan.id}: ${syn.frame}, ${synAck.frame}, ${ack.frame}`)
        : text(
            `${plan.id}: numbers ${follows ? 'fit' : 'do not fit'}, ends ${alike ? 'agree' : 'differ'}, ${counted} segments with SYN`,
            `${plan.id}：编号${follows ? '相符' : '不符'}，两端${alike ? '一致' : '不同'}，带 SYN 的报文段 ${counted} 个`,
          ),
      where,
      frames(server.capture.file, ...three(server).map((segment) => segment?.frame)),
    ),
  ];
}

export function states(evidence: Evidence): Finding {
  const wanted = clientViews(evidence).flatMap(({ plan, clientPort, serverPort }) =>
    (['client', 'server'] as const).map((host, side) => ({
      ...{ clientPort, serverPort, host, state: 'ESTABLISHED', label: `${plan.id} connected` },
      ...{ of: same(plan.id), moment: text('connected', '连接建立后') },
      side: side === 0 ? (0 as const) : (1 as const),
    })),
  );
  const expected = text(
    'ESTABLISHED at both ends when connect has returned, by the kernels’ tables and by the packets',
    'connect 返回后两端均为 ESTABLISHED，内核表与分组一致',
  );
  return statesAt(evidence, expected, wanted);
}

export function listening(evidence: Evidence): Finding {
  const expected = text(
    'LISTEN on the server’s port before and after each connect',
    '每次连接前后，服务器端口均处于 LISTEN',
  );
  const serverPort = Number(evidence.manifest.parameters['port']);
  const labels = ['listening', ...CLIENTS.map(({ id }) => `${id} connected`)];
  return conclude(
    expected,
    labels.map((label) => {
      const seen = socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: 0 });
      if (seen === undefined) return unknown(text(`no snapshot “${label}”`, `没有快照“${label}”`));
      return when(seen.state === 'LISTEN', same(`${label}: ${seen.state}`), socketLines(seen.line));
    }),
  );
}

export function ports(evidence: Evidence): Finding {
  const expected = text(
    'without bind a port from the kernel’s range, with bind the one that was asked for; the same by program, packets and kernel',
    '不调用 bind 时端口取自内核的临时端口范围，调用 bind 时为指定端口；程序、分组、内核三方一致',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  return conclude(
    expected,
    all(evidence, ({ plan, localPort, range, bindPort, said, client, clientSocket }) => {
      const [low, high] = range;
      const right = plan.binds ? localPort === bindPort : localPort >= low && localPort <= high;
      const byProgram = said?.record.local.port;
      const byWire = client?.connection.initiator.port;
      const byKernel = clientSocket?.row?.localPort;
      if (said === undefined || client === undefined || clientSocket === undefined)
        return [unknown(text(`${plan.id}: a witness is missing`, `${plan.id}：缺少一方记录`))];
      const agree = [byProgram, byWire, byKernel].every((port) => port === localPort);
      const places = [
        callLines(said.line),
        frames(client.capture.file, client.connection.handshake.syn),
        socketLines(clientSocket.line),
      ];
      const seen = `${plan.id}: ${byProgram ?? '?'} / ${byWire ?? '?'} / ${byKernel ?? '?'}`;
      return [agree ? when(right, same(seen), ...places) : unknown(same(seen), ...places)];
    }),
  );
}

export function fourTuples(evidence: Evidence): Finding {
  const expected = text(
    'four ESTABLISHED sockets with the server’s one address and port, each with another foreign address or port, and the server lists the same four',
    '四个 ESTABLISHED 套接字的服务器地址与端口相同，远端地址或端口各不相同，且服务器列出的正是这四个',
  );
  const serverPort = Number(evidence.manifest.parameters['port']);
  const snapshot = evidence.sockets.find(
    ({ record }) =>
      record.kind === 'snapshot' && record.host === 'server' && record.label === 'all connected',
  );
  if (snapshot?.record.kind !== 'snapshot') return conclude(expected, []);
  const rows = snapshot.record.rows.filter(
    ({ state, localPort }) => state === 'ESTABLISHED' && localPort === serverPort,
  );
  const tuples = new Set(rows.map((row) => `${row.remoteAddress}:${row.remotePort}`));
  const locals = new Set(rows.map((row) => `${row.localAddress}:${row.localPort}`));
  const told = listed(evidence).map(({ address, port }) => `${address}:${port}`);
  const lists = told.length === tuples.size && told.every((name) => tuples.has(name));
  const good = rows.length === CLIENTS.length && tuples.size === rows.length && locals.size === 1 && lists;
  const seen = text(
    `${rows.length} sockets, ${locals.size} local and ${tuples.size} foreign endpoints; the server lists ${told.length}${lists ? ', the same' : ', others'}`,
    `${rows.length} 个套接字，本地端点 ${locals.size} 个，远端端点 ${tuples.size} 个；服务器列出 ${told.length} 个，${lists ? '与之相同' : '与之不同'}`,
  );
  return conclude(expected, [when(good, seen, socketLines(snapshot.line))]);
}

/** All four clients' statements; nothing is proven when one of them is not in the evidence. */
function all(evidence: Evidence, rule: (view: ClientView) => Statement[]): Statement[] {
  const views = clientViews(evidence);
  if (views.length < CLIENTS.length)
    return [
      unknown(
        text(
          `only ${views.length} of ${CLIENTS.length} clients`,
          `只有 ${views.length}/${CLIENTS.length} 个客户端`,
        ),
      ),
    ];
  return views.flatMap(rule);
}
