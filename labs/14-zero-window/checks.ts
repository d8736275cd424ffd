import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  socketAt,
  socketLines,
  type Statement,
  text,
  type Text,
  unknown,
  when,
  wholeAtBothEnds,
  withoutPackets,
} from '../../src/check/index.ts';
import { type Case } from './scenario.ts';
import { caseViews, type CaseView, closedBy, distances, type Probe, reopening, shapeOf } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, caseViews(evidence));
}

export function closes(evidence: Evidence): Finding {
  const expected = text(
    'window 0 on the wire; what is written and not read is in Recv-Q of the server, Send-Q of the client and the client’s program, and adds up',
    '网络上窗口为 0；写出而未读的字节分布在服务器的 Recv-Q、客户端的 Send-Q 与客户端程序中，且总和相符',
  );
  return on(evidence, expected, 'unread', (view) => {
    const { clientPort, serverPort, bytes, client } = view;
    const here = socketAt(evidence, 'client', 'closed', { localPort: clientPort, remotePort: serverPort });
    const there = socketAt(evidence, 'server', 'closed', { localPort: serverPort, remotePort: clientPort });
    if (here?.row === undefined || there?.row === undefined) return MISSING;
    const { sendQueueBytes } = here.row;
    const { receiveQueueBytes } = there.row;
    const closed = closedBy(view);
    const told = client.connection.segments.filter(
      ({ side, atNs }) => side === 1 && client.capture.atUs(atNs) < view.resumedUs,
    );
    const taken = Math.max(1, ...told.map(({ relAck }) => relAck)) - 1;
    const inProgram = bytes - sendQueueBytes - receiveQueueBytes;
    // What the kernels say of their queues is held against what passed on the wire.
    const places = [
      frames('client.pcap', ...closed.map(({ frame }) => frame)),
      socketLines(here.line, there.line),
    ];
    const seen = text(
      `Recv-Q ${receiveQueueBytes} (${taken} acknowledged on the wire), Send-Q ${sendQueueBytes}, ${inProgram} of ${bytes} still in the program; ${closed.length} segments with window 0`,
      `Recv-Q ${receiveQueueBytes}（网络上已确认 ${taken}），Send-Q ${sendQueueBytes}，${bytes} 中 ${inProgram} 仍在程序中；窗口为 0 的报文段 ${closed.length} 个`,
    );
    if (taken !== receiveQueueBytes) return unknown(seen, ...places);
    const good = closed.length > 0 && taken > 0 && inProgram >= 0 && sendQueueBytes > 0;
    return when(good, seen, ...places);
  });
}

export function probes(evidence: Evidence): Finding {
  const least = Number(evidence.manifest.parameters['probes']);
  const expected = text(
    `at least ${least} probes, each into a window of 0 and answered, if at all, with window 0, at growing distances; the kernel’s timer is persist`,
    `至少 ${least} 个探测，均在窗口为 0 时发出，若有应答则窗口仍为 0，间隔递增；内核的定时器为 persist`,
  );
  return on(evidence, expected, 'unread', (view) => {
    const { resumedUs, client } = view;
    const all = view.probes.filter(({ segment }) => client.capture.atUs(segment.atNs) < resumedUs);
    const between = distances(all);
    const grows = between.slice(1).every((value, index) => value > 1.4 * (between[index] ?? 0));
    const places = [
      frames('client.pcap', ...all.map(({ segment }) => segment.frame)),
      socketLines(...all.map(({ line }) => line)),
    ];
    const seen = text(
      `${all.length} probes, ${between.map((value) => value.toFixed(3)).join(', ')} s apart; timers: ${timersOf(all)}`,
      `探测 ${all.length} 个，间隔 ${between.map((value) => value.toFixed(3)).join('、')} 秒；定时器：${timersOf(all)}`,
    );
    const closed = all.every(({ window, answer }) => window === 0 && (answer?.window ?? 0) === 0);
    const answered = all.some(({ answer }) => answer !== undefined);
    return when(
      all.length >= least && grows && closed && answered && timersOf(all) === 'persist',
      seen,
      ...places,
    );
  });
}

export function alike(evidence: Evidence): Finding {
  const expected = text(
    'probes of both kinds with the same flags, no data and a number one below the next; the timer behind one is persist, behind the other keepalive',
    '两种探测的标志相同、不带数据、序号均比下一个小 1；前者的定时器为 persist，后者为 keepalive',
  );
  return on(evidence, expected, 'unread', (unread) => {
    const idle = caseViews(evidence).find(({ id }) => id === 'idle');
    if (idle === undefined || unread.probes.length === 0) return MISSING;
    const shapes = new Set([...unread.probes, ...idle.probes].map(shapeOf));
    const open = idle.probes.every(({ window }) => window > 0);
    const good =
      shapes.size === 1 &&
      idle.probes.length > 0 &&
      open &&
      timersOf(unread.probes) === 'persist' &&
      timersOf(idle.probes) === 'keepalive';
    const seen = text(
      `${[...shapes].join(' / ')}; timers: ${timersOf(unread.probes)} (${unread.probes.length}), ${timersOf(idle.probes)} (${idle.probes.length})`,
      `${[...shapes].join(' / ')}；定时器：${timersOf(unread.probes)}（${unread.probes.length} 个）、${timersOf(idle.probes)}（${idle.probes.length} 个）`,
    );
    const both = [...unread.probes, ...idle.probes];
    return when(
      good,
      seen,
      frames('client.pcap', ...both.map(({ segment }) => segment.frame)),
      socketLines(...both.map(({ line }) => line)),
    );
  });
}

export function reopens(evidence: Evidence): Finding {
  const expected = text(
    'behind the probes the server tells a window above 0, and its program reads every byte',
    '探测之后服务器通告大于 0 的窗口，其程序读到每个字节',
  );
  return on(evidence, expected, 'unread', (view) => {
    const { bytes, readBytes, readLines, server } = view;
    const opened = reopening(view);
    const wire = server.connection.directions[0].bytes;
    const seen = text(
      `window ${opened?.windowBytes ?? '–'}; ${bytes} written, ${wire} on the wire, ${readBytes} read`,
      `窗口 ${opened?.windowBytes ?? '–'}；写出 ${bytes}，网络上 ${wire}，读到 ${readBytes}`,
    );
    const good = opened !== undefined && wire === bytes && readBytes === bytes;
    return when(good, seen, frames('client.pcap', opened?.frame), callLines(...readLines));
  });
}

export function control(evidence: Evidence): Finding {
  const expected = text('the same bytes are read without a probe', '同样的字节全部读到，没有任何探测');
  return on(evidence, expected, 'read', (view) => {
    const { bytes, readBytes, readLines, probes: sent, sender } = view;
    const probed = sender.filter(({ row }) => row.probes > 0);
    const seen = text(
      `${readBytes} of ${bytes} read, ${sent.length} probes on the wire, ${probed.length} looks with an unanswered probe`,
      `读到 ${readBytes}/${bytes}，网络上探测 ${sent.length} 个，有未答探测的采样 ${probed.length} 次`,
    );
    const good = readBytes === bytes && bytes > 0 && sent.length === 0 && probed.length === 0;
    return when(good, seen, callLines(...readLines), socketLines(...probed.map(({ line }) => line)));
  });
}

const timersOf = (all: readonly Probe[]): string =>
  [...new Set(all.map(({ timer }) => timer ?? '–'))].join(', ') || '–';

function on(evidence: Evidence, expected: Text, id: Case, rule: (view: CaseView) => Statement): Finding {
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const view = caseViews(evidence).find((each) => each.id === id);
  return conclude(expected, [view === undefined ? MISSING : rule(view)]);
}
