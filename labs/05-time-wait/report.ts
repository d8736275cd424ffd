import {
  code,
  type Evidence,
  ladderSection,
  type Language,
  lineSvg,
  netstatSection,
  paragraphs,
  plain,
  stripOf,
  stripSvg,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { attempts } from './checks.ts';
import { lasted, promised, type RoleView, roleViews } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (value: Text): string => value[language];
  const views = roleViews(evidence);
  const drawings = new Map<string, string>();
  return {
    summary: summary(evidence, views, language),
    data: paragraphs(
      say(text('### 5.1 How long', '### 5.1 停留多久')),
      durations(views, language),
      timerChart(views, language, drawings),
      strips(evidence, views, language, drawings),
      say(text('### 5.2 The closes', '### 5.2 关闭过程')),
      ...views.map((view) =>
        view.client === undefined
          ? ''
          : ladderSection(view.client, NAMES[view.role][language], language, drawings, {
              file: `ladder-${view.role}.svg`,
            }),
      ),
      say(text('### 5.3 Binding the port again', '### 5.3 重新 bind 该端口')),
      binds(evidence, language),
      say(text('### 5.4 Socket tables', '### 5.4 套接字表')),
      netstatSection(
        evidence,
        [
          { label: 'client-first closed', title: text('the client has closed first', '客户端先关闭之后') },
          { label: 'server-first closed', title: text('the server has closed first', '服务器先关闭之后') },
          {
            label: 'bind-with',
            title: text('listening again, with SO_REUSEADDR', '设置 SO_REUSEADDR 重新监听'),
          },
          { label: 'minute over', title: text('both entries are gone', '两个表项都已消失') },
        ],
        language,
      ),
    ),
    analysis: analysis(evidence, views, language),
    drawings,
  };
}

const seconds = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));
const host = (waiter: 'client' | 'server', language: Language): string =>
  language === 'en' ? waiter : waiter === 'client' ? '客户端' : '服务器';

function summary(evidence: Evidence, views: readonly RoleView[], language: Language): string {
  const lines = views.map((view) => {
    const time = lasted(view);
    const range = time === undefined ? '–' : `${seconds(time.least)}–${seconds(time.most)}`;
    return language === 'en'
      ? `- **${NAMES[view.role].en}:** TIME_WAIT on the ${view.waiter}; the timer said ${seconds(promised(view))} s when it was first seen, the entry was there for ${range} s.`
      : `- **${NAMES[view.role].zh}：** ${host(view.waiter, 'zh')}停在 TIME_WAIT；首次看到时定时器为 ${seconds(promised(view))} 秒，表项实际存在 ${range} 秒。`;
  });
  const tried = attempts(evidence).map(({ reuse, waiting, bind }) =>
    language === 'en'
      ? `${reuse ? 'with' : 'without'} SO_REUSEADDR, ${waiting > 0 ? 'TIME_WAIT in the table' : 'TIME_WAIT over'}: ${plain(bind)}`
      : `${reuse ? '设置' : '不设'} SO_REUSEADDR，${waiting > 0 ? '表中有 TIME_WAIT' : 'TIME_WAIT 已消失'}：${plain(bind)}`,
  );
  const last =
    tried.length === 0
      ? []
      : [
          language === 'en'
            ? `- **Binding the port again:** ${tried.join('; ')}.`
            : `- **重新 bind 该端口：** ${tried.join('；')}。`,
        ];
  const question =
    language === 'en'
      ? '**The side that closes first stays in which state, and for how long?**'
      : '**先关闭的一端停在什么状态？停留多久？**';
  return paragraphs(question, [...lines, ...last].join('\n'));
}

function durations(views: readonly RoleView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'connection',
          'who waits',
          'last ACK (frame)',
          'first look (s after it)',
          'timer at first look (s)',
          'last look with it (s)',
          'first look without (s)',
          'looks kept',
        ]
      : [
          '连接',
          '等待的一端',
          '最后的 ACK（帧）',
          '首次看到（其后秒数）',
          '首次看到时的定时器 (秒)',
          '最后一次看到 (秒)',
          '首次看不到 (秒)',
          '记录次数',
        ];
  const rows = views.map((view) => {
    const { wait, lastAckUs, lastAckFrame, timer } = view;
    const since = (us: number | undefined): string =>
      us === undefined || lastAckUs === undefined ? '–' : ((us - lastAckUs) / 1e6).toFixed(3);
    return [
      NAMES[view.role][language],
      host(view.waiter, language),
      String(lastAckFrame ?? '–'),
      since(wait?.fromUs),
      seconds(promised(view)),
      since(wait?.lastSeenUs),
      since(wait?.untilUs),
      String(timer.length),
    ];
  });
  return table(head, rows, [2, 3, 4, 5, 6, 7]);
}

function timerChart(views: readonly RoleView[], language: Language, drawings: Map<string, string>): string {
  const title =
    language === 'en' ? 'The TIME_WAIT timer as the kernel shows it' : '内核显示的 TIME_WAIT 定时器';
  const series = views.map(({ role, timer, lastAckUs, wait }) => {
    const start = lastAckUs ?? timer[0]?.atUs ?? 0;
    const points = timer.map(({ atUs, timerMs }) => ({ x: (atUs - start) / 1e6, y: timerMs / 1000 }));
    const end = wait?.untilUs === undefined ? [] : [{ x: (wait.untilUs - start) / 1e6, y: 0 }];
    return { name: NAMES[role][language], points: [...points, ...end] };
  });
  const axes =
    language === 'en'
      ? { x: 'seconds since the last ACK', y: 'seconds left on the timer' }
      : { x: '最后的 ACK 之后的秒数', y: '定时器剩余秒数' };
  drawings.set('timer.svg', lineSvg(title, series, axes));
  const legend =
    language === 'en'
      ? 'Each line ends at the first look without the entry. Where it runs along zero the timer had run out and the entry was still there.'
      : '每条线止于首次看不到该表项的时刻。贴着零的一段表示定时器已走完而表项仍在。';
  return paragraphs(`![${title}](timer.svg)`, legend);
}

function strips(
  evidence: Evidence,
  views: readonly RoleView[],
  language: Language,
  drawings: Map<string, string>,
): string {
  const title = language === 'en' ? 'The states of the four sockets' : '四个套接字的状态';
  const starts = views.flatMap(({ client }) =>
    client === undefined ? [] : [client.capture.atUs(client.connection.firstNs)],
  );
  const ends = views.flatMap(({ wait }) => (wait?.untilUs === undefined ? [] : [wait.untilUs]));
  if (starts.length === 0 || ends.length === 0) return '';
  const window = { fromUs: Math.min(...starts), untilUs: Math.max(...ends) + 1e6 };
  const rows = views.flatMap(({ role, clientPort, serverPort }, index) => [
    stripOf(
      evidence,
      'client',
      { localPort: clientPort, remotePort: serverPort },
      window,
      `${index + 1} ${host('client', language)}`,
    ),
    stripOf(
      evidence,
      'server',
      { localPort: serverPort, remotePort: clientPort },
      window,
      `${index + 1} ${host('server', language)}`,
    ),
    ...(role === 'client-first' ? [] : []),
  ]);
  drawings.set('states.svg', stripSvg(title, rows, [], { name: language === 'en' ? 's' : '秒', ms: 1000 }));
  const names = views
    .map(({ role }, index) => `${index + 1}${language === 'en' ? ': ' : '：'}${NAMES[role][language]}`)
    .join(language === 'en' ? '; ' : '；');
  return paragraphs(`![${title}](states.svg)`, names);
}

function binds(evidence: Evidence, language: Language): string {
  const found = attempts(evidence);
  if (found.length === 0)
    return language === 'en'
      ? 'Not tried: perl is not installed on this machine.'
      : '未尝试：本机没有安装 perl。';
  const head =
    language === 'en'
      ? ['SO_REUSEADDR', 'TIME_WAIT on the port', 'what the calls said', 'LISTEN in the table']
      : ['SO_REUSEADDR', '端口上的 TIME_WAIT', '各调用的结果', '表中的 LISTEN'];
  const yes = (value: boolean): string => (value ? '✔' : '–');
  return table(
    head,
    found.map(({ reuse, waiting, said, listens }) => [yes(reuse), String(waiting), code(said), yes(listens)]),
    [1],
  );
}

function analysis(evidence: Evidence, views: readonly RoleView[], language: Language): string {
  const times = views.flatMap((view) => {
    const time = lasted(view);
    const promise = promised(view);
    return time === undefined || promise === undefined ? [] : [{ view, time, promise }];
  });
  const late = times.map(({ view, time, promise }) => {
    const [low, high] = [time.least - promise, time.most - promise];
    return language === 'en'
      ? `on the ${view.waiter} ${Math.max(0, low).toFixed(2)} to ${high.toFixed(2)} s`
      : `${host(view.waiter, 'zh')} ${Math.max(0, low).toFixed(2)} 至 ${high.toFixed(2)} 秒`;
  });
  const cut = views.flatMap(({ waiter, earlier }) => earlier.map(({ rstFrame }) => ({ waiter, rstFrame })));
  const onTime = times.every(({ time, promise }) => time.least > promise);
  const zero = views.some(({ timer }) => timer.some(({ timerMs }) => timerMs === 0));
  const found = attempts(evidence);
  const refused = found.some(({ bind, reuse, waiting }) => bind === 'EADDRINUSE' && !reuse && waiting > 0);
  const taken = found.some(({ bind, reuse, waiting }) => bind === 'ok' && reuse && waiting > 0);
  const en = [
    `**Who waits.** In both connections the side whose FIN came first ended in TIME_WAIT, and the other had no socket left as soon as its FIN was acknowledged. The role of client or server plays no part in it. The one that waits has sent the last ACK and cannot know whether it arrived: if it was lost, the other side sends its FIN again, and somebody must be there to acknowledge it; and segments of the old connection that are still on their way must not be taken for those of a new one with the same four numbers (RFC 9293, section 3.3.2).`,
    `**How long.** RFC 9293 asks for twice the maximum segment lifetime (section 3.6.1), which it takes to be two minutes (section 3.4.2): four minutes in all. The timer seen here began with ${times.map(({ promise }) => `${promise.toFixed(2)} s`).join(' and ')}: Linux has a constant of its own, 60 s (TCP_TIMEWAIT_LEN in include/net/tcp.h). ${onTime ? 'The entries went later than the timer had promised' : 'Between the promise and the end of the entry lay'}: ${late.join(', ')}. The kernel’s timers are kept in wheels whose steps grow with the time that is left, so that a timer set for a minute may fire some seconds late (kernel/time/timer.c)${zero ? '; the table showed the entry with 0 on its timer meanwhile' : ''}.`,
    ...(cut.length === 0
      ? []
      : [
          `**TIME_WAIT that did not last.** ${cut.length === 1 ? 'One connection' : `${cut.length} connections`} before these had to be made again: after both FINs a late ACK reached the side in TIME_WAIT, its answer found no socket at the other side, which sent a RST (${cut.map(({ waiter, rstFrame }) => `${waiter}.pcap, frame ${rstFrame}`).join('; ')}), and the RST ended TIME_WAIT at once. RFC 1337 describes this hazard; Linux ignores such a RST only with net.ipv4.tcp_rfc1337 set.`,
        ]),
    ...(refused && taken
      ? [
          '**Starting the server again.** While the entry was in the table, bind without SO_REUSEADDR failed with EADDRINUSE although no program had the port any more; with the option it succeeded, and the port was in LISTEN beside the TIME_WAIT entry. The option says that bind may take a port whose old connections are over (socket(7)). It does not end them: the entry stayed in the table.',
        ]
      : []),
  ];
  const zh = [
    '**谁等待。** 两条连接中，都是先发送 FIN 的一端停在 TIME_WAIT，另一端在其 FIN 得到确认后就不再有套接字，这与它是客户端还是服务器无关。等待的一端发出了最后的 ACK，却无法知道它是否到达：如果丢失，对方会重发 FIN，必须有人来确认；同时，仍在途中的旧连接的报文段也不能被当作四个数相同的新连接的报文段（RFC 9293 第 3.3.2 节）。',
    `**多久。** RFC 9293 要求等待两倍的最大报文段生存时间（第 3.6.1 节），并取后者为两分钟（第 3.4.2 节），即共四分钟。此处看到的定时器从 ${times.map(({ promise }) => `${promise.toFixed(2)} 秒`).join('和 ')}开始：Linux 使用自己的常数 60 秒（include/net/tcp.h 中的 TCP_TIMEWAIT_LEN）。${onTime ? '表项消失得比定时器承诺的晚' : '承诺与表项消失之间相差'}：${late.join('，')}。内核的定时器放在时间轮中，剩余时间越长步长越大，因此设定一分钟的定时器可能晚几秒才触发（kernel/time/timer.c）${zero ? '；其间表中该项的定时器显示为 0' : ''}。`,
    ...(cut.length === 0
      ? []
      : [
          `**没有维持下去的 TIME_WAIT。** 此前有 ${cut.length} 条连接不得不重做：双方的 FIN 之后，一个迟到的 ACK 到达处于 TIME_WAIT 的一端，它的应答在对方已找不到套接字，对方发出 RST（${cut.map(({ waiter, rstFrame }) => `${waiter}.pcap 第 ${rstFrame} 帧`).join('；')}），TIME_WAIT 随即结束。RFC 1337 描述了这种隐患；Linux 只有在设置 net.ipv4.tcp_rfc1337 时才忽略这样的 RST。`,
        ]),
    ...(refused && taken
      ? [
          '**重新启动服务器。** 表项存在期间，不设 SO_REUSEADDR 的 bind 得到 EADDRINUSE，尽管已没有程序占用该端口；设置之后 bind 成功，端口在 TIME_WAIT 表项旁处于 LISTEN。该选项表示 bind 可以使用旧连接已经结束的端口（socket(7)），它并不结束旧连接：表项仍留在表中。',
        ]
      : []),
  ];
  return (language === 'en' ? en : zh).join('\n\n');
}
