/** The words of the class page. */
import { type Language, text, type Text } from '../../check/index.ts';

export const PAGE_WORDS = {
  submissions: text('submissions', '份提交'),
  average: text('points on average', '分（平均）'),
  heatMap: text('Checks by student', '各学生的检查结果'),
  submission: text('submission', '提交'),
  points: text('points', '得分'),
  of: text('of', '满分'),
  adjusted: text('adjusted', '份有调整'),
  graderAverage: text('by the grader alone', '（仅自动评分）'),
  adjustments: text('Adjustments', '成绩调整'),
  adjustmentsHelp: text(
    'What the lecturer changed. Points, sums and shares count with it; verdicts are the grader’s. ✎ marks it in the table above.',
    '教师所作的调整。得分、合计与通过率均已计入；检查结果仍是自动评分的结果。上表中以 ✎ 标出。',
  ),
  task: text('task', '任务'),
  check: text('check', '检查'),
  wholeTask: text('the whole task', '整个任务'),
  grader: text('the grader', '自动评分'),
  change: text('adjustment', '调整'),
  counts: text('counts', '计分'),
  reason: text('reason', '理由'),
  lookAgain: text('look again: when this was decided, the grader gave', '请复核：作此调整时自动评分为'),
  excused: text('excused', '免计'),
  notCounted: text('not counted', '不计入'),
  passed: text('passed', '通过率'),
  copies: text('Copy signals', '雷同信号'),
  noCopies: text(
    'No two captures share sequence numbers, times or bytes.',
    '没有两份抓包的序号、时间或字节相同。',
  ),
  signal: text(
    'A signal to look at, no verdict: no score depends on it. Chance does not make these equal.',
    '这是供核对的信号，不是结论，不影响任何得分。这些内容不会偶然相同。',
  ),
  failures: text('What did not pass', '未通过的检查'),
  evidence: text('evidence', '证据'),
  unstable: text('unstable', '不稳定'),
  interop: text('Interop: every client against every server', '互通：每个客户端对每个服务器'),
  interopHelp: text(
    'Rows are clients, columns servers; the framed cells are a student’s own pair. A cell says how many of the steps (listens, connects, time, name, list, quits) worked; C: the wire shows the client at fault, S: the server. Its link is the story of the match, beside its capture. No score depends on it.',
    '行为客户端，列为服务器；加框的格子是同一学生自己的一对。格中为成功的步骤数（监听、连接、时间、主机名、列表、退出）；C：由分组可见问题在客户端，S：在服务器。链接指向这次对接的经过，旁边是抓包。不影响任何得分。',
  ),
  clientDown: text('client ↓ server →', '客户端 ↓ 服务器 →'),
  worksWith: text('works with', '可互通'),
  otherProtocol: text('another protocol', '协议不同'),
  noMatches: text('No matches were played: ', '没有进行对接：'),
} as const satisfies Readonly<Record<string, Text>>;

export const VERDICT_WORDS = {
  pass: text('pass', '通过'),
  fail: text('fail', '未通过'),
  skipped: text('skipped', '跳过'),
  ungradable: text('ungradable', '无法评判'),
  error: text('error of the kit or the machine', '工具或机器的错误'),
} as const;

export const SIGNAL_WORDS = {
  isn: text('pairs of initial sequence numbers', '对初始序号'),
  time: text('times of a SYN to the microsecond', '个精确到微秒的 SYN 时刻'),
  stamp: text(
    'pairs of TCP timestamps (TSval) of SYN and SYN-ACK',
    '对 SYN 与 SYN-ACK 的 TCP 时间戳（TSval）',
  ),
  bytes: text('captures, byte for byte', '份逐字节相同的抓包'),
} as const;

export const pageWord = (name: keyof typeof PAGE_WORDS, language: Language): string =>
  PAGE_WORDS[name][language];
