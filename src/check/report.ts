import { safeText } from '../bytes/index.ts';
import type { CheckText, Verdict } from './verdict.ts';
import { merged, score, whereText } from './verdict.ts';
import { answerField, answerSection, type QuestionText } from './answers.ts';
import type { Evidence } from './evidence.ts';
import { code, fence, list, numbered, plain, table } from './markdown.ts';
import type { Application } from './manifest.ts';
import { type OutcomeOf, predictionsSection, type PredictionText } from './predictions.ts';
import { type Language, type Text, text } from './text.ts';

/** The fixed texts of a lab, as lab.yaml has them. */
export interface LabTexts {
  readonly lab: string;
  readonly title: Text;
  readonly purpose: { readonly en: readonly string[]; readonly zh: readonly string[] };
  readonly content: Text;
  readonly steps: { readonly en: readonly string[]; readonly zh: readonly string[] };
  readonly checks: readonly CheckText[];
  readonly predictions?: readonly PredictionText[] | undefined;
  readonly outcomes: Readonly<Record<string, OutcomeOf>>;
  readonly answers?: readonly QuestionText[] | undefined;
}

/** What the lab's own code contributes. */
export interface LabParts {
  readonly summary: string;
  readonly data: string;
  readonly analysis: string;
}

/** The order that universities use, in both languages. */
const SECTIONS = {
  purpose: text('Purpose', '实验目的'),
  content: text('Content', '实验内容'),
  equipment: text('Equipment', '主要仪器设备'),
  steps: text('Method and steps', '操作方法与实验步骤'),
  data: text('Data', '实验数据记录和处理'),
  analysis: text('Results and analysis', '实验结果与分析'),
  discussion: text('Discussion', '讨论、心得'),
} as const;

const VERDICTS = {
  pass: text('✔ pass', '✔ 通过'),
  fail: text('✘ fail', '✘ 未通过'),
  skipped: text('– skipped', '– 跳过'),
  ungradable: text('? ungradable', '? 无法评判'),
  error: text('! error of the kit', '! 工具自身错误'),
} as const;

/** The field for the student's own words, which nothing judges. */
const DISCUSSION = 'discussion';
const TO_WRITE = text('*(for you to write)*', '*（由学生填写）*');

function discussion(written: string | undefined, language: Language): string {
  const own = written !== undefined && written !== '' && written !== TO_WRITE.en && written !== TO_WRITE.zh;
  return own ? written : TO_WRITE[language];
}

/** The whole report.md; `answers` is what the student has written into its fields. Nothing in it but what the evidence shows and what lab.yaml says of every run. */
export function reportMarkdown(
  evidence: Evidence,
  lab: LabTexts,
  parts: LabParts,
  verdicts: readonly Verdict[],
  language: Language,
  answers: ReadonlyMap<string, string> = new Map(),
): string {
  const say = (value: Text): string => value[language];
  const heading = (key: keyof typeof SECTIONS, index: number): string => `## ${index} ${say(SECTIONS[key])}`;
  return [
    `# ${say(lab.title)}`,
    identity(evidence, language),
    ...problems(evidence, language),
    parts.summary,
    scoreLine(verdicts, language),
    heading('purpose', 1),
    list(lab.purpose[language]),
    heading('content', 2),
    say(lab.content),
    heading('equipment', 3),
    equipment(evidence, language),
    heading('steps', 4),
    numbered([...setting(evidence, language), ...lab.steps[language]]),
    say(text('Run it again with:', '重新运行：')),
    // A line end in an argument would make a second command of it.
    fence(evidence.manifest.command.map(safeText).join(' '), 'sh'),
    heading('data', 5),
    parts.data,
    heading('analysis', 6),
    checks(verdicts, language),
    predictionsSection(evidence, lab.predictions ?? [], lab.outcomes, language),
    parts.analysis,
    heading('discussion', 7),
    ...(lab.answers === undefined ? [] : [answerSection(lab.answers, answers, language)]),
    answerField(DISCUSSION, discussion(answers.get(DISCUSSION), language)),
    '',
  ]
    .filter((part, index, all) => part !== '' || index === all.length - 1)
    .join('\n\n');
}

function identity({ manifest }: Evidence, language: Language): string {
  const when = new Date(manifest.startedAtUs / 1000).toISOString().replace('T', ' ').slice(0, 19);
  const who =
    manifest.student === null
      ? ''
      : language === 'en'
        ? `Student ${plain(manifest.student)} · `
        : `学号 ${plain(manifest.student)} · `;
  const lab = code(manifest.lab);
  return language === 'en'
    ? `${who}Lab ${lab} · run ${code(manifest.runId)} · ${when} UTC · socket-lab-kit ${plain(manifest.kit)}`
    : `${who}实验 ${lab} · 运行编号 ${code(manifest.runId)} · ${when} UTC · socket-lab-kit ${plain(manifest.kit)}`;
}

function problems({ problems: found, manifest }: Evidence, language: Language): string[] {
  const lines = found.map(
    (problem) => `**${language === 'en' ? 'Note' : '注意'}:** ${plain(problem.text[language])}`,
  );
  if (manifest.world.kind === 'loopback') {
    const why = manifest.world.why === null ? '' : ` (${plain(manifest.world.why)})`;
    lines.push(
      language === 'en'
        ? `**Note:** this run was on the loopback interface${why}: both hosts share one network stack, nothing travelled over a cable, and segments are not limited by an Ethernet MTU.`
        : `**注意：** 本次运行使用环回接口${why}：两台主机共用一个网络协议栈，数据没有经过网线，报文段也不受以太网 MTU 限制。`,
    );
  }
  return lines.length === 0 ? [] : [lines.map((line) => `> ${line}`).join('\n>\n')];
}

function scoreLine(verdicts: readonly Verdict[], language: Language): string {
  const { points, of } = score(verdicts);
  const counted = (kind: Verdict['verdict']): number =>
    verdicts.filter((verdict) => verdict.verdict === kind).length;
  const rest = (['fail', 'skipped', 'ungradable', 'error'] as const)
    .filter((kind) => counted(kind) > 0)
    .map((kind) => `${VERDICTS[kind][language]}: ${counted(kind)}`);
  const tail = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
  return language === 'en'
    ? `**Checks:** ${counted('pass')} of ${verdicts.length} pass, ${points} of ${of} points${tail}.`
    : `**检查：** ${verdicts.length} 项中 ${counted('pass')} 项通过，得分 ${points}/${of}${tail}。`;
}

/** The steps that every lab has in common, as they were in this run. */
function setting({ manifest }: Evidence, language: Language): string[] {
  const all = manifest.hosts.map((host) => code(host.name));
  const names = [all.slice(0, -1).join(language === 'en' ? ', ' : '、'), ...all.slice(-1)]
    .filter((part) => part !== '')
    .join(language === 'en' ? ' and ' : ' 与 ');
  const cable =
    manifest.world.kind === 'loopback'
      ? text(
          `${names} stand for two hosts on this machine's loopback interface, each with an address of its own.`,
          `${names} 是本机环回接口上的两个地址，代表两台主机。`,
        )
      : manifest.wire === 'loopback'
        ? text(
            `One host, ${names}, has a network stack of its own; both ends of each connection are on it, and the packets pass over its loopback interface.`,
            `建立主机 ${names}，有独立的网络协议栈；每条连接的两端都在这台主机上，分组经过它的环回接口。`,
          )
        : manifest.hosts.length === 2
          ? text(
              `Two hosts, ${names}, each with a network stack of its own, are joined by a cable.`,
              `建立两台主机 ${names}，各有独立的网络协议栈，用一条网线相连。`,
            )
          : text(
              `The hosts ${names}, each with a network stack of its own, are joined by a switch.`,
              `建立主机 ${names}，各有独立的网络协议栈，用一台交换机相连。`,
            );
  const witnesses =
    manifest.captureProblem === null
      ? text(
          'tcpdump captures on every host; the kernel’s socket tables of all hosts are read again and again.',
          '在每台主机上启动 tcpdump 抓包，并不断读取各主机的内核套接字表。',
        )
      : text('The kernel’s socket tables are read again and again.', '不断读取内核套接字表。');
  return [cable[language], witnesses[language]];
}

const SPOKEN_NAMES: Readonly<Record<Application, string>> = { http: 'HTTP', fastcgi: 'FastCGI' };

/** What every host was given; undefined when they have what the machine has. */
function settings({ world }: Evidence['manifest']): string | undefined {
  const given = Object.entries(world.sysctls ?? {});
  return given.length === 0
    ? undefined
    : given.map(([name, value]) => code(`${name} = ${value}`)).join('<br>');
}

function equipment({ manifest }: Evidence, language: Language): string {
  const say = (value: Text): string => value[language];
  const fact = (key: string): string | undefined => {
    const value = manifest.environment[key];
    return value === null || value === undefined ? undefined : plain(String(value));
  };
  const memory = Number(manifest.environment['memoryBytes'] ?? 0) / 2 ** 30;
  const onLoopback = manifest.wire === 'loopback';
  const subnet = onLoopback ? '127.0.0.0/8' : manifest.world.subnet;
  const joined = onLoopback
    ? text('a network namespace with its own loopback interface', '一个网络命名空间，有自己的环回接口')
    : manifest.hosts.length === 2
      ? text(
          'a network namespace for each host, joined by a veth cable',
          '每台主机一个网络命名空间，以 veth 网线相连',
        )
      : text(
          'a network namespace for each host, each joined to a switch (bridge) by a veth cable',
          '每台主机一个网络命名空间，各以一条 veth 网线连到交换机（网桥）',
        );
  const rows: (readonly [Text, string | undefined])[] = [
    [text('system', '操作系统'), [fact('distribution'), fact('kernel')].filter(Boolean).join(', Linux ')],
    [
      text('processor', '处理器'),
      `${fact('cpu') ?? '?'} × ${fact('cpuCount') ?? '?'}, ${memory.toFixed(1)} GiB`,
    ],
    [text('Node.js', 'Node.js'), fact('node')],
    [text('tcpdump', 'tcpdump'), [fact('tcpdump'), fact('libpcap')].filter(Boolean).join(', libpcap ')],
    [text('iproute2', 'iproute2'), fact('iproute2')],
    [
      text('network', '网络'),
      manifest.world.kind === 'namespaces'
        ? say(
            text(
              `${joined.en}${manifest.environment['rootless'] === true ? ', without root' : ''}, ${code(subnet)}`,
              `${joined.zh}${manifest.environment['rootless'] === true ? '，无需 root' : ''}，${code(subnet)}`,
            ),
          )
        : say(text('the loopback interface', '环回接口')),
    ],
    [text('kernel settings', '内核设置'), settings(manifest)],
    [
      text('protocol', '协议'),
      manifest.speaks === undefined
        ? `${plain(manifest.protocol.name)} (${code(manifest.protocol.file)})`
        : manifest.speaks.map((name) => SPOKEN_NAMES[name]).join(', '),
    ],
  ];
  const machines = table(
    language === 'en' ? ['what', 'which'] : ['项目', '内容'],
    rows
      .filter((row): row is readonly [Text, string] => Boolean(row[1]))
      .map(([what, which]) => [say(what), which]),
  );
  const hosts = table(
    language === 'en'
      ? ['host', 'address', 'interface', 'capture', 'packets', 'lost']
      : ['主机', '地址', '接口', '抓包文件', '分组数', '丢失'],
    manifest.hosts.map((host) => [
      plain(host.name),
      code(host.address),
      code(host.interface),
      host.capture === null ? '–' : code(host.capture.file),
      host.capture === null ? '–' : String(host.capture.captured),
      host.capture === null ? '–' : String(host.capture.dropped),
    ]),
    [4, 5],
  );
  const { sampler } = manifest;
  const sampling =
    sampler === null
      ? ''
      : language === 'en'
        ? `Socket states were read ${sampler.looks} times from ${code('/proc/net/tcp')}, every ${sampler.meanIntervalMs.toFixed(1)} ms on average, at most ${sampler.maxIntervalMs.toFixed(1)} ms apart: a state shorter than that may be missing.`
        : `套接字状态从 ${code('/proc/net/tcp')} 读取 ${sampler.looks} 次，平均间隔 ${sampler.meanIntervalMs.toFixed(1)} ms，最大间隔 ${sampler.maxIntervalMs.toFixed(1)} ms：更短暂的状态可能没有被看到。`;
  const queues = sampler === null ? '' : QUEUES[language];
  return [machines, hosts, sampling, queues, tracing(manifest, language)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What netstat's two columns count (proc(5), /proc/net/tcp). */
const QUEUES = text(
  'In tables of sockets, Recv-Q counts bytes that arrived and that the program has not read; in LISTEN, connections that wait for `accept`. Send-Q counts bytes that the program handed to the kernel and that are not acknowledged yet.',
  '在套接字表中，Recv-Q 为已到达而程序尚未读取的字节数；在 LISTEN 状态下为等待 `accept` 的连接数。Send-Q 为程序已交给内核而尚未被确认的字节数。',
);

function tracing({ stateTrace }: Evidence['manifest'], language: Language): string {
  if (stateTrace === undefined || stateTrace.why !== null) return '';
  const { transitions, lost } = stateTrace;
  const event = code('sock:inet_sock_set_state');
  const missing = lost === 0 ? text('', '') : text(` (${lost} more were lost)`, `（另有 ${lost} 次丢失）`);
  return language === 'en'
    ? `The kernel’s tracepoint ${event} told of ${transitions} changes of state${missing.en}: timelines have its times, to the microsecond, and every snapshot that a check uses is held against it. TIME_WAIT is another kind of socket, which it does not trace: how long that lasts is as the table was read.`
    : `内核跟踪点 ${event} 报告了 ${transitions} 次状态变化${missing.zh}：时间线采用它的时刻（精确到微秒），检查所用的每个快照都与之核对。TIME_WAIT 是另一种套接字，跟踪点不报告，其长短以读到的套接字表为准。`;
}

function checks(verdicts: readonly Verdict[], language: Language): string {
  const head =
    language === 'en'
      ? ['check', 'verdict', 'points', 'expected', 'seen', 'where to look']
      : ['检查项', '结论', '分值', '预期', '实际', '证据位置'];
  const rows = verdicts.map((verdict) => [
    verdict.title[language],
    VERDICTS[verdict.verdict][language],
    verdict.verdict === 'pass' ? `${verdict.points}/${verdict.points}` : `0/${verdict.points}`,
    // Parts of these come from the evidence, which somebody else may have written.
    plain(verdict.expected[language]),
    plain(verdict.actual[language]),
    merged(verdict.where)
      .map((where) => plain(whereText(where)[language]))
      .join('<br>'),
  ]);
  const hints = verdicts
    .filter(({ verdict }) => verdict === 'fail')
    .map((verdict) => `**${verdict.title[language]}:** ${verdict.hint[language]}`);
  return [table(head, rows), ...(hints.length === 0 ? [] : [list(hints)])].join('\n\n');
}
