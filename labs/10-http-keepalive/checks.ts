import {
  callLines,
  conclude,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  socketAt,
  type Statement,
  statesAt,
  type StateWanted,
  text,
  unknown,
  when,
  wholeAtBothEnds,
} from '../../src/check/index.ts';
import { NAMES } from './names.ts';
import { CASES } from './scenario.ts';
import { type CaseView, caseViews, endingOf, lasting } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, caseViews(evidence));
}

export function answers(evidence: Evidence): Finding {
  const expected = text(
    'each GET is answered 200 with the whole page: the same number of bytes in the file, in the packets and in curl',
    '每个 GET 都得到 200 与完整的页面：文件、分组、curl 三者的字节数相同',
  );
  return onAll(evidence, expected, ({ each, answer, curl, facts, server }) => {
    if (answer === undefined || curl === undefined || server === undefined) return MISSING;
    const wanted = Number(facts['bodyBytes']);
    const good =
      / 200 /.test(answer.message.summary) &&
      answer.message.problem === undefined &&
      curl.status === 200 &&
      answer.bodyBytes === wanted &&
      curl.bodyBytes === wanted;
    return when(
      good,
      text(
        `${NAMES[each.id].en}: ${wanted} bytes in the file, ${answer.bodyBytes} on the wire, ${curl.bodyBytes} in curl (${curl.status})`,
        `${NAMES[each.id].zh}：文件 ${wanted} 字节，网络 ${answer.bodyBytes}，curl ${curl.bodyBytes}（${curl.status}）`,
      ),
      frames(server.capture.file, ...answer.message.frames),
      callLines(curl.line),
    );
  });
}

export function segmentsOfAnswer(evidence: Evidence): Finding {
  const expected = text(
    'nginx hands head and body to the kernel in two calls; without tcp_nopush no segment holds bytes of both, with it one segment holds all of both',
    'nginx 用两次调用把首部与正文交给内核；没有 tcp_nopush 时没有报文段同时含有两者，有 tcp_nopush 时一个报文段含有全部',
  );
  return onAll(evidence, expected, ({ each, answer, writes, server }) => {
    if (answer === undefined || server === undefined) return MISSING;
    const { headFrames, bodyFrames } = answer;
    const all = new Set([...headFrames, ...bodyFrames]);
    const apart = headFrames.every((frame) => !bodyFrames.includes(frame));
    const right = each.id === 'together' ? all.size === 1 : apart && all.size >= 2;
    // nginx tells of its writes only when it was built with --with-debug.
    const told = writes.length === 0 || writes.length === 2;
    return when(
      right && told,
      text(
        `${NAMES[each.id].en}: ${writes.length === 0 ? '? calls' : `${writes.length} calls`}, ${all.size} ${all.size === 1 ? 'segment' : 'segments'}`,
        `${NAMES[each.id].zh}：${writes.length === 0 ? '调用次数未知' : `${writes.length} 次调用`}，${all.size} 个报文段`,
      ),
      frames(server.capture.file, ...all),
      callLines(...writes.map(({ line }) => line)),
    );
  });
}

export function whoCloses(evidence: Evidence): Finding {
  const expected = text(
    'the client’s FIN comes first when it gives the idle connection up, and nginx says so; the server’s when its keepalive_timeout ran out; without keep-alive the connection ends at once',
    '客户端放弃空闲连接时其 FIN 在先，nginx 也如此记录；keepalive_timeout 到期时服务器的 FIN 在先；不保持连接时，连接立即结束',
  );
  return onAll(evidence, expected, (view) => {
    const { each, client, server, endings } = view;
    const [here, there] = [endingOf(client), endingOf(server)];
    if (client === undefined || server === undefined || here === undefined || there === undefined)
      return MISSING;
    const byServer = endings.some(({ text: words }) => /closed keepalive connection/.test(words)) ? 0 : 1;
    const seen = text(
      `${NAMES[each.id].en}: the ${who(there.first.side).en}, ${lasting(there.idleMs).en} after the last data`,
      `${NAMES[each.id].zh}：${who(there.first.side).zh}，最后的数据之后 ${lasting(there.idleMs).zh}`,
    );
    const places = [
      frames(client.capture.file, here.first.segment.frame),
      frames(server.capture.file, there.first.segment.frame),
      callLines(...endings.map(({ line }) => line)),
    ];
    // Without keep-alive curl may close as soon as it has the whole body, before the server's FIN has arrived.
    if (each.id === 'no-keep-alive')
      return when(there.idleMs < 1000 * Number(view.facts['serverIdle']), seen, ...places);
    if (here.first.side !== there.first.side) return unknown(seen, ...places);
    const wanted = each.id === 'server-closes' ? 1 : 0;
    const waited =
      each.id === 'together' ||
      here.idleMs >=
        1000 * Number(view.facts[each.id === 'server-closes' ? 'serverIdle' : 'clientIdle']) - CLOCK_MS;
    return when(here.first.side === wanted && byServer === wanted && waited, seen, ...places);
  });
}

/** nginx's timers count from a clock that it reads once in a turn of its loop. */
const CLOCK_MS = 100;

const who = (side: 0 | 1): { en: string; zh: string } =>
  side === 0 ? text('client', '客户端') : text('server', '服务器');

export function states(evidence: Evidence): Finding {
  const expected = text(
    'ESTABLISHED while the connection is idle; CLOSE_WAIT and FIN_WAIT2 when only the server has closed; at the end TIME_WAIT at the side whose FIN came first and nothing at the other',
    '空闲期间为 ESTABLISHED；只有服务器关闭时为 CLOSE_WAIT 与 FIN_WAIT2；结束后先发送 FIN 的一端为 TIME_WAIT，另一端没有套接字',
  );
  const views = caseViews(evidence);
  if (views.length < CASES.length) return conclude(expected, [MISSING]);
  return statesAt(
    evidence,
    expected,
    views.flatMap((view) => {
      const { clientPort, serverPort, each, server } = view;
      const both = (moment: keyof typeof MOMENTS, here: string, there: string): StateWanted[] => [
        { ...at(each.id, moment), clientPort, serverPort, host: 'client', side: 0, state: here },
        { ...at(each.id, moment), clientPort, serverPort, host: 'server', side: 1, state: there },
      ];
      const first = endingOf(server)?.first.side ?? 0;
      const [here, there]: [string, string] = first === 0 ? ['TIME_WAIT', 'none'] : ['none', 'TIME_WAIT'];
      return [
        ...(each.id === 'client-closes' ? both('answered', 'ESTABLISHED', 'ESTABLISHED') : []),
        ...(each.id === 'server-closes' ? both('given up', 'CLOSE_WAIT', 'FIN_WAIT2') : []),
        // Two FINs that cross leave TIME_WAIT at both ends; only where curl and nginx may close at once.
        ...(each.id === 'no-keep-alive' && crossed(evidence, view)
          ? both('over', 'TIME_WAIT', 'TIME_WAIT')
          : both('over', here, there)),
      ];
    }),
  );
}

const MOMENTS = {
  answered: text('idle', '空闲'),
  'given up': text('only the server has closed', '只有服务器关闭'),
  over: text('over', '结束后'),
} as const;
const at = (
  id: CaseView['each']['id'],
  moment: keyof typeof MOMENTS,
): Pick<StateWanted, 'label' | 'of' | 'moment'> => ({
  label: `${id} ${moment}`,
  of: NAMES[id],
  moment: MOMENTS[moment],
});

function crossed(evidence: Evidence, { clientPort, serverPort, each }: CaseView): boolean {
  const here = socketAt(evidence, 'client', `${each.id} over`, {
    localPort: clientPort,
    remotePort: serverPort,
  });
  const there = socketAt(evidence, 'server', `${each.id} over`, {
    localPort: serverPort,
    remotePort: clientPort,
  });
  return here?.state === 'TIME_WAIT' && there?.state === 'TIME_WAIT';
}

function onAll(
  evidence: Evidence,
  expected: Finding['expected'],
  rule: (view: CaseView) => Statement,
): Finding {
  return concludeEach(evidence, expected, caseViews(evidence), CASES.length, rule);
}
