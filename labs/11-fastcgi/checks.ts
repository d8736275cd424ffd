import { isDeepStrictEqual } from 'node:util';
import {
  callLines,
  conclude,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  type Statement,
  statesAt,
  type StateWanted,
  text,
  unknown,
  when,
  wholeCaptures,
  withoutPackets,
} from '../../src/check/index.ts';
import { NAMES, REQUEST_NAMES } from './names.ts';
import { HOST, REQUESTS, WAYS } from './scenario.ts';
import {
  type Channel,
  channels,
  type Exchange,
  type FcgiRecord,
  loggedLines,
  pairsOf,
  printedBy,
  streamOf,
  textOf,
  toldByNginx,
  TYPE,
} from './views.ts';

const FILE = `${HOST}.pcap`;

export function capturesComplete(evidence: Evidence): Finding {
  return wholeCaptures(
    evidence,
    channels(evidence).map(({ clientPort, serverPort }) => ({ clientPort, serverPort, hosts: [HOST] })),
  );
}

export function records(evidence: Evidence): Finding {
  const expected = text(
    'BEGIN_REQUEST, PARAMS ended by an empty one, an empty STDIN; in answer STDERR and STDOUT, then END_REQUEST with REQUEST_COMPLETE; all of one request number; nothing between or behind the records, and the trace reads the same',
    '请求为 BEGIN_REQUEST、以空记录结束的 PARAMS、空的 STDIN；应答为 STDERR 与 STDOUT，最后是状态为 REQUEST_COMPLETE 的 END_REQUEST；请求号相同；记录之间与之后没有多余字节，分析器读到的相同',
  );
  return onAll(evidence, expected, (exchange, { records: all, wire }) => {
    const { asked, answered, id } = exchange;
    if (wire === undefined || asked.length === 0 || answered.length === 0) return MISSING;
    const order = asked.map(({ type, content }) => `${type}${content.length === 0 ? '-' : ''}`).join(' ');
    const back = answered.map(({ type }) => type);
    const last = answered.at(-1);
    const whole = ([0, 1] as const).every(
      (side) =>
        all.filter((record) => record.side === side).reduce((sum, { length }) => sum + length, 0) ===
        wire.connection.directions[side].streamBytes().bytes.length,
    );
    const good =
      /^1 (4 )+4- 5-$/.test(order) &&
      last?.type === TYPE.end &&
      last.content[4] === 0 &&
      back.includes(TYPE.stdout) &&
      back.slice(0, -1).every((type) => type === TYPE.stdout || type === TYPE.stderr) &&
      new Set([...asked, ...answered].map(({ requestId }) => requestId)).size === 1;
    const seen = text(
      `${REQUEST_NAMES[id].en}: ${names(asked)} | ${names(answered)}`,
      `${REQUEST_NAMES[id].zh}：${names(asked)} | ${names(answered)}`,
    );
    const places = frames(FILE, ...[...asked, ...answered].flatMap(({ frames: each }) => each));
    const agreed = [...asked, ...answered].every(
      ({ message, length }) =>
        message !== undefined && message.length === length && message.problem === undefined,
    );
    if (!agreed || !whole) return unknown(seen, places);
    return when(good, seen, places);
  });
}

const names = (some: readonly FcgiRecord[]): string =>
  some.map(({ message, type }) => message?.name ?? String(type)).join(', ');

export function parameters(evidence: Evidence): Finding {
  const expected = text(
    'the parameters name the method, the query and the script that curl asked for',
    '参数给出 curl 请求的方法、查询串与脚本',
  );
  return onAll(evidence, expected, ({ asked, facts, id }) => {
    const pairs = new Map(pairsOf(streamOf(asked, TYPE.params)));
    const query = String(facts['url']).split('?')[1] ?? '';
    const good =
      pairs.get('REQUEST_METHOD') === 'GET' &&
      pairs.get('QUERY_STRING') === query &&
      pairs.get('SCRIPT_FILENAME')?.endsWith('/log.php') === true;
    const told = `${pairs.get('REQUEST_METHOD') ?? '?'} ${pairs.get('QUERY_STRING') ?? '?'}`;
    return when(
      good,
      text(`${REQUEST_NAMES[id].en}: ${told}`, `${REQUEST_NAMES[id].zh}：${told}`),
      frames(FILE, ...asked.filter(({ type }) => type === TYPE.params).flatMap(({ frames: each }) => each)),
    );
  });
}

/** Each line once, in its order; whole contents of records, and nginx's words about them. */
export function logLines(evidence: Evidence): Finding {
  const expected = text(
    'the lines that the script logs, as many as it was asked for and in their order, stand in FCGI_STDERR records and in nginx’s error log, and not in the page',
    '脚本写入日志的各行，数目与次序都符合请求，出现在 FCGI_STDERR 记录与 nginx 的错误日志中，而不在页面里',
  );
  const told = toldByNginx(evidence);
  return onAll(evidence, expected, ({ answered, facts, id }) => {
    const wanted = Array.from(
      { length: Number(facts['lines']) },
      (_, index) => `line ${index + 1} for ${String(facts['who'])}`,
    );
    const wire = loggedLines(textOf(streamOf(answered, TYPE.stderr)));
    const nginx = told[REQUESTS.findIndex((request) => request.id === id)];
    const log = loggedLines(nginx?.text ?? '');
    const page = loggedLines(textOf(streamOf(answered, TYPE.stdout)));
    return when(
      isDeepStrictEqual(wire, wanted) && isDeepStrictEqual(log, wanted) && page.length === 0,
      text(
        `${REQUEST_NAMES[id].en}: ${wanted.length} asked for, ${wire.length} in FCGI_STDERR, ${log.length} in nginx’s log`,
        `${REQUEST_NAMES[id].zh}：请求 ${wanted.length} 行，FCGI_STDERR 中 ${wire.length} 行，nginx 日志中 ${log.length} 行`,
      ),
      frames(
        FILE,
        ...answered.filter(({ type }) => type === TYPE.stderr).flatMap(({ frames: each }) => each),
      ),
      callLines(...(nginx === undefined ? [] : [nginx.line])),
    );
  });
}

export function answers(evidence: Evidence): Finding {
  const expected = text(
    'what stands behind the head in FCGI_STDOUT is what curl prints',
    'FCGI_STDOUT 中首部之后的内容就是 curl 打印的内容',
  );
  return onAll(evidence, expected, ({ answered, id, facts }) => {
    const page = textOf(streamOf(answered, TYPE.stdout)).split('\r\n\r\n').slice(1).join('\r\n\r\n');
    const printed = printedBy(evidence, `curl-${id}`);
    const shown = printed.map(({ text: line }) => `${line}\n`).join('');
    return when(
      page === shown && page.includes(String(facts['who'])) && facts['exitCode'] === 0,
      text(
        `${REQUEST_NAMES[id].en}: ${JSON.stringify(page)}, curl: ${JSON.stringify(shown)}`,
        `${REQUEST_NAMES[id].zh}：${JSON.stringify(page)}，curl：${JSON.stringify(shown)}`,
      ),
      frames(
        FILE,
        ...answered.filter(({ type }) => type === TYPE.stdout).flatMap(({ frames: each }) => each),
      ),
      callLines(...printed.map(({ line }) => line)),
    );
  });
}

export function closes(evidence: Evidence): Finding {
  const expected = text(
    'without KEEP_CONN the connection ends behind its one END_REQUEST; with it both requests travel on one connection, which ends when nginx does, by nginx’s FIN',
    '没有 KEEP_CONN 时，连接在唯一的 END_REQUEST 之后结束；有 KEEP_CONN 时，两个请求走同一条连接，它随 nginx 结束，由 nginx 先发 FIN',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const both = channels(evidence);
  const end = evidence.manifest.phases.find(({ id }) => id === 'end');
  if (both.length < WAYS.length || end === undefined) return conclude(expected, [MISSING]);
  return conclude(
    expected,
    both.map(({ way, wire, records: all }): Statement => {
      const fin = wire?.connection.close.fins[0];
      const segment = wire?.connection.segments.find(({ frame }) => frame === fin?.frame);
      if (wire === undefined || fin === undefined || segment === undefined) return MISSING;
      const begins = all.filter(({ type }) => type === TYPE.begin);
      const keeps = begins.map(({ content }) => (content[2] ?? 0) & 1);
      const ends = all.filter(({ type }) => type === TYPE.end);
      const lastFrame = Math.max(...ends.flatMap(({ frames: each }) => each));
      const late = wire.capture.atUs(segment.atNs) >= end.startedAtUs;
      const good =
        way === 'closed'
          ? begins.length === 1 &&
            ends.length === 1 &&
            keeps.join() === '0' &&
            fin.frame >= lastFrame &&
            !late
          : begins.length === 2 && ends.length === 2 && keeps.join() === '1,1' && fin.side === 0 && late;
      const who = fin.side === 0 ? 'nginx' : 'php-fpm';
      return when(
        good,
        text(
          `${NAMES[way].en}: ${begins.length} ${begins.length === 1 ? 'request' : 'requests'} with KEEP_CONN ${keeps.join(', ')}; first FIN: ${who}`,
          `${NAMES[way].zh}：请求 ${begins.length} 个，KEEP_CONN 为 ${keeps.join('、')}；先发 FIN：${who}`,
        ),
        frames(FILE, ...begins.flatMap(({ frames: each }) => each), lastFrame, fin.frame),
      );
    }),
  );
}

export function states(evidence: Evidence): Finding {
  const expected = text(
    'TIME_WAIT at the side whose FIN came first, nothing at the other; between its requests the kept connection is ESTABLISHED at both ends',
    '先发送 FIN 的一端为 TIME_WAIT，另一端没有套接字；保持的连接在两次请求之间两端均为 ESTABLISHED',
  );
  const both = channels(evidence);
  if (both.length < WAYS.length) return conclude(expected, [MISSING]);
  return statesAt(
    evidence,
    expected,
    both.flatMap((channel) => {
      const { clientPort, serverPort, way } = channel;
      const ends = (label: keyof typeof MOMENTS, here: string, there: string): StateWanted[] => {
        const at = { clientPort, serverPort, host: HOST, label, moment: MOMENTS[label] };
        return [
          { ...at, side: 0, state: here },
          { ...at, side: 1, state: there },
        ];
      };
      const over = overOf(channel);
      return way === 'closed'
        ? ends('closed answered', ...over)
        : [...ends('kept-1 answered', 'ESTABLISHED', 'ESTABLISHED'), ...ends('nginx has ended', ...over)];
    }),
  );
}

const MOMENTS = {
  'closed answered': text('closed connection, after its request', '关闭的连接，请求之后'),
  'kept-1 answered': text('kept connection, between its requests', '保持的连接，两次请求之间'),
  'nginx has ended': text('kept connection, nginx has ended', '保持的连接，nginx 结束之后'),
} as const;

/** By whose FIN came first; FINs that cross leave TIME_WAIT at both ends (RFC 9293, section 3.6). */
function overOf({ wire }: Channel): [here: string, there: string] {
  const waits = wire?.connection.inTimeWait ?? [];
  return [waits.includes(0) ? 'TIME_WAIT' : 'none', waits.includes(1) ? 'TIME_WAIT' : 'none'];
}

function onAll(
  evidence: Evidence,
  expected: Finding['expected'],
  rule: (exchange: Exchange, channel: Channel) => Statement,
): Finding {
  const pairs = channels(evidence).flatMap((channel) =>
    channel.requests.map((exchange) => ({ exchange, channel })),
  );
  return concludeEach(evidence, expected, pairs, REQUESTS.length, ({ exchange, channel }) =>
    rule(exchange, channel),
  );
}
