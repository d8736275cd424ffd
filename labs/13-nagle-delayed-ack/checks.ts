import {
  callLines,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  labelled,
  same,
  type Statement,
  text,
  type Text,
  unknown,
  when,
  wholeCaptures,
} from '../../src/check/index.ts';
import { NAMES } from './names.ts';
import { ANSWER_BYTES, type Case, CASES, hasNagle } from './scenario.ts';
import { caseViews, type CaseView, DELAYED_MS, delayed, median, secondWaitMs } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeCaptures(
    evidence,
    caseViews(evidence).map(({ clientPort, serverPort }) => ({
      ...{ clientPort, serverPort, hosts: ['client', 'server'] },
    })),
  );
}

export function answered(evidence: Evidence): Finding {
  const rounds = Number(evidence.manifest.parameters['rounds']);
  const expected = text(
    `${rounds} rounds in each case, in the capture and by both programs`,
    `各种情形均为 ${rounds} 轮，抓包与两端程序一致`,
  );
  return on(evidence, expected, CASES, (view) => {
    const { id, partBytes, readBytes, client, rounds: seen } = view;
    const [there, here] = readBytes;
    const good = seen.length === rounds && there === rounds * 2 * partBytes && here === rounds * ANSWER_BYTES;
    const wire = client.connection.directions[0].bytes;
    const words = text(
      `${NAMES[id].en}: ${seen.length} rounds, ${there} of ${wire} bytes read, ${here} bytes of answers`,
      `${NAMES[id].zh}：${seen.length} 轮，读到 ${there}/${wire} 字节，回答 ${here} 字节`,
    );
    return there === wire
      ? when(good, words, callLines(...view.callLines))
      : unknown(words, callLines(...view.callLines));
  });
}

export function held(evidence: Evidence): Finding {
  const expected = text(
    'with Nagle the second part never leaves before an ACK of the first; without it, and with delayed ACKs, both leave before any ACK in most rounds',
    '开启 Nagle 时第二部分从不在第一部分被确认之前发出；关闭 Nagle 而推迟确认时，多数轮中两部分都在任何确认之前发出',
  );
  return on(evidence, expected, ['both', 'nagle-only', 'delay-only'], (view) => {
    const { id, rounds } = view;
    const apart = rounds.filter(({ first, second }) => first !== second);
    const waited = apart.filter(({ ack }) => ack !== undefined);
    const good = hasNagle(id)
      ? waited.length === apart.length && apart.length > 0
      : waited.length < rounds.length / 2;
    const seen = text(
      `${NAMES[id].en}: ${waited.length} of ${apart.length} behind an ACK`,
      `${NAMES[id].zh}：${apart.length} 轮中 ${waited.length} 轮在 ACK 之后`,
    );
    const places = (waited.length > 0 ? waited : apart).flatMap(({ first, ack, second }) => [
      first.frame,
      ack?.frame,
      second.frame,
    ]);
    return when(good, seen, frames('client.pcap', ...places));
  });
}

export function both(evidence: Evidence): Finding {
  const expected = text(
    `Nagle and delayed ACK together: in most rounds the ACK comes ${DELAYED_MS + 1} ms or more after the first part, and the second part behind it; by both captures`,
    `Nagle 与延迟确认都开启：多数轮中 ACK 在第一部分之后 ${DELAYED_MS + 1} 毫秒或更久才到，第二部分随后发出；两端抓包一致`,
  );
  return on(evidence, expected, ['both'], (view) => {
    const slow = delayed(view);
    const { rounds, server, programMs } = view;
    const lost = slow.filter(
      ({ ack }) =>
        !server.connection.segments.some(({ side, relAck }) => side === 1 && relAck === ack?.relAck),
    );
    const seen = text(
      `${slow.length} of ${rounds.length} rounds; the second part left ${median(rounds.map(secondWaitMs)).toFixed(1)} ms (median) after the first; a round took the program ${median(programMs).toFixed(1)} ms`,
      `${rounds.length} 轮中 ${slow.length} 轮；第二部分在第一部分之后 ${median(rounds.map(secondWaitMs)).toFixed(1)} 毫秒（中位数）发出；程序每轮用时 ${median(programMs).toFixed(1)} 毫秒`,
    );
    const where = frames(
      'client.pcap',
      ...slow.flatMap(({ first, ack, second }) => [first.frame, ack?.frame, second.frame]),
    );
    if (lost.length > 0) return unknown(seen, where);
    return when(slow.length > rounds.length / 2, seen, where);
  });
}

export function others(evidence: Evidence): Finding {
  const expected = text(
    'with Nagle alone, delayed ACK alone, neither, or one write for each request, no ACK of a first part that the second waits for is delayed in most rounds, and the median round is shorter than with both',
    '只开启 Nagle、只开启延迟确认、都关闭，或每个请求一次写入时，多数轮中第二部分不必等待被推迟的 ACK，一轮的中位数短于两者都开启时',
  );
  // Held against the same programs on the same machine: what a busy one adds, it adds to all.
  const slow = caseViews(evidence).find(({ id }) => id === 'both');
  const limitMs = median((slow?.rounds ?? []).map(({ ms }) => ms));
  return on(evidence, expected, ['nagle-only', 'delay-only', 'neither', 'one-write'], (view) => {
    const middle = median(view.rounds.map(({ ms }) => ms));
    const good = middle < limitMs && delayed(view).length < view.rounds.length / 2;
    const places = view.rounds.slice(0, 3).flatMap(({ first, answer }) => [first.frame, answer.frame]);
    return when(
      good,
      labelled(NAMES[view.id], same(`${middle.toFixed(3)} ms`)),
      frames('client.pcap', ...places),
    );
  });
}

function on(
  evidence: Evidence,
  expected: Text,
  ids: readonly Case[],
  rule: (view: CaseView) => Statement,
): Finding {
  const views = caseViews(evidence).filter(({ id }) => ids.includes(id));
  return concludeEach(evidence, expected, views, ids.length, rule);
}
