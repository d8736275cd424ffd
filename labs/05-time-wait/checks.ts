import {
  callLines,
  conclude,
  type Evidence,
  type Finding,
  frames,
  MISSING,
  socketLines,
  type Statement,
  statesAt,
  text,
  unknown,
  when,
  wholeAtBothEnds,
} from '../../src/check/index.ts';
import { ATTEMPTS, ROLES } from './scenario.ts';
import { NAMES } from './names.ts';
import { lasted, promised, type RoleView, roleViews } from './views.ts';

/** Half an eighth of the time that a timer was set for is how late the kernel's coarse timers may fire; far more is wrong. */
const FAR_TOO_LONG_S = 120;

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, roleViews(evidence));
}

export function whoWaits(evidence: Evidence): Finding {
  const expected = text(
    'TIME_WAIT at the side whose FIN came first, no socket at the other; kernel and packets agree',
    '先发送 FIN 的一端为 TIME_WAIT，另一端没有套接字；内核与分组一致',
  );
  const views = roleViews(evidence);
  const states = statesAt(
    evidence,
    expected,
    views.flatMap(({ role, waiter, clientPort, serverPort }) =>
      (['client', 'server'] as const).map((host) => ({
        ...{ clientPort, serverPort, host, label: `${role} closed`, of: NAMES[role], moment: CLOSED },
        side: host === 'client' ? (0 as const) : (1 as const),
        state: host === waiter ? 'TIME_WAIT' : 'none',
      })),
    ),
  );
  if (states.verdict !== 'pass') return states;
  if (views.length < ROLES.length) return conclude(expected, [MISSING]);
  const firsts = views.map(({ role, waiter, wire }): Statement => {
    const first = wire?.connection.close.fins[0];
    if (wire === undefined || first === undefined) return MISSING;
    const side = waiter === 'client' ? 0 : 1;
    return when(
      first.side === side,
      text(
        `${NAMES[role].en}: first FIN from the ${first.side === 0 ? 'client' : 'server'} (frame ${first.frame})`,
        `${NAMES[role].zh}：第一个 FIN 来自${first.side === 0 ? '客户端' : '服务器'}（第 ${first.frame} 帧）`,
      ),
      frames(wire.capture.file, first.frame),
      ...states.where,
    );
  });
  return conclude(expected, firsts);
}

export function timer(evidence: Evidence): Finding {
  const expected = text(
    'the timer of the entry is a time-wait timer and only ever runs down',
    '该表项的定时器为 time-wait 定时器，且只减不增',
  );
  return each(evidence, expected, (view) => {
    const values = view.timer;
    if (values.length < 3 || view.wait === undefined)
      return unknown(text(`${NAMES[view.role].en}: too few looks`, `${NAMES[view.role].zh}：采样太少`));
    const falls = values.every(
      ({ timerMs }, index) => index === 0 || timerMs <= (values[index - 1]?.timerMs ?? 0),
    );
    const [first] = values;
    const last = values.at(-1);
    return when(
      falls && view.wait.timer === 'time-wait',
      text(
        `${NAMES[view.role].en}: ${view.wait.timer}, ${((first?.timerMs ?? 0) / 1000).toFixed(2)} s → ${((last?.timerMs ?? 0) / 1000).toFixed(2)} s in ${values.length} looks`,
        `${NAMES[view.role].zh}：${view.wait.timer}，${values.length} 次采样中从 ${((first?.timerMs ?? 0) / 1000).toFixed(2)} 秒降到 ${((last?.timerMs ?? 0) / 1000).toFixed(2)} 秒`,
      ),
      socketLines(...values.map(({ line }) => line)),
    );
  });
}

export function howLong(evidence: Evidence): Finding {
  const expected = text(
    `not gone before the timer that the first look saw had run out, and gone within ${FAR_TOO_LONG_S} s`,
    `在首次看到的定时器走完之前没有消失，并在 ${FAR_TOO_LONG_S} 秒之内消失`,
  );
  return each(evidence, expected, (view) => {
    const time = lasted(view);
    const promise = promised(view);
    if (time === undefined || promise === undefined || view.wait === undefined)
      return unknown(
        text(`${NAMES[view.role].en}: its end was not seen`, `${NAMES[view.role].zh}：没有看到它的结束`),
      );
    return when(
      time.most >= promise && time.least <= FAR_TOO_LONG_S,
      text(
        `${NAMES[view.role].en}: promised ${promise.toFixed(2)} s, lasted ${time.least.toFixed(2)} to ${time.most.toFixed(2)} s`,
        `${NAMES[view.role].zh}：承诺 ${promise.toFixed(2)} 秒，实际 ${time.least.toFixed(2)} 至 ${time.most.toFixed(2)} 秒`,
      ),
      socketLines(...view.wait.lines),
    );
  });
}

/** What an attempt to bind the port again gave, with what the server's table had at that moment. */
export interface Attempt {
  readonly id: string;
  readonly reuse: boolean;
  readonly said: string;
  readonly bind: string;
  readonly listens: boolean;
  /** TIME_WAIT rows of the port. */
  readonly waiting: number;
  readonly line: number;
  readonly callLines: readonly number[];
}

export function attempts(evidence: Evidence): Attempt[] {
  return ATTEMPTS.flatMap(({ id, reuse }) => {
    const facts = evidence.manifest.phases.find((phase) => phase.id === id)?.facts;
    const snapshot = evidence.sockets.find(
      ({ record }) => record.kind === 'snapshot' && record.host === 'server' && record.label === id,
    );
    if (facts === undefined || snapshot?.record.kind !== 'snapshot') return [];
    const said = evidence.calls.filter(
      ({ record }) => record.kind === 'log' && record.event === 'stdout' && record.process === id,
    );
    const words = said.flatMap(({ record }) =>
      record.kind === 'log' ? [String(record.fields['line'])] : [],
    );
    const rows = snapshot.record.rows.filter(({ localPort }) => localPort === facts['serverPort']);
    return [
      {
        ...{ id, reuse, line: snapshot.line },
        said: words.filter((word) => word !== 'done').join(', '),
        bind: /^bind (\w+)$/m.exec(words.join('\n'))?.[1] ?? '',
        listens: rows.some(({ state }) => state === 'LISTEN'),
        waiting: rows.filter(({ state }) => state === 'TIME_WAIT').length,
        callLines: said.map(({ line }) => line),
      },
    ];
  });
}

export function reuse(evidence: Evidence): Finding {
  const expected = text(
    'with TIME_WAIT on the port bind fails with EADDRINUSE without SO_REUSEADDR and succeeds with it; without TIME_WAIT it succeeds either way',
    '端口上有 TIME_WAIT 时，不设 SO_REUSEADDR 的 bind 得到 EADDRINUSE，设置则成功；没有 TIME_WAIT 时不设也成功',
  );
  const found = attempts(evidence);
  if (found.length === 0) {
    const actual = text('perl is not installed, so nothing was tried', '没有安装 perl，未进行尝试');
    return { verdict: 'skipped', expected, actual, where: [] };
  }
  if (found.length < ATTEMPTS.length) return conclude(expected, [MISSING]);
  return conclude(
    expected,
    found.map((attempt) => {
      const places = [callLines(...attempt.callLines), socketLines(attempt.line)];
      const seen = text(
        `${attempt.reuse ? 'with' : 'without'} SO_REUSEADDR, TIME_WAIT × ${attempt.waiting}: bind ${attempt.bind}, ${attempt.listens ? 'LISTEN' : 'no listener'}`,
        `${attempt.reuse ? '设置' : '不设'} SO_REUSEADDR，TIME_WAIT × ${attempt.waiting}：bind ${attempt.bind}，${attempt.listens ? 'LISTEN' : '没有监听'}`,
      );
      const during = ATTEMPTS.find(({ id }) => id === attempt.id)?.during === true;
      // A minute that was over before we tried proves nothing about it.
      if (during !== attempt.waiting > 0) return unknown(seen, ...places);
      // The program and the kernel must say the same.
      if ((attempt.bind === 'ok') !== attempt.listens) return unknown(seen, ...places);
      const should = during && !attempt.reuse ? 'EADDRINUSE' : 'ok';
      return when(attempt.bind === should, seen, ...places);
    }),
  );
}

function each(
  evidence: Evidence,
  expected: Finding['expected'],
  rule: (view: RoleView) => Statement,
): Finding {
  const views = roleViews(evidence);
  return conclude(expected, views.length < ROLES.length ? [MISSING] : views.map(rule));
}

const CLOSED = text('closed', '关闭之后');
