import {
  absent,
  callLines,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  labelled,
  MISSING,
  same,
  socketAt,
  socketLines,
  type Statement,
  text,
  type Text,
  toldText,
  when,
  type Where,
  wholeCaptures,
} from '../../src/check/index.ts';
import { FLAG } from '../../src/tcp/index.ts';
import { NAMES } from './names.ts';
import { type Case, CASES } from './scenario.ts';
import { caseViews, type CaseView, cause, codeOf, finsIn, received, rstsIn } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeCaptures(
    evidence,
    caseViews(evidence).map(({ id, clientPort, serverPort }) => ({
      ...{ clientPort, serverPort, hosts: ['client', 'server'] },
      handshake: id !== 'closed-port',
    })),
  );
}

export function refused(evidence: Evidence): Finding {
  const expected = text(
    'SYN, then RST, ACK with sequence number 0 that acknowledges the SYN; connect() is refused',
    'SYN 之后是 RST, ACK，序号为 0 并确认该 SYN；connect() 被拒绝',
  );
  return on(evidence, expected, ['closed-port'], (view) => {
    const [syn, rst] = view.client.connection.segments;
    const told = String(view.facts['told']);
    const good =
      syn !== undefined &&
      rst !== undefined &&
      syn.flags === FLAG.syn &&
      rst.flags === (FLAG.rst | FLAG.ack) &&
      rst.seq === 0 &&
      rst.ack === (syn.seq + 1) >>> 0 &&
      told === 'connection-refused';
    const seen = text(
      `seq ${rst?.seq ?? '–'}, ack = SYN + ${rst === undefined || syn === undefined ? '–' : (rst.ack - syn.seq) >>> 0}; ${toldText(told).en}`,
      `seq ${rst?.seq ?? '–'}，ack = SYN + ${rst === undefined || syn === undefined ? '–' : (rst.ack - syn.seq) >>> 0}；${toldText(told).zh}`,
    );
    return when(good, seen, frames('client.pcap', syn?.frame, rst?.frame));
  });
}

export function unread(evidence: Evidence): Finding {
  const expected = text(
    'bytes in Recv-Q, then a RST and no FIN of the server; the control, whose Recv-Q is empty, sends a FIN and no RST',
    'Recv-Q 中有字节时，服务器发出 RST 而没有 FIN；Recv-Q 为空的对照发出 FIN 而没有 RST',
  );
  return on(evidence, expected, ['unread', 'all-read'], (view) => {
    const { id, clientPort, serverPort, client } = view;
    const before = socketAt(evidence, 'server', `${id} before`, {
      localPort: serverPort,
      remotePort: clientPort,
    });
    if (before?.row === undefined) return MISSING;
    const waiting = before.row.receiveQueueBytes;
    const rsts = rstsIn(client).filter(({ side }) => side === 1);
    const fins = finsIn(client).filter(({ side }) => side === 1);
    const told = codeOf(view, 0);
    const good =
      id === 'unread'
        ? waiting > 0 && rsts.length === 1 && fins.length === 0 && told === 'ECONNRESET'
        : waiting === 0 && rsts.length === 0 && fins.length === 1 && told === 'none';
    const seen = text(
      `${NAMES[id].en}: Recv-Q ${waiting}, ${rsts.length} RST, ${fins.length} FIN, the client’s program: ${toldText(told).en}`,
      `${NAMES[id].zh}：Recv-Q ${waiting}，RST ${rsts.length} 个，FIN ${fins.length} 个，客户端程序：${toldText(told).zh}`,
    );
    const places = [...rsts, ...fins].map(({ frame }) => frame);
    return when(good, seen, frames('client.pcap', ...places), socketLines(before.line), ...lines(view));
  });
}

export function abort(evidence: Evidence): Finding {
  const expected = text(
    'one RST of the client in both captures, no FIN; the server’s program is told ECONNRESET',
    '两端抓包中各有客户端的一个 RST，没有 FIN；服务器程序得到 ECONNRESET',
  );
  return on(evidence, expected, ['abort'], (view) => {
    const counts = [view.client, view.server].map(
      (end) => rstsIn(end).filter(({ side }) => side === 0).length,
    );
    const fins = finsIn(view.client).length;
    const told = codeOf(view, 1);
    const seen = text(
      `RST ${counts.join(' / ')}, FIN ${fins}; ${told}`,
      `RST ${counts.join(' / ')}，FIN ${fins}；${told}`,
    );
    const good = counts.every((count) => count === 1) && fins === 0 && told === 'ECONNRESET';
    return when(good, seen, ...rstPlaces(view), ...lines(view));
  });
}

export function late(evidence: Evidence): Finding {
  const expected = text(
    'the client’s FIN, CLOSE_WAIT at the server, then data of the server answered by a RST; its program is told ECONNRESET or EPIPE',
    '客户端的 FIN，服务器为 CLOSE_WAIT，随后服务器的数据得到 RST 应答；其程序得到 ECONNRESET 或 EPIPE',
  );
  return on(evidence, expected, ['late'], (view) => {
    const { clientPort, serverPort } = view;
    const before = socketAt(evidence, 'server', 'late before', {
      localPort: serverPort,
      remotePort: clientPort,
    });
    if (before === undefined) return MISSING;
    const [fin] = finsIn(view.server).filter(({ side }) => side === 0);
    const [rst, data, told] = [received(view), cause(view), codeOf(view, 1)];
    const good =
      fin !== undefined &&
      rst?.side === 0 &&
      (data?.payloadLength ?? 0) > 0 &&
      (data?.frame ?? 0) > fin.frame &&
      before.state === 'CLOSE_WAIT' &&
      ['ECONNRESET', 'EPIPE'].includes(told);
    const seen = text(
      `FIN ${fin?.frame ?? '–'}, ${before.state}, data ${data?.frame ?? '–'}, RST ${rst?.frame ?? '–'}; ${told}`,
      `FIN ${fin?.frame ?? '–'}，${before.state}，数据 ${data?.frame ?? '–'}，RST ${rst?.frame ?? '–'}；${told}`,
    );
    return when(
      good,
      seen,
      frames('server.pcap', fin?.frame, data?.frame, rst?.frame),
      socketLines(before.line),
      ...lines(view),
    );
  });
}

export function halfOpen(evidence: Evidence): Finding {
  const expected = text(
    'the RST of the abort in the client’s capture only; no socket at the client and ESTABLISHED at the server; data of the server brings a second RST and ECONNRESET',
    '中止时的 RST 只在客户端抓包中；客户端没有套接字而服务器为 ESTABLISHED；服务器的数据引来第二个 RST 与 ECONNRESET',
  );
  return on(evidence, expected, ['half-open'], (view) => {
    const { clientPort, serverPort } = view;
    const here = socketAt(evidence, 'client', 'half-open before', {
      localPort: clientPort,
      remotePort: serverPort,
    });
    const there = socketAt(evidence, 'server', 'half-open before', {
      localPort: serverPort,
      remotePort: clientPort,
    });
    if (here === undefined || there === undefined) return MISSING;
    const counts = [rstsIn(view.client).length, rstsIn(view.server).length];
    const told = codeOf(view, 1);
    const good =
      counts[0] === 2 &&
      counts[1] === 1 &&
      view.facts['dropped'] === 1 &&
      here.state === 'none' &&
      there.state === 'ESTABLISHED' &&
      (cause(view)?.payloadLength ?? 0) > 0 &&
      told === 'ECONNRESET';
    const seen = text(
      `RST ${counts.join(' / ')} (client / server); client ${absent(here.state).en}, server ${absent(there.state).en}; ${told}`,
      `RST ${counts.join(' / ')}（客户端 / 服务器）；客户端${absent(here.state).zh}，服务器 ${absent(there.state).zh}；${told}`,
    );
    return when(good, seen, ...rstPlaces(view), socketLines(here.line, there.line), ...lines(view));
  });
}

export function answers(evidence: Evidence): Finding {
  const expected = text(
    'a RST that answers data has no ACK, and the sequence number that the data acknowledged',
    '应答数据的 RST 没有 ACK 标志，其序号等于该数据的确认号',
  );
  return on(evidence, expected, ['late', 'half-open'], (view) => {
    const [rst, data] = [received(view), cause(view)];
    const good = rst !== undefined && data !== undefined && rst.flags === FLAG.rst && rst.seq === data.ack;
    const seen = labelled(NAMES[view.id], same(`ack ${data?.relAck ?? '–'} → RST seq ${rst?.relSeq ?? '–'}`));
    return when(good, seen, frames('server.pcap', data?.frame, rst?.frame));
  });
}

export function nothingLeft(evidence: Evidence): Finding {
  const expected = text(
    'no socket at either end behind a RST; TIME_WAIT behind the control’s FINs',
    'RST 之后两端都没有套接字；对照的 FIN 之后有 TIME_WAIT',
  );
  return on(evidence, expected, CASES, ({ id, clientPort, serverPort }) => {
    const here = socketAt(evidence, 'client', `${id} over`, {
      localPort: clientPort,
      remotePort: serverPort,
    });
    const there = socketAt(evidence, 'server', `${id} over`, {
      localPort: serverPort,
      remotePort: clientPort,
    });
    if (here === undefined || there === undefined) return MISSING;
    const seen = labelled(
      NAMES[id],
      here.state === 'none' && there.state === 'none'
        ? text('no socket at either end', '两端均无套接字')
        : text(
            `client ${absent(here.state).en}, server ${absent(there.state).en}`,
            `客户端${absent(here.state).zh}，服务器 ${absent(there.state).zh}`,
          ),
    );
    const wanted = id === 'all-read' ? 'TIME_WAIT' : 'none';
    return when(here.state === 'none' && there.state === wanted, seen, socketLines(here.line, there.line));
  });
}

const rstPlaces = (view: CaseView): Where[] => [
  frames('client.pcap', ...rstsIn(view.client).map(({ frame }) => frame)),
  frames('server.pcap', ...rstsIn(view.server).map(({ frame }) => frame)),
];
const lines = ({ told }: CaseView): Where[] => [
  callLines(...told.flatMap((line) => (line === undefined ? [] : [line.line]))),
];

function on(
  evidence: Evidence,
  expected: Text,
  ids: readonly Case[],
  rule: (view: CaseView) => Statement,
): Finding {
  const views = caseViews(evidence).filter(({ id }) => ids.includes(id));
  return concludeEach(evidence, expected, views, ids.length, rule);
}
