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
  type Statement,
  statesAt,
  text,
  type Text,
  toldText,
  unknown,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { NAMES } from './names.ts';
import { type Way, WAYS } from './scenario.ts';
import { codeOf, cutView, dataIn, probesIn, rstsIn, secondsOf, type WayView } from './views.ts';

/** What a kernel tells a program whose peer does not answer; the second when it cannot even find its link address. */
const GIVEN_UP = ['ETIMEDOUT', 'EHOSTUNREACH'];

export function capturesComplete(evidence: Evidence): Finding {
  const view = cutView(evidence);
  const pairs = (views: readonly WayView[], host: string): Parameters<typeof wholeCaptures>[1] =>
    views.map(({ clientPort, serverPort }) => ({ clientPort, serverPort, hosts: [host, 'server'] }));
  return wholeCaptures(evidence, [
    ...pairs(view?.dead ?? [], 'client'),
    ...pairs(view?.living ?? [], 'living'),
  ]);
}

export function silence(evidence: Evidence): Finding {
  const expected = text(
    'no segment after the cable was pulled; the server’s socket is ESTABLISHED to the end, by its kernel and by the packets',
    '拔线之后没有任何报文段；服务器的套接字直到最后都是 ESTABLISHED，内核与分组一致',
  );
  return onDead(evidence, expected, 'silence', (view) => {
    const { clientPort, serverPort, tried, closed, server } = view;
    const state = statesAt(evidence, expected, [
      { clientPort, serverPort, host: 'server', side: 1, label: 'over', moment: OVER, state: 'ESTABLISHED' },
    ]);
    if (state.verdict === 'ungradable') return unknown(state.actual, ...state.where);
    const seen = text(
      `${tried.length} segments; ${state.actual.en}; program told: ${closed === undefined ? 'nothing' : codeOf(view)}`,
      `报文段 ${tried.length} 个；${state.actual.zh}；程序得知：${closed === undefined ? '无' : codeOf(view)}`,
    );
    const good = tried.length === 0 && state.verdict === 'pass' && closed === undefined;
    return when(good, seen, ...state.where, frames(server?.capture.file ?? '', view.heard?.frame));
  });
}

export function keepAlive(evidence: Evidence): Finding {
  const { keepAliveSeconds, keepAliveInterval, keepAliveProbes } = evidence.manifest.parameters;
  const count = Number(keepAliveProbes);
  const least = Number(keepAliveSeconds) + Number(keepAliveInterval) * count;
  const expected = text(
    `${count} probes without data, none answered; the program is told after at least ${least} s; kernel and packets count alike`,
    `${count} 个不带数据的探测，均无应答；程序至少 ${least} 秒后得知；内核与抓包计数一致`,
  );
  return onDead(evidence, expected, 'keep-alive', (view) => {
    const probes = probesIn(view);
    const places = [
      frames('server.pcap', ...probes.map(({ frame }) => frame)),
      socketLines(...view.socketLines),
      ...toldIn(view),
    ];
    if (probes.length !== view.probes) {
      const seen = text(
        `${probes.length} probes in server.pcap, ${view.probes} by the kernel’s count`,
        `server.pcap 中探测 ${probes.length} 个，内核计数 ${view.probes} 个`,
      );
      return unknown(seen, ...places);
    }
    const good =
      probes.length === count &&
      view.arrived === 0 &&
      view.timers.has('keepalive') &&
      dataIn(view).length === 0 &&
      GIVEN_UP.includes(codeOf(view)) &&
      secondsOf(view) >= least - SLACK;
    return when(good, noticed(view, probes.length), ...places);
  });
}

export function send(evidence: Evidence): Finding {
  const expected = text(
    `the line and at least two retransmissions of it, none answered; the program is told ${GIVEN_UP.join(' or ')}`,
    `该行数据及至少两次重传，均无应答；程序得到 ${GIVEN_UP.join(' 或 ')}`,
  );
  return onDead(evidence, expected, 'send', (view) => {
    const copies = dataIn(view);
    const good =
      copies.length >= 3 &&
      new Set(copies.map(({ relSeq }) => relSeq)).size === 1 &&
      view.arrived === 0 &&
      view.retransmits > 0 &&
      view.timers.has('retransmit') &&
      GIVEN_UP.includes(codeOf(view));
    return when(
      good,
      noticed(view, copies.length),
      frames('server.pcap', ...copies.map(({ frame }) => frame)),
      socketLines(...view.socketLines),
      ...toldIn(view),
    );
  });
}

export function heartbeat(evidence: Evidence): Finding {
  const missed = Number(evidence.manifest.parameters['beatsMissed']);
  const expected = text(
    `the program gives up behind ${missed} heartbeats that brought no answer`,
    `程序在 ${missed} 次心跳没有回答之后放弃`,
  );
  return onDead(evidence, expected, 'heartbeat', (view) => {
    const beats = evidence.calls.filter(
      ({ record }) =>
        record.kind === 'log' &&
        record.event === 'heartbeat' &&
        record.fields['port'] === view.clientPort &&
        record.atUs > view.heardUs,
    );
    const good = beats.length === missed && view.gaveUp !== undefined && view.arrived === 0;
    return when(
      good && dataIn(view).length > 0,
      noticed(view, beats.length),
      callLines(...beats.map(({ line }) => line)),
      ...toldIn(view),
      frames('server.pcap', ...dataIn(view).map(({ frame }) => frame)),
    );
  });
}

export function idle(evidence: Evidence): Finding {
  const limit = Number(evidence.manifest.parameters['idleMs']) / 1000;
  const expected = text(
    `the program gives up after ${limit} s without a byte; only the RST that ends the connection leaves the server`,
    `${limit} 秒没有收到任何字节后程序放弃；离开服务器的只有结束连接的 RST`,
  );
  return onDead(evidence, expected, 'idle', (view) => {
    const rsts = rstsIn(view);
    const good =
      view.gaveUp !== undefined &&
      view.tried.length === 1 &&
      rsts.length === 1 &&
      view.arrived === 0 &&
      secondsOf(view) >= limit - SLACK;
    const where = frames('server.pcap', ...view.tried.map(({ frame }) => frame));
    return when(good, noticed(view, view.tried.length), where, ...toldIn(view));
  });
}

export function control(evidence: Evidence): Finding {
  const expected = text(
    'the living client keeps its connections under silence, keep-alive, send and heartbeat, and answers; the idle limit drops it all the same',
    '活着的客户端在沉默、保活、发送与心跳下都保有连接并作出应答；空闲时限同样使它失去连接',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const living = cutView(evidence)?.living ?? [];
  if (living.length < WAYS.length) return conclude(expected, [MISSING]);
  return conclude(
    expected,
    living.map((view) => {
      const { way, clientPort, serverPort, gaveUp, closed, arrived, tried, server } = view;
      const seen = socketAt(evidence, 'server', 'over', { localPort: serverPort, remotePort: clientPort });
      if (seen === undefined || server === undefined) return MISSING;
      const kept = way !== 'idle';
      const answered =
        way === 'silence' || way === 'idle' || view.heardUs > (cutView(evidence)?.cutUs ?? Infinity);
      const good =
        seen.state === (kept ? 'ESTABLISHED' : 'none') &&
        (gaveUp === undefined) === kept &&
        (closed === undefined) === kept &&
        answered &&
        arrived === tried.length;
      const where = [
        socketLines(seen.line),
        frames('server.pcap', ...tried.slice(0, 3).map(({ frame }) => frame)),
      ];
      return when(
        good,
        labelled(NAMES[way], absent(seen.state)),
        ...where,
        ...(gaveUp === undefined ? [] : [callLines(gaveUp.line)]),
      );
    }),
  );
}

/** A timer never fires early; clocks are read at different places. */
const SLACK = 0.05;

const toldIn = ({ closed, gaveUp }: WayView): ReturnType<typeof callLines>[] => [
  callLines(...[gaveUp?.line, closed?.line].filter((line) => line !== undefined)),
];

const noticed = (view: WayView, count: number): Text => {
  const why = toldText(view.gaveUp === undefined ? codeOf(view) : String(view.gaveUp.record.fields['why']));
  const seconds = secondsOf(view).toFixed(3);
  return text(
    `${count} sent, ${view.arrived} arrived; ${why.en}, ${seconds} s after the last that was heard`,
    `发送 ${count} 个，到达 ${view.arrived} 个；${why.zh}；距最后一次听到对方 ${seconds} 秒`,
  );
};

function onDead(evidence: Evidence, expected: Text, way: Way, rule: (view: WayView) => Statement): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = cutView(evidence)?.dead.find((each) => each.way === way);
  if (view?.client === undefined || view.server === undefined || view.heard === undefined)
    return conclude(expected, [MISSING]);
  return conclude(expected, [rule(view)]);
}

const OVER = text('when every way had noticed', '各方法都已察觉之后');
