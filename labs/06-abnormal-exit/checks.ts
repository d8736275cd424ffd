import {
  absent,
  callLines,
  conclude,
  type Evidence,
  failed,
  type Finding,
  frames,
  isRecord,
  labelled,
  MISSING,
  same,
  socketAt,
  socketLines,
  type Statement,
  statesAt,
  type StateWanted,
  text,
  type Text,
  when,
  wholeAtBothEnds,
  withoutPackets,
} from '../../src/check/index.ts';
import { NAMES } from './names.ts';
import { CASES, WAYS } from './scenario.ts';
import { caseViews, type CaseView, finsIn, rstsIn, segmentsBetween } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, caseViews(evidence));
}

export function noFin(evidence: Evidence): Finding {
  const expected = text(
    'no FIN of the dead connections in either capture, and no segment of them at all while the cable was out',
    '两端抓包中均没有死去的连接的 FIN，断线期间也没有它们的任何报文段',
  );
  return onDead(evidence, expected, ({ way, client, server, unpluggedUs, pluggedUs }) => {
    const fins = [...finsIn(client), ...finsIn(server)];
    const passed = [
      ...segmentsBetween(client, unpluggedUs, pluggedUs),
      ...segmentsBetween(server, unpluggedUs, pluggedUs),
    ];
    const seen = text(
      `${NAMES[way].en}: ${fins.length} FIN, ${passed.length} segments without the cable`,
      `${NAMES[way].zh}：FIN ${fins.length} 个，断线期间报文段 ${passed.length} 个`,
    );
    const last = (view: typeof client): number => view?.connection.lastFrame ?? 0;
    return when(
      fins.length === 0 && passed.length === 0,
      seen,
      frames('client.pcap', last(client)),
      frames('server.pcap', last(server)),
    );
  });
}

export function clientSide(evidence: Evidence): Finding {
  const expected = text(
    'FIN_WAIT1 when the client has ended, however it ended; later no socket',
    '客户端无论如何结束，其套接字先为 FIN_WAIT1，之后消失',
  );
  const wanted = caseViews(evidence).flatMap(({ way, clientPort, serverPort }): StateWanted[] => {
    const end = { clientPort, serverPort, host: 'client', side: 0 as const, by: 'kernel' as const };
    const at = (moment: 'ended' | 'forgotten', state: string): StateWanted => ({
      ...{ ...end, label: `${way} ${moment}`, of: NAMES[way], moment: MOMENTS[moment], state },
    });
    const ended = at('ended', 'FIN_WAIT1');
    return way === 'control' ? [ended] : [ended, at('forgotten', 'none')];
  });
  if (wanted.length < 2 * WAYS.length + 1) return conclude(expected, [MISSING]);
  return statesAt(evidence, expected, wanted);
}

export function serverSide(evidence: Evidence): Finding {
  const expected = text(
    'ESTABLISHED while the cable is out, after it is in again, and until somebody sends; kernel and packets agree',
    '断线期间、重新插线之后、直到有人发送之前均为 ESTABLISHED；内核与分组一致',
  );
  const dead = caseViews(evidence).filter(({ way }) => way !== 'control');
  if (dead.length < WAYS.length) return conclude(expected, [MISSING]);
  return statesAt(
    evidence,
    expected,
    dead.flatMap(({ way, clientPort, serverPort }) =>
      (['connected', 'ended', 'forgotten', 'listed'] as const).map((moment) => ({
        ...{ clientPort, serverPort, host: 'server', side: 1 as const },
        ...{ label: `${way} ${moment}`, of: NAMES[way], moment: MOMENTS[moment], state: 'ESTABLISHED' },
      })),
    ),
  );
}

export function stillListed(evidence: Evidence): Finding {
  const expected = text(
    'the list that a new client gets has the dead one; after the send it has not',
    '新客户端得到的列表中有死去的客户端；发送之后则没有',
  );
  return onDead(evidence, expected, ({ way, clientPort, window }) => {
    const answers = evidence.calls.filter(
      ({ record }) =>
        record.kind === 'return' &&
        record.operation === 'list' &&
        record.atUs >= window.fromUs &&
        record.atUs <= window.untilUs,
    );
    const has = answers.map(
      ({ record }) =>
        record.kind === 'return' &&
        Array.isArray(record.value) &&
        record.value.some((entry) => isRecord(entry) && entry['port'] === clientPort),
    );
    if (has.length !== 2) return MISSING;
    const [before = false, after = true] = has;
    const yes = (value: boolean): string => (value ? '✔' : '–');
    return when(
      before && !after,
      labelled(NAMES[way], same(`${yes(before)} → ${yes(after)}`)),
      callLines(...answers.map(({ line }) => line)),
    );
  });
}

export function sendNotices(evidence: Evidence): Finding {
  const expected = text(
    'the server’s segment to the dead client is answered with a RST, its program is told ECONNRESET, its socket goes',
    '服务器发往死去的客户端的报文段得到 RST 应答，服务器程序得到 ECONNRESET，套接字消失',
  );
  return onDead(evidence, expected, (view) => {
    const { way, server, sentUs = Infinity, dropped, clientPort, serverPort } = view;
    const sent = segmentsBetween(server, sentUs, Infinity).find(
      ({ side, payloadLength }) => side === 1 && payloadLength > 0,
    );
    const rst = rstsIn(server).find(({ side, frame }) => side === 0 && frame > (sent?.frame ?? Infinity));
    const gone = socketAt(evidence, 'server', `${way} noticed`, {
      localPort: serverPort,
      remotePort: clientPort,
    });
    if (server === undefined || dropped === undefined || gone === undefined) return MISSING;
    const why = String(dropped.record.fields['why']);
    const places = [
      frames(server.capture.file, sent?.frame, rst?.frame),
      callLines(dropped.line),
      socketLines(gone.line),
    ];
    if (sent === undefined || rst === undefined)
      return failed(
        text(`${NAMES[way].en}: no data answered by a RST`, `${NAMES[way].zh}：没有得到 RST 应答的数据`),
        ...places,
      );
    const good = why === 'ECONNRESET' && gone.state === 'none';
    return when(
      good,
      text(
        `${NAMES[way].en}: data in frame ${sent.frame}, RST in frame ${rst.frame}, ${why}`,
        `${NAMES[way].zh}：数据在第 ${sent.frame} 帧，RST 在第 ${rst.frame} 帧，${why}`,
      ),
      ...places,
    );
  });
}

export function control(evidence: Evidence): Finding {
  const expected = text(
    'a FIN reaches the server after the cable is in again, and its socket goes though nobody sent to it',
    '重新插线之后 FIN 到达服务器，没有人发送，套接字也消失了',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = caseViews(evidence).find(({ way }) => way === 'control');
  if (view?.server === undefined) return conclude(expected, [MISSING]);
  const { server, pluggedUs, clientPort, serverPort } = view;
  const fin = finsIn(server).find(({ side }) => side === 0);
  const gone = socketAt(evidence, 'server', 'control noticed', {
    localPort: serverPort,
    remotePort: clientPort,
  });
  if (gone === undefined) return conclude(expected, [MISSING]);
  const places = [frames(server.capture.file, fin?.frame), socketLines(gone.line)];
  if (fin === undefined) return conclude(expected, [failed(text('no FIN', '没有 FIN'), ...places)]);
  const after = (server.capture.atUs(fin.atNs) - pluggedUs) / 1e6;
  // The port is up a moment before the lab is told that it is: what counts is that it came behind the pulled cable.
  const good = segmentsBetween(server, view.unpluggedUs, Infinity).includes(fin) && gone.state === 'none';
  const seen = text(
    `FIN in frame ${fin.frame}, ${after.toFixed(3)} s after the cable was back; ${absent(gone.state).en} afterwards`,
    `FIN 在第 ${fin.frame} 帧，插线后 ${after.toFixed(3)} 秒；之后${absent(gone.state).zh}`,
  );
  return conclude(expected, [when(good, seen, ...places)]);
}

/** A rule for each of the three clients whose connection died unnoticed. */
function onDead(evidence: Evidence, expected: Text, rule: (view: CaseView) => Statement): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const views = caseViews(evidence);
  if (
    views.length < CASES.length ||
    views.some(({ client, server }) => client === undefined || server === undefined)
  )
    return conclude(expected, [MISSING]);
  return conclude(expected, views.filter(({ way }) => way !== 'control').map(rule));
}

const MOMENTS = {
  connected: text('connected', '已连接'),
  ended: text('client ended without its cable', '断线后客户端已结束'),
  forgotten: text('client’s kernel has given up', '客户端内核已放弃'),
  listed: text('cable back and list asked for', '插线后已请求列表'),
} as const;
