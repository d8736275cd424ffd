import { type Evidence, type Finding, same, text, type Text, type Where } from '../../src/check/index.ts';
import { netstatState } from '../../src/tcp/index.ts';
import { MOMENTS, PHASES } from './scenario.ts';
import { type PhaseView, phaseViews } from './views.ts';

const PHASE_NAMES = PHASES.map(({ id }) => id).join(', ');

/** A judgement of one connection: undefined when all is well, else what is wrong. */
type Wrong = Text | undefined;

/**
 * Judges all four connections by the same rule. `ungradable` when a witness is missing: without the packets, or without
 * one of the four runs, nothing is proven.
 */
function onEach(
  evidence: Evidence,
  expected: Text,
  good: (views: readonly PhaseView[]) => Text,
  rule: (view: PhaseView) => Wrong,
  where: (view: PhaseView) => Where[],
): Finding {
  const views = phaseViews(evidence);
  if (evidence.captures.length === 0) {
    return {
      verdict: 'skipped',
      expected,
      actual: text('this run has no packets', '本次运行没有抓包'),
      where: [],
    };
  }
  const lacking = views.find(({ wire }) => wire.client === undefined || wire.server === undefined);
  if (views.length < PHASES.length || lacking !== undefined) {
    const actual = text(
      `not all of ${PHASE_NAMES} are in the evidence`,
      `证据中缺少 ${PHASE_NAMES} 中的某些部分`,
    );
    return { verdict: 'ungradable', expected, actual, where: [] };
  }
  const wrong = views.flatMap((view) => {
    const what = rule(view);
    return what === undefined ? [] : [{ view, what }];
  });
  if (wrong.length === 0)
    return { verdict: 'pass', expected, actual: good(views), where: views.flatMap(where) };
  const told = (language: 'en' | 'zh'): string =>
    wrong.map(({ view, what }) => `${view.phase.id}: ${what[language]}`).join('; ');
  return {
    verdict: 'fail',
    expected,
    actual: text(told('en'), told('zh')),
    where: wrong.flatMap(({ view }) => where(view)),
  };
}

function framesOf(view: PhaseView, host: 'client' | 'server', type: string): Where[] {
  const wire = view.wire[host];
  if (wire === undefined) return [];
  const packets = [...wire.sent, ...wire.received].filter(({ message }) => message.type === type);
  return [{ witness: 'wire', file: wire.capture.file, frames: packets.flatMap(({ frames }) => frames) }];
}

const total = (views: readonly PhaseView[], count: (view: PhaseView) => number): string =>
  views.map(count).join(' + ');

export function capturesComplete(evidence: Evidence): Finding {
  const expected = text(
    'no packet lost, every connection from SYN to the last ACK',
    '没有丢失分组，每条连接都从 SYN 到最后一个 ACK',
  );
  const lost = evidence.captures.filter(({ dropped }) => dropped > 0);
  if (lost.length > 0) {
    const list = lost.map(({ file, dropped }) => `${file}: ${dropped}`).join(', ');
    return {
      verdict: 'ungradable',
      expected,
      actual: text(`lost before tcpdump had them: ${list}`, `tcpdump 取走之前丢失：${list}`),
      where: [],
    };
  }
  return onEach(
    evidence,
    expected,
    (views) =>
      text(
        `0 lost; ${views.length} connections, whole in both captures`,
        `丢失 0 个；${views.length} 条连接在两端的抓包中均完整`,
      ),
    ({ wire }) => {
      for (const view of [wire.client, wire.server]) {
        if (view === undefined) continue;
        const { connection, capture } = view;
        const gaps = connection.directions.flatMap(({ gaps: found }) => found);
        if (!connection.handshake.complete)
          return text(`no whole handshake in ${capture.file}`, `${capture.file} 中没有完整的握手`);
        if (gaps.length > 0)
          return text(
            `${gaps.length} holes in the streams of ${capture.file}`,
            `${capture.file} 的字节流有 ${gaps.length} 处缺失`,
          );
        if (!connection.isOver)
          return text(`the close is not whole in ${capture.file}`, `${capture.file} 中没有完整的关闭过程`);
      }
      return undefined;
    },
    ({ wire }) =>
      [wire.client, wire.server].flatMap((view): Where[] => {
        if (view === undefined) return [];
        const { syn, synAck, ack } = view.connection.handshake;
        return [{ witness: 'wire', file: view.capture.file, frames: [syn, synAck, ack] }];
      }),
  );
}

export function allSent(evidence: Evidence): Finding {
  return onEach(
    evidence,
    text(
      'as many time requests written by the program as seen on the wire, and as many as asked for',
      '程序写出的时间请求数与网络上看到的相同，且等于要求的数目',
    ),
    (views) => {
      const seen = total(
        views,
        ({ wire }) => wire.client?.sent.filter(({ message }) => message.type === 'time.request').length ?? 0,
      );
      return text(`${seen} requests, in the program and on the wire`, `程序与网络上均为 ${seen} 个请求`);
    },
    (view) => {
      const written = numbers(view, 'app', 'client', 'time.request');
      const seen = numbers(view, 'wire', 'client', 'time.request');
      if (written.length !== view.requests)
        return text(
          `the program wrote ${written.length} of ${view.requests}`,
          `程序写出 ${written.length}/${view.requests}`,
        );
      return sameNumbers(written, seen)
        ? undefined
        : text(
            `the wire shows ${seen.length} of the ${written.length} written`,
            `程序写出 ${written.length} 个，网络上看到 ${seen.length} 个`,
          );
    },
    (view) => framesOf(view, 'client', 'time.request'),
  );
}

export function allAnswered(evidence: Evidence): Finding {
  return onEach(
    evidence,
    text(
      'one answer for each request: said by the server, on the wire, read by the client',
      '每个请求一个回答：服务器发出、网络上可见、客户端收到',
    ),
    (views) => {
      const seen = total(
        views,
        ({ wire }) =>
          wire.client?.received.filter(({ message }) => message.type === 'time.response').length ?? 0,
      );
      return text(`${seen} answers, by all three accounts`, `三方记录均为 ${seen} 个回答`);
    },
    (view) => {
      const accounts = {
        'the server said': numbers(view, 'app', 'server', 'time.response'),
        'the wire shows': numbers(view, 'wire', 'client', 'time.response'),
        'the client read': numbers(view, 'app', 'client', 'time.response'),
      };
      for (const [who, found] of Object.entries(accounts)) {
        if (found.length !== view.requests)
          return text(
            `${who} ${found.length} answers of ${view.requests}`,
            `${who}：${found.length}/${view.requests}`,
          );
      }
      return undefined;
    },
    (view) => framesOf(view, 'client', 'time.response'),
  );
}

export function answersMatch(evidence: Evidence): Finding {
  return onEach(
    evidence,
    evidence.protocol.numbersRequests
      ? text(
          'every request number answered exactly once, and no number that was not asked',
          '每个请求号恰好被回答一次，且没有未请求的编号',
        )
      : text('as many answers as requests, in their order', '回答与请求数目相同，次序一致'),
    (views) => {
      const count = total(views, ({ requests }) => requests);
      return evidence.protocol.numbersRequests
        ? text(`${count} numbers, each once`, `${count} 个编号，各一次`)
        : text(
            `${count} answers, matched by their order alone: this protocol has no request numbers, and answers that were swapped would not show`,
            `${count} 个回答，仅按次序对应：该协议没有请求号，回答若被调换也无从发现`,
          );
    },
    (view) => {
      const asked = numbers(view, 'wire', 'client', 'time.request');
      const answered = numbers(view, 'wire', 'client', 'time.response');
      const twice = answered.find((number, index) => answered.indexOf(number) !== index);
      if (twice !== undefined)
        return text(`request ${twice} was answered twice`, `请求 ${twice} 被回答了两次`);
      const stranger = answered.find((number) => !asked.includes(number));
      if (stranger !== undefined)
        return text(`answer ${stranger} was never asked for`, `回答 ${stranger} 没有对应的请求`);
      const open = asked.filter((number) => !answered.includes(number));
      return open.length === 0
        ? undefined
        : text(`no answer to ${open.join(', ')}`, `请求 ${open.join(', ')} 没有回答`);
    },
    (view) => framesOf(view, 'client', 'time.response'),
  );
}

export function streamsEqual(evidence: Evidence): Finding {
  return onEach(
    evidence,
    text('the same bytes in the same order at both ends of the cable', '网线两端的字节相同、次序相同'),
    (views) => {
      const bytes = (side: 0 | 1): string =>
        total(views, ({ wire }) => wire.client?.connection.directions[side].streamLength ?? 0);
      return text(
        `client to server ${bytes(0)} bytes, back ${bytes(1)} bytes, equal at both ends`,
        `客户端到服务器 ${bytes(0)} 字节，返回 ${bytes(1)} 字节，两端相同`,
      );
    },
    ({ wire }) => {
      for (const side of [0, 1] as const) {
        const here = wire.client?.connection.directions[side].streamBytes().bytes ?? new Uint8Array();
        const there = wire.server?.connection.directions[side].streamBytes().bytes ?? new Uint8Array();
        const at = here.findIndex((byte, index) => byte !== there[index]);
        if (at >= 0) return text(`they differ at byte ${at}`, `在第 ${at} 字节处不同`);
        if (here.length !== there.length)
          return text(
            `${here.length} and ${there.length} bytes`,
            `分别为 ${here.length} 与 ${there.length} 字节`,
          );
      }
      return undefined;
    },
    (view) => [...framesOf(view, 'client', 'time.request'), ...framesOf(view, 'server', 'time.request')],
  );
}

/** What the kernel's table said of this connection's socket on a host, at a moment. */
export function stateAt(
  evidence: Evidence,
  view: PhaseView,
  host: 'client' | 'server',
  moment: (typeof MOMENTS)[number],
): { state: string; line: number } | undefined {
  for (const { line, record } of evidence.sockets) {
    if (record.kind !== 'snapshot' || record.host !== host || record.label !== `${view.phase.id} ${moment}`)
      continue;
    const [local, remote] =
      host === 'client' ? [view.clientPort, view.serverPort] : [view.serverPort, view.clientPort];
    const row = record.rows.find(
      ({ localPort, remotePort, localAddress }) =>
        localPort === local && remotePort === remote && localAddress !== '0.0.0.0',
    );
    return { state: row?.state ?? 'none', line };
  }
  return undefined;
}

export function statesAgree(evidence: Evidence): Finding {
  return onEach(
    evidence,
    text(
      'ESTABLISHED on both sides while connected; TIME_WAIT on the side whose FIN came first, by the packets and by the kernel',
      '连接期间两端均为 ESTABLISHED；先发送 FIN 的一端处于 TIME_WAIT，分组与内核一致',
    ),
    () => same('ESTABLISHED / ESTABLISHED → TIME_WAIT / –'),
    (view) => {
      for (const host of ['client', 'server'] as const) {
        for (const moment of ['connected', 'answered'] as const) {
          const { state } = stateAt(evidence, view, host, moment) ?? { state: 'unknown' };
          if (state !== 'ESTABLISHED')
            return text(`${host} is ${state} when ${moment}`, `${host} 在 ${moment} 时为 ${state}`);
        }
      }
      const connection = view.wire.client?.connection;
      const first = connection?.close.fins[0]?.side;
      if (connection === undefined || first === undefined)
        return text('the capture has no FIN', '抓包中没有 FIN');
      const closer = first === 0 ? 'client' : 'server';
      const byPackets = netstatState(connection.ends[first].state);
      const byKernel = stateAt(evidence, view, closer, 'closed')?.state ?? 'unknown';
      if (byPackets === byKernel && byKernel === 'TIME_WAIT') return undefined;
      return text(
        `${closer}: ${byPackets} by the packets, ${byKernel} by the kernel`,
        `${closer}：分组推断为 ${byPackets}，内核为 ${byKernel}`,
      );
    },
    (view) => {
      const lines = MOMENTS.flatMap((moment) =>
        (['client', 'server'] as const).flatMap((host) => stateAt(evidence, view, host, moment)?.line ?? []),
      );
      return [{ witness: 'kernel', file: 'sockets.jsonl', lines }];
    },
  );
}

/** Request numbers of the packets of one type, by one witness on one host. */
function numbers(
  view: PhaseView,
  witness: 'app' | 'wire',
  host: 'client' | 'server',
  type: string,
): number[] {
  if (witness === 'app') {
    const records = host === 'client' ? view.clientApp : view.serverApp;
    return records.filter(({ record }) => record.type === type).map(({ record }) => record.request);
  }
  const wire = view.wire[host];
  return [...(wire?.sent ?? []), ...(wire?.received ?? [])]
    .filter(({ message }) => message.type === type)
    .map(({ message }) => message.request);
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((number, index) => number === b[index]);
