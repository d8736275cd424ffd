import {
  absent,
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  labelled,
  MISSING,
  socketAt,
  socketLines,
  statesAt,
  type StateWanted,
  text,
  unknown,
  when,
  wholeAtBothEnds,
  withoutPackets,
} from '../../src/check/index.ts';
import { FLAG } from '../../src/tcp/index.ts';
import { NAMES } from './names.ts';
import { type Ending, ENDINGS } from './scenario.ts';
import { type EndingView, endingViews, finsOf, segmentsOfClose } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, endingViews(evidence));
}

export function shape(evidence: Evidence): Finding {
  const expected = text(
    'four segments where the server closed after its kernel’s ACK; else three or four, by where the ACK that covers the FIN stands; both captures and the trace agree',
    '内核确认之后服务器才关闭的，为四个报文段；其余由覆盖 FIN 的 ACK 所在位置决定三个或四个；两端抓包与分析器一致',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const closing = all(evidence).filter(({ ending }) => ending !== 'abort');
  if (closing.length < 3) return conclude(expected, [MISSING]);
  return conclude(
    expected,
    closing.map((view) => {
      const { ending, client, server } = view;
      if (client === undefined || server === undefined) return MISSING;
      const counts = [segmentsOfClose(client), segmentsOfClose(server)];
      const [here, there] = counts;
      const seen = labelled(NAMES[ending], text(`${here ?? '?'} segments`, `${here ?? '?'} 个报文段`));
      const where = frames(
        client.capture.file,
        ...finsOf(client).flatMap(({ fin, ack }) => [fin.frame, ack?.frame]),
      );
      const named = { 'three-segments': 3, 'four-segments': 4 }[client.connection.close.shape as string];
      if (here === undefined || here !== there || named !== here) {
        return unknown(
          text(
            `${NAMES[ending].en}: ${here ?? '?'} in client.pcap, ${there ?? '?'} in server.pcap, ${client.connection.close.shape} by the trace`,
            `${NAMES[ending].zh}：client.pcap 为 ${here ?? '?'}，server.pcap 为 ${there ?? '?'}，分析器判定为 ${client.connection.close.shape}`,
          ),
          where,
        );
      }
      return when(ending === 'at-once' || here === 4, seen, where);
    }),
  );
}

export function halfClose(evidence: Evidence): Finding {
  const expected = text(
    'after the client’s FIN was acknowledged the server’s lines still travel and are read, while the client is in FIN_WAIT2 and the server in CLOSE_WAIT',
    '客户端的 FIN 得到确认后，服务器的数据仍能传送并被读到；此时客户端为 FIN_WAIT2，服务器为 CLOSE_WAIT',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = all(evidence).find(({ ending }) => ending === 'half-close');
  const fin = view?.client === undefined ? undefined : finsOf(view.client)[0];
  if (view?.client === undefined || fin?.ack === undefined) return conclude(expected, [MISSING]);
  const { capture, connection } = view.client;
  const after = connection.segments.filter(
    ({ side, frame, newBytes }) => side === 1 && frame > (fin.ack?.frame ?? 0) && newBytes > 0,
  );
  const bytes = after.reduce((sum, { newBytes }) => sum + newBytes, 0);
  const finAtUs = capture.atUs(fin.fin.atNs);
  const read = evidence.calls.filter(
    ({ record }) =>
      record.kind === 'log' &&
      record.event === 'data' &&
      record.host === 'client' &&
      record.atUs > finAtUs &&
      record.atUs <= view.window.untilUs,
  );
  const readBytes = read.reduce(
    (sum, { record }) => sum + (record.kind === 'log' ? Number(record.fields['bytes']) : 0),
    0,
  );
  const states = (['client', 'server'] as const).map((host) => {
    const [localPort, remotePort] =
      host === 'client' ? [view.clientPort, view.serverPort] : [view.serverPort, view.clientPort];
    return socketAt(evidence, host, 'half-close waiting', { localPort, remotePort });
  });
  const [here, there] = states;
  if (here === undefined || there === undefined) return conclude(expected, [MISSING]);
  const good =
    bytes === view.moreBytes &&
    readBytes === bytes &&
    bytes > 0 &&
    here.state === 'FIN_WAIT2' &&
    there.state === 'CLOSE_WAIT';
  const seen = text(
    `${bytes} bytes behind the FIN on the wire, ${readBytes} read by the client; ${here.state} / ${there.state}`,
    `FIN 之后网络上有 ${bytes} 字节，客户端读到 ${readBytes} 字节；${here.state} / ${there.state}`,
  );
  const places = [
    frames(capture.file, fin.fin.frame, fin.ack.frame, ...after.map(({ frame }) => frame)),
    callLines(...read.map(({ line }) => line)),
    socketLines(here.line, there.line),
  ];
  return conclude(expected, [when(good, seen, ...places)]);
}

export function reset(evidence: Evidence): Finding {
  const expected = text(
    'one RST from the client and no FIN; the server’s program is told ECONNRESET; no socket is left on either host',
    '客户端发出一个 RST，没有 FIN；服务器程序得到 ECONNRESET；两台主机上都没有留下套接字',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = all(evidence).find(({ ending }) => ending === 'abort');
  if (view?.client === undefined || view.server === undefined) return conclude(expected, [MISSING]);
  const { connection, capture } = view.server;
  const rsts = connection.segments.filter(({ flags }) => flags & FLAG.rst);
  const fins = connection.segments.filter(({ flags }) => flags & FLAG.fin);
  const told = evidence.calls.find(
    ({ record }) =>
      record.kind === 'log' &&
      record.event === 'close' &&
      record.host === 'server' &&
      record.fields['port'] === view.clientPort,
  );
  const code = told?.record.kind === 'log' ? String(told.record.fields['code']) : '–';
  const here = socketAt(evidence, 'client', 'abort over', {
    localPort: view.clientPort,
    remotePort: view.serverPort,
  });
  const there = socketAt(evidence, 'server', 'abort over', {
    localPort: view.serverPort,
    remotePort: view.clientPort,
  });
  if (here === undefined || there === undefined || told === undefined) return conclude(expected, [MISSING]);
  const good =
    rsts.length === 1 &&
    rsts[0]?.side === 0 &&
    fins.length === 0 &&
    code === 'ECONNRESET' &&
    here.state === 'none' &&
    there.state === 'none';
  const seen = text(
    `${rsts.length} RST, ${fins.length} FIN; ${code}; client ${absent(here.state).en}, server ${absent(there.state).en}`,
    `RST ${rsts.length} 个，FIN ${fins.length} 个；${code}；客户端${absent(here.state).zh}，服务器${absent(there.state).zh}`,
  );
  const places = [
    frames(capture.file, ...rsts.map(({ frame }) => frame)),
    callLines(told.line),
    socketLines(here.line, there.line),
  ];
  return conclude(expected, [when(good, seen, ...places)]);
}

export function states(evidence: Evidence): Finding {
  const expected = text(
    'ESTABLISHED at both ends; with the FIN acknowledged FIN_WAIT2 and CLOSE_WAIT; at the end TIME_WAIT at the side whose FIN came first and nothing at the other',
    '连接期间两端均为 ESTABLISHED；FIN 得到确认后为 FIN_WAIT2 与 CLOSE_WAIT；结束后先发送 FIN 的一端为 TIME_WAIT，另一端没有套接字',
  );
  const views = all(evidence);
  if (views.length < ENDINGS.length) return conclude(expected, [MISSING]);
  return statesAt(
    evidence,
    expected,
    views.flatMap(({ ending, clientPort, serverPort }) => {
      const both = (moment: keyof typeof MOMENTS, here: string, there: string): StateWanted[] => [
        { ...at(ending, moment), clientPort, serverPort, host: 'client', side: 0, state: here },
        { ...at(ending, moment), clientPort, serverPort, host: 'server', side: 1, state: there },
      ];
      const waits = ending === 'later' || ending === 'half-close';
      return [
        ...both('open', 'ESTABLISHED', 'ESTABLISHED'),
        ...(waits ? both('waiting', 'FIN_WAIT2', 'CLOSE_WAIT') : []),
        ...both('over', ending === 'abort' ? 'none' : 'TIME_WAIT', 'none'),
      ];
    }),
  );
}

const MOMENTS = {
  open: text('connected', '连接期间'),
  waiting: text('FIN acknowledged', 'FIN 已得到确认'),
  over: text('over', '结束后'),
} as const;
const at = (ending: Ending, moment: keyof typeof MOMENTS): Pick<StateWanted, 'label' | 'of' | 'moment'> => ({
  label: `${ending} ${moment}`,
  of: NAMES[ending],
  moment: MOMENTS[moment],
});

const all = (evidence: Evidence): EndingView[] => endingViews(evidence);
