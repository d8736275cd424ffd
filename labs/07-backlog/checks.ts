import {
  absent,
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  ofClients,
  socketLines,
  type Statement,
  text,
  type Text,
  unknown,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { opening, stopView, type StopView } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  const clients = stopView(evidence)?.clients ?? [];
  return wholeCaptures(
    evidence,
    clients.map(({ clientPort, serverPort }) => ({ clientPort, serverPort, hosts: ['client', 'server'] })),
  );
}

export function connectsSucceed(evidence: Evidence): Finding {
  const expected = text(
    'the first n + 1 clients: whole handshake and connect done while the server is stopped; ESTABLISHED at both ends; no program holds the server’s socket',
    '前 n + 1 个客户端：服务器暂停期间握手完成、connect 成功；两端均为 ESTABLISHED；服务器端套接字不属于任何程序',
  );
  return judged(evidence, expected, ({ clients, backlog, resumedUs, stoppedUs }) =>
    ofClients(
      clients.slice(0, backlog + 1).map(({ number, client, here, there, connected }) => {
        if (client === undefined || here === undefined || there === undefined) return { number, ...MISSING };
        const { connection, capture } = client;
        const { syn, synAck, ack, complete } = connection.handshake;
        const ackSegment = connection.segments.find(({ frame }) => frame === ack);
        const doneUs = ackSegment === undefined ? Infinity : capture.atUs(ackSegment.atNs);
        const during = (us: number): boolean => us > stoppedUs && us < resumedUs;
        const onWire = complete && during(doneUs);
        const inProgram = connected !== undefined && during(connected.record.atUs);
        const orphan = there.row?.inode === 0;
        const good =
          onWire && inProgram && orphan && here.state === 'ESTABLISHED' && there.state === 'ESTABLISHED';
        const seen = text(
          `${here.state} / ${there.state}${orphan ? ', nobody’s' : ''}${inProgram ? '' : ', connect not done'}`,
          `${here.state} / ${there.state}${orphan ? '，无程序持有' : ''}${inProgram ? '' : '，connect 未完成'}`,
        );
        const places = [
          frames(capture.file, syn, synAck, ack),
          ...(connected === undefined ? [] : [callLines(connected.line)]),
          socketLines(here.line, there.line),
        ];
        return { number, ...when(good, seen, ...places) };
      }),
    ),
  );
}

export function queue(evidence: Evidence): Finding {
  const expected = text(
    'the listener’s Recv-Q grows by one with each client up to n + 1, and no further; its limit is n',
    '监听套接字的 Recv-Q 随每个客户端加一，到 n + 1 为止；其上限为 n',
  );
  return judged(evidence, expected, ({ listener, backlog, limit, waiting }) => {
    if (listener.some((seen) => seen?.row === undefined)) return [MISSING];
    const filled = listener.map((seen) => seen?.row?.receiveQueueBytes ?? -1);
    const good =
      filled.every((count, index) => count === Math.min(index + 1, backlog + 1)) && limit === backlog;
    const where = socketLines(...listener.map((seen) => seen?.line ?? 0));
    // ss and /proc are the same kernel: a difference is a fault of ours.
    if (waiting !== filled.at(-1))
      return [
        unknown(
          text(
            `/proc ${filled.at(-1) ?? '?'}, ss ${waiting}`,
            `/proc 为 ${filled.at(-1) ?? '?'}，ss 为 ${waiting}`,
          ),
          where,
        ),
      ];
    return [
      when(
        good,
        text(
          `Recv-Q ${filled.join(', ')}; limit ${limit}`,
          `Recv-Q 依次为 ${filled.join('、')}；上限 ${limit}`,
        ),
        where,
      ),
    ];
  });
}

export function oneMore(evidence: Evidence): Finding {
  const expected = text(
    'the last client: SYN sent again, no SYN-ACK while the server is stopped; SYN_SENT, and nothing on the server',
    '最后一个客户端：SYN 重发，服务器暂停期间没有 SYN-ACK；状态为 SYN_SENT，服务器上没有对应的套接字',
  );
  return judged(evidence, expected, ({ clients, resumedUs }) => {
    const last = clients.at(-1);
    if (last?.server === undefined || last.here === undefined || last.there === undefined) return [MISSING];
    const { capture } = last.server;
    const { syns, synAck } = opening(last.server);
    const before = syns.filter(({ atNs }) => capture.atUs(atNs) < resumedUs);
    const answered = synAck !== undefined && capture.atUs(synAck.atNs) < resumedUs;
    const good =
      before.length >= 2 && !answered && last.here.state === 'SYN_SENT' && last.there.state === 'none';
    const seen = text(
      `${before.length} SYNs arrived at the server, ${answered ? 'answered' : 'none answered'}; client ${last.here.state}, server ${absent(last.there.state).en}`,
      `到达服务器的 SYN ${before.length} 个，${answered ? '有应答' : '均无应答'}；客户端 ${last.here.state}，服务器${absent(last.there.state).zh}`,
    );
    return [
      when(
        good,
        seen,
        frames(capture.file, ...before.map(({ frame }) => frame)),
        socketLines(last.here.line, last.there.line),
      ),
    ];
  });
}

export function afterwards(evidence: Evidence): Finding {
  const expected = text(
    'the server’s program takes all n + 2 clients after SIGCONT and none before',
    'SIGCONT 之后服务器程序接受全部 n + 2 个客户端，之前一个也没有',
  );
  return judged(evidence, expected, ({ clients, resumedUs }) =>
    clients.map(({ number, accepted }) => {
      if (accepted === undefined)
        return when(false, text(`client ${number}: never taken`, `客户端 ${number}：始终未被接受`));
      const after = (accepted.record.atUs - resumedUs) / 1000;
      const seen = text(
        `client ${number}: ${after.toFixed(1)} ms after`,
        `客户端 ${number}：其后 ${after.toFixed(1)} ms`,
      );
      return when(after > 0, seen, callLines(accepted.line));
    }),
  );
}

function judged(evidence: Evidence, expected: Text, rule: (view: StopView) => Statement[]): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = stopView(evidence);
  return conclude(expected, view === undefined ? [MISSING] : rule(view));
}
