import {
  type Evidence,
  ladderSection,
  type Language,
  lineSvg,
  paragraphs,
  table,
  text,
  type Text,
} from '../../src/check/index.ts';
import type { LabReport } from '../../src/lab/index.ts';
import { NAMES } from './names.ts';
import { type Case, hasDelay, hasNagle } from './scenario.ts';
import { ackWaitMs, caseViews, type CaseView, delayed, median, secondWaitMs } from './views.ts';

export function report(evidence: Evidence, language: Language): LabReport {
  const say = (en: string, zh: string): string => (language === 'en' ? en : zh);
  const views = caseViews(evidence);
  const drawings = new Map<string, string>();
  return {
    summary: paragraphs(
      say(
        '**A request in two small writes, or in one: how long until the answer?**',
        '**请求分两次小写入发出，或一次写入：多久得到回答？**',
      ),
      views
        .map(
          ({ id, rounds }) =>
            `- **${NAMES[id][language]}${say(':', '：')}** ${median(rounds.map(({ ms }) => ms)).toFixed(3)} ${say('ms (median of', '毫秒（')}${say(` ${rounds.length})`, `${rounds.length} 轮的中位数）`)}`,
        )
        .join('\n'),
    ),
    data: paragraphs(
      say('### 5.1 The combinations', '### 5.1 各种组合'),
      combinations(views, language),
      say('### 5.2 Round by round', '### 5.2 逐轮'),
      chart(views, language, drawings),
      say('### 5.3 As ladders', '### 5.3 时序图'),
      ...views.map((view) =>
        ladderSection(view.client, NAMES[view.id][language], language, drawings, {
          file: `ladder-${view.id}.svg`,
          elide: { head: 15, tail: 4 },
        }),
      ),
    ),
    analysis: analysis(views, language),
    drawings,
  };
}

function combinations(views: readonly CaseView[], language: Language): string {
  const head =
    language === 'en'
      ? [
          'combination',
          'Nagle',
          'delayed ACK',
          'rounds',
          'segments of the client with data',
          'second part behind an ACK',
          'first part → its ACK (ms, median)',
          'first → second part (ms, median)',
          'round (ms, median)',
          'slowest (ms)',
          'round by the program (ms, median)',
        ]
      : [
          '组合',
          'Nagle',
          '延迟确认',
          '轮数',
          '客户端带数据的报文段',
          '第二部分在 ACK 之后',
          '第一部分 → 其 ACK（毫秒，中位数）',
          '第一 → 第二部分（毫秒，中位数）',
          '一轮（毫秒，中位数）',
          '最慢（毫秒）',
          '程序所见一轮（毫秒，中位数）',
        ];
  const number = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');
  const rows = views.map(({ id, rounds, client, programMs }) => {
    const behind = rounds.filter(({ ack }) => ack !== undefined);
    return [
      NAMES[id][language],
      hasNagle(id) ? '✔' : '–',
      hasDelay(id) ? '✔' : '–',
      String(rounds.length),
      String(client.connection.directions[0].dataSegments),
      String(behind.length),
      number(median(behind.map(ackWaitMs))),
      number(median(rounds.map(secondWaitMs))),
      number(median(rounds.map(({ ms }) => ms))),
      number(Math.max(...rounds.map(({ ms }) => ms))),
      number(median(programMs)),
    ];
  });
  const legend =
    language === 'en'
      ? 'Times from client.pcap, except the last column, which is the client’s program’s own: from its call of send to the answer read.'
      : '时间取自 client.pcap；最后一列为客户端程序自己的记录：从调用 send 到读到回答。';
  return paragraphs(table(head, rows, [3, 4, 5, 6, 7, 8, 9, 10]), legend);
}

function chart(views: readonly CaseView[], language: Language, drawings: Map<string, string>): string {
  const title = language === 'en' ? 'From the first part to the answer' : '从第一部分到回答';
  const files = [true, false].map((nagle) => {
    const file = nagle ? 'rounds-nagle.svg' : 'rounds-no-nagle.svg';
    drawings.set(
      file,
      lineSvg(
        title,
        views
          .filter(({ id }) => hasNagle(id) === nagle)
          .map(({ id, rounds }) => ({
            name: NAMES[id][language],
            points: rounds.map(({ ms }, index) => ({ x: index + 1, y: ms })),
          })),
        language === 'en' ? { x: 'round', y: 'ms' } : { x: '轮', y: '毫秒' },
      ),
    );
    return `![${title}](${file})`;
  });
  return paragraphs(...files);
}

function analysis(views: readonly CaseView[], language: Language): string {
  const of = (id: Case): CaseView | undefined => views.find((view) => view.id === id);
  const [both, nagle, delay] = (['both', 'nagle-only', 'delay-only'] as const).map(of);
  const parts: Text[] = [];
  const slow = both === undefined ? [] : delayed(both);
  const [one] = slow;
  if (both !== undefined && one !== undefined) {
    parts.push(
      text(
        `**Each waits for the other.** In ${slow.length} of ${both.rounds.length} rounds the second part was held until a delayed ACK. Take frame ${one.first.frame} of client.pcap, a first part: while it is not acknowledged, Nagle’s algorithm keeps back data that do not fill a segment (RFC 9293, section 3.7.4; RFC 896). The server’s program has nothing to say yet, since half of the request is missing, so its kernel holds the ACK back in the hope of data to send it with (section 3.8.6.3). Frame ${one.ack?.frame ?? 0} is that ACK, ${ackWaitMs(one).toFixed(1)} ms later (Linux holds it for 40 ms at the least, TCP_DELACK_MIN in include/net/tcp.h), and frame ${one.second.frame} the second part behind it. Nothing was lost and nothing was slow: two sensible rules waited for each other.`,
        `**互相等待。** ${both.rounds.length} 轮中有 ${slow.length} 轮，第二部分一直等到被推迟的 ACK。以 client.pcap 第 ${one.first.frame} 帧（第一部分）为例：在它得到确认之前，Nagle 算法扣住不满一个报文段的数据（RFC 9293 第 3.7.4 节；RFC 896）。请求还缺一半，服务器程序无话可说，其内核便推迟 ACK，希望能与数据一起发送（第 3.8.6.3 节）。第 ${one.ack?.frame ?? 0} 帧就是 ${ackWaitMs(one).toFixed(1)} 毫秒之后的这个 ACK（Linux 至少推迟 40 毫秒：include/net/tcp.h 中的 TCP_DELACK_MIN），第 ${one.second.frame} 帧是随后的第二部分。没有丢失，也没有哪里慢：两条合理的规则互相等待而已。`,
      ),
    );
    const rest = both.rounds.flatMap((round, index) => (slow.includes(round) ? [] : [{ round, index }]));
    if (rest.length > 0) {
      const numbers = rest.map(({ index }) => index + 1).join(', ');
      const waits = rest.map(({ round }) => secondWaitMs(round).toFixed(1)).join(', ');
      const first = rest.every(({ index }, order) => index === order);
      parts.push(
        text(
          `**The other ${rest.length === 1 ? 'round' : `${rest.length} rounds`}** (number ${numbers}): the second part left after ${waits} ms.${first ? ` ${rest.length === 1 ? 'It stands' : 'They stand'} at the beginning of the connection, where Linux still acknowledges at once; it begins to delay when it sees that data flow both ways (“quick ACK” and “pingpong” mode, net/ipv4/tcp_input.c).` : ''}`,
          `**其余 ${rest.length} 轮**（第 ${numbers} 轮）：第二部分在 ${waits} 毫秒后发出。${first ? '这是连接的开头，此时 Linux 仍立即确认；发现数据双向流动之后才开始推迟（quick ACK 与 pingpong 模式，net/ipv4/tcp_input.c）。' : ''}`,
        ),
      );
    }
  }
  if (nagle !== undefined && delay !== undefined) {
    const [n, d] = [nagle, delay].map(({ rounds }) => median(rounds.map(({ ms }) => ms)).toFixed(3));
    parts.push(
      text(
        `**Either one alone.** With Nagle but ACKs at once a round took ${n ?? '–'} ms: the second part still waits for the ACK (${nagle.rounds.filter(({ ack }) => ack !== undefined).length} of ${nagle.rounds.length} rounds), but the ACK does not wait for anything. Without Nagle and with delayed ACKs it took ${d ?? '–'} ms: both parts leave at once, and the answer carries the ACK.`,
        `**只有其中之一。** 开启 Nagle 而立即确认时一轮用时 ${n ?? '–'} 毫秒：第二部分仍等待 ACK（${nagle.rounds.length} 轮中 ${nagle.rounds.filter(({ ack }) => ack !== undefined).length} 轮），但 ACK 不等待任何东西。关闭 Nagle 而推迟确认时用时 ${d ?? '–'} 毫秒：两部分立即发出，ACK 随回答一起返回。`,
      ),
    );
  }
  const whole = of('one-write');
  if (whole !== undefined && delay !== undefined && both !== undefined && whole.rounds.length > 0) {
    const [o, d, b] = [whole, delay, both].map(({ rounds }) => median(rounds.map(({ ms }) => ms)).toFixed(3));
    const segments = ({ client }: CaseView): number => client.connection.directions[0].dataSegments;
    const together = whole.rounds.filter(({ first, second }) => first === second).length;
    parts.push(
      text(
        `**What follows.** With both still on, but each request handed over in one write (a buffer, writev, corking), a round took ${o ?? '–'} ms instead of ${b ?? '–'}: in ${together} of ${whole.rounds.length} rounds one segment carried both parts, and neither rule had anything to wait for. TCP_NODELAY cured the wait as well (${d ?? '–'} ms), with ${segments(delay)} segments of data for ${delay.rounds.length} rounds instead of ${segments(whole)}.`,
        `**结论。** 两者仍然开启，但每个请求用一次写入交给内核（缓冲区、writev、cork）时，一轮用时 ${o ?? '–'} 毫秒，而不是 ${b ?? '–'} 毫秒：${whole.rounds.length} 轮中有 ${together} 轮由一个报文段承载两部分，两条规则都无须等待。TCP_NODELAY 也消除了等待（${d ?? '–'} 毫秒），但 ${delay.rounds.length} 轮用了 ${segments(delay)} 个带数据的报文段，而不是 ${segments(whole)} 个。`,
      ),
    );
  }
  return parts.map((part) => part[language]).join('\n\n');
}
