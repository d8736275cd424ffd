/** The three witnesses in one table on one clock: what the programs called, what passed, what the kernels' tables said. */
import { segmentLabel, type Side } from '../tcp/index.ts';
import type { Evidence } from './evidence.ts';
import { plain, table } from './markdown.ts';
import type { AppRecord } from './records.ts';
import { isRecord } from './records.ts';
import { staysOf } from './socket-view.ts';
import { type Language, text } from './text.ts';
import { type PortPair, wireViews } from './wire-view.ts';

export interface StoryChoice extends PortPair {
  readonly fromUs: number;
  readonly untilUs: number;
  /** The hosts at the two ends: who opened the connection, whom it was opened to. */
  readonly hosts: readonly [string, string];
  /** Longer stories lose their middle. */
  readonly most?: number;
  /** Which programs' words belong to it; all by default. */
  readonly speaks?: (record: AppRecord) => boolean;
}

interface Entry {
  readonly atUs: number;
  readonly program: string;
  readonly packet: string;
  readonly state?: { readonly side: Side; readonly name: string };
}

/**
 * A markdown table. States stand where the tracepoint has them, else where they were first seen, at most one
 * look of the sampler after they began.
 */
export function storyTable(evidence: Evidence, choice: StoryChoice, language: Language): string {
  const { fromUs, untilUs, hosts, most = 60 } = choice;
  const within = ({ atUs }: { readonly atUs: number }): boolean => atUs >= fromUs && atUs <= untilUs;
  const entries = [
    ...programs(evidence, choice, language),
    ...packets(evidence, choice),
    ...states(evidence, choice),
  ]
    .filter(within)
    .sort((a, b) => a.atUs - b.atUs);
  // What a socket was when the story begins is known from before.
  const current: [string, string] = ['', ''];
  for (const { atUs, state } of states(evidence, choice))
    if (state !== undefined && atUs < fromUs) current[state.side] = state.name;
  const rows = entries.map(({ atUs, program, packet, state }) => {
    if (state !== undefined) current[state.side] = state.name;
    const mark = (side: Side): string =>
      state?.side === side ? `**${plain(current[side])}**` : plain(current[side]);
    return [((atUs - fromUs) / 1000).toFixed(3), program, packet, mark(0), mark(1)];
  });
  const hidden = rows.length - most;
  if (hidden > 1) {
    const head = Math.ceil(most / 2);
    const gap = language === 'en' ? `… ${hidden} lines not shown …` : `… 省略 ${hidden} 行 …`;
    rows.splice(head, hidden, ['', gap, '', '', '']);
  }
  const ends =
    hosts[0] === hosts[1]
      ? [text('of the client', '客户端'), text('of the server', '服务器')]
      : hosts.map((host) => text(`on ${host}`, `${host} `));
  const head =
    language === 'en'
      ? ['ms', 'programs', 'packets', ...ends.map((end) => `socket ${end.en}`)]
      : ['毫秒', '程序', '分组', ...ends.map((end) => `${end.zh}的套接字`)];
  return table(head, rows, [0]);
}

function packets(evidence: Evidence, choice: StoryChoice): Entry[] {
  const [opener, other] = choice.hosts;
  const here = wireViews(evidence, opener, choice);
  const there = wireViews(evidence, other, choice);
  // What only one end has in its capture was lost between the two, or was sent while the other could not hear.
  const key = (s: {
    readonly side: Side;
    readonly seq: number;
    readonly ack: number;
    readonly flags: number;
    readonly payloadLength: number;
  }): string => [s.side, s.seq, s.ack, s.flags, s.payloadLength].join(' ');
  const counted = new Map<string, number>();
  for (const { connection } of here)
    for (const segment of connection.segments)
      counted.set(key(segment), (counted.get(key(segment)) ?? 0) + 1);
  const alone = there.flatMap((view) =>
    view.connection.segments
      .filter((segment) => {
        const left = counted.get(key(segment)) ?? 0;
        counted.set(key(segment), left - 1);
        return left <= 0;
      })
      .map((segment) => ({ view, segment })),
  );
  const all = [
    ...here.flatMap((view) => view.connection.segments.map((segment) => ({ view, segment }))),
    ...alone,
  ];
  return all.map(({ view, segment }) => ({
    atUs: view.capture.atUs(segment.atNs),
    program: '',
    packet: `${view.capture.host} ${segment.frame} ${segment.side === 0 ? '→' : '←'} ${plain(segmentLabel(segment))}`,
  }));
}

function states(evidence: Evidence, choice: StoryChoice): Entry[] {
  const { clientPort, serverPort, hosts } = choice;
  const ends = [
    { side: 0, name: { localPort: clientPort, remotePort: serverPort } },
    { side: 1, name: { localPort: serverPort, remotePort: clientPort } },
  ] as const;
  return ends.flatMap(({ side, name }) =>
    staysOf(evidence, hosts[side], name).flatMap((stay, index, all): Entry[] => {
      const begins = { atUs: stay.fromUs, program: '', packet: '', state: { side, name: stay.state } };
      const next = all[index + 1];
      if (stay.untilUs === undefined || next?.fromUs === stay.untilUs) return [begins];
      return [begins, { atUs: stay.untilUs, program: '', packet: '', state: { side, name: '–' } }];
    }),
  );
}

function programs(evidence: Evidence, { speaks = () => true }: StoryChoice, language: Language): Entry[] {
  return evidence.calls.flatMap(({ record }): Entry[] => {
    const words = speaks(record) ? spoken(record, language) : undefined;
    if (words === undefined) return [];
    return [{ atUs: record.atUs, program: `${plain(record.process)}: ${words}`, packet: '' }];
  });
}

/** What a record says in a line; undefined for what the packets tell better. */
function spoken(record: AppRecord, language: Language): string | undefined {
  switch (record.kind) {
    case 'started':
      return text('starts', '启动')[language];
    case 'ended':
      return plain(
        record.signal ?? text(`exit code ${record.code ?? '?'}`, `退出码 ${record.code ?? '?'}`)[language],
      );
    case 'call':
      return `${plain(record.operation)}(${plain(argumentsText(record.arguments))})`;
    case 'return':
      return `${plain(record.operation)} ✔ ${plain(short(record.value))}`;
    case 'throw':
      return `${plain(record.operation)} ✘ ${plain(record.code)}`;
    case 'log':
      if (record.event === 'stdout' || record.event === 'stderr')
        return plain(`${text('prints', '打印')[language]} ${short(record.fields['line'], 96)}`);
      return plain(
        `${record.process === 'lab' ? labEvent(record.event, language) : record.event} ${eventText(record.fields)}`.trim(),
      );
    case 'connected':
    case 'packet':
    case 'write':
      return undefined;
  }
}

/** What the lab itself did; programs speak for themselves. */
const LAB_EVENTS: Readonly<Record<string, string>> = {
  'cable-unplugged': '拔掉网线',
  'cable-plugged': '插上网线',
  'client-ends': '客户端结束',
  'client-killed': '客户端被杀死',
  'line-sent': '发送一行',
  'send-to-dead': '向死去的客户端发送',
  'send-answered': '发送得到回答',
  'server-reads': '服务器开始读取',
  'end-of-input': '输入结束',
  'curl-may-end': '允许 curl 结束',
  signal: '信号',
  typed: '键入',
};
const labEvent = (event: string, language: Language): string =>
  language === 'zh' ? (LAB_EVENTS[event] ?? event) : event;

const short = (value: unknown, most = 48): string => {
  if (value === null || value === undefined) return '';
  const words = typeof value === 'string' ? value : JSON.stringify(value);
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
};
const argumentsText = (values: readonly unknown[]): string => values.map((value) => short(value)).join(', ');

/** The fields of a log line that tell something here. */
function eventText(fields: Readonly<Record<string, unknown>>): string {
  const told = ['connection', 'client', 'bytes', 'total', 'code', 'why', 'signal', 'port', 'line'];
  return told
    .flatMap((key) => (isRecord(fields) && fields[key] !== undefined ? [`${key}=${short(fields[key])}`] : []))
    .join(' ');
}
