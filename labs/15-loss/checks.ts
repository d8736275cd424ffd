import {
  callLines,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  socketLines,
  type Statement,
  text,
  type Text,
  unknown,
  when,
  wholeAtBothEnds,
} from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { NAMES } from './names.ts';
import { type Case, CASES } from './scenario.ts';
import { caseViews, type CaseView, distances, doubling, lagMs, sackBlocks } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, caseViews(evidence));
}

export function lostOnTheWay(evidence: Evidence): Finding {
  const expected = text(
    'as many segments in the sender’s capture and not in the receiver’s as the rule counted',
    '在发送方而不在接收方抓包中的报文段个数等于规则的计数',
  );
  return onAll(evidence, expected, ({ id, dropped, lostData, lostAcks }) => {
    const missing = lostData.length + lostAcks.length;
    const seen = text(
      `${NAMES[id].en}: ${missing} of ${dropped}`,
      `${NAMES[id].zh}：${missing}（规则计数 ${dropped}）`,
    );
    const wanted = id === 'none' ? dropped === 0 : dropped > 0;
    const where = [frames('client.pcap', ...numbers(lostData)), frames('server.pcap', ...numbers(lostAcks))];
    if (missing !== dropped) return unknown(seen, ...where);
    return when(wanted, seen, ...where);
  });
}

export function delivered(evidence: Evidence): Finding {
  const expected = text(
    'the server’s program read as many bytes as the client’s wrote, the capture has each of them, and all are acknowledged',
    '服务器程序读到的字节数等于客户端程序写出的，抓包中每个字节都在，且全部得到确认',
  );
  return onAll(evidence, expected, (view) => {
    const { id, bytes, readBytes, readLines, server, client } = view;
    const wire = server.connection.directions[0].bytes;
    const acknowledged = Math.max(
      0,
      ...client.connection.segments
        .filter(({ side, flags }) => side === 1 && (flags & FLAG.rst) === 0)
        .map(({ relAck }) => relAck),
    );
    const good = readBytes === bytes && wire === bytes && acknowledged > bytes;
    const seen = text(
      `${NAMES[id].en}: ${bytes} written, ${wire} on the wire, ${readBytes} read`,
      `${NAMES[id].zh}：写出 ${bytes}，网络上 ${wire}，读到 ${readBytes}`,
    );
    return when(good, seen, callLines(...readLines));
  });
}

export function none(evidence: Evidence): Finding {
  const expected = text('no byte sent twice, no time-out', '没有字节被发送两次，没有超时');
  return onOne(evidence, expected, 'none', ({ again, timeouts, data }) =>
    when(
      again.length === 0 && timeouts === 0,
      text(
        `${data.length} segments, ${again.length} retransmissions, ${timeouts} time-outs`,
        `报文段 ${data.length} 个，重传 ${again.length} 个，超时 ${timeouts} 次`,
      ),
      frames('client.pcap', ...numbers(again.length === 0 ? data : again)),
    ),
  );
}

export function lostAck(evidence: Evidence): Finding {
  const expected = text(
    'an ACK lost and no retransmission: a later ACK has a greater number',
    '丢失一个 ACK 而没有重传：后面的 ACK 有更大的确认号',
  );
  return onOne(evidence, expected, 'lost-ack', ({ lostAcks, again, server, timeouts }) => {
    const [lost] = lostAcks;
    const later = server.connection.segments.find(
      ({ side, frame, relAck }) =>
        side === 1 && frame > (lost?.frame ?? Infinity) && relAck > (lost?.relAck ?? 0),
    );
    const seen = text(
      `${lostAcks.length} lost (ack ${lost?.relAck ?? '–'}), then ack ${later?.relAck ?? '–'}; ${again.length} retransmissions`,
      `丢失 ${lostAcks.length} 个（ack ${lost?.relAck ?? '–'}），随后 ack ${later?.relAck ?? '–'}；重传 ${again.length} 个`,
    );
    const good = lost !== undefined && later !== undefined && again.length === 0 && timeouts === 0;
    return when(good, seen, frames('server.pcap', lost?.frame, later?.frame));
  });
}

export function timeout(evidence: Evidence): Finding {
  const times = Number(evidence.manifest.parameters['timesLost']);
  const expected = text(
    `the line sent ${times + 1} times, each distance about twice the one before, and the kernel counts time-outs up to the last, which is answered at once`,
    `该行发送 ${times + 1} 次，每个间隔约为前一个的两倍，内核逐次计数超时（最后一次立即得到应答）`,
  );
  return onOne(evidence, expected, 'timeout', (view) => {
    const { data, timeouts, timeoutLines, duplicates } = view;
    const between = distances(view);
    const seen = text(
      `${data.length} times, ${between.map((value) => value.toFixed(3)).join(', ')} s apart; ${timeouts} by the kernel`,
      `${data.length} 次，间隔 ${between.map((value) => value.toFixed(3)).join('、')} 秒；内核计数 ${timeouts}`,
    );
    const where = [frames('client.pcap', ...numbers(data)), socketLines(...timeoutLines)];
    // The last time-out is over as soon as its copy is acknowledged: a look may miss it.
    if (timeouts !== data.length - 1 && timeouts !== data.length - 2) return unknown(seen, ...where);
    return when(data.length === times + 1 && doubling(between) && duplicates.length === 0, seen, ...where);
  });
}

export function fast(evidence: Evidence): Finding {
  const expected = text(
    'both lost segments sent again, the first behind at least three duplicate ACKs and sooner than a timer could run out; no time-out by the kernel’s count',
    '两个丢失的报文段都被重传，第一个在至少三个重复 ACK 之后，且早于定时器可能超时的时刻；内核计数没有超时',
  );
  return onOne(evidence, expected, 'fast', (view) => {
    const { id, again, duplicates, lostData, timeouts, timeoutLines } = view;
    const [first] = again;
    const before = duplicates.filter(({ frame }) => frame < (first?.frame ?? 0));
    const numbersLost = lostData.map(({ relSeq }) => relSeq);
    const both = numbersLost.every((number) => again.some(({ relSeq }) => relSeq === number));
    const good =
      first !== undefined &&
      before.length >= 3 &&
      both &&
      numbersLost.length === 2 &&
      timeouts === 0 &&
      lagMs(view) < LEAST_RTO_MS;
    const seen = text(
      `${NAMES[id].en}: ${before.length} duplicate ACKs, then a retransmission ${lagMs(view).toFixed(3)} ms after the segment; ${again.length} in all, ${timeouts} time-outs`,
      `${NAMES[id].zh}：${before.length} 个重复 ACK 之后、首次发送 ${lagMs(view).toFixed(3)} 毫秒后重传；共重传 ${again.length} 个，超时 ${timeouts} 次`,
    );
    return when(
      good,
      seen,
      frames('client.pcap', ...numbers(before), ...numbers(again)),
      socketLines(...timeoutLines),
    );
  });
}

export function sack(evidence: Evidence): Finding {
  const expected = text(
    'with SACK each duplicate ACK names ranges behind the hole and none of the lost bytes; without it none has the option',
    '使用 SACK 时每个重复 ACK 都指出缺口之后的范围，且不含丢失的字节；不使用时都没有该选项',
  );
  return onSome(evidence, expected, ['fast', 'fast-no-sack'], (view) => {
    const { id, duplicates, lostData, client, again } = view;
    const offered = client.connection.segments.find(({ side, flags }) => side === 1 && flags & FLAG.syn);
    const first = again[0]?.frame ?? Infinity;
    const early = duplicates.filter(({ frame }) => frame < first);
    const blocks = early.flatMap((segment) => sackBlocks(view, segment));
    const claimsLost = blocks.some(([left, right]) =>
      lostData.some(({ relSeq }) => relSeq >= left && relSeq < right),
    );
    const all = early.length > 0 && early.every(({ sack: edges }) => edges.length > 0);
    const good =
      id === 'fast'
        ? offered?.sackPermitted === true && all && !claimsLost
        : offered?.sackPermitted === false && blocks.length === 0 && early.length > 0;
    const seen = text(
      `${NAMES[id].en}: ${blocks.length} blocks in ${early.length} duplicate ACKs${claimsLost ? ', lost bytes among them' : ''}`,
      `${NAMES[id].zh}：${early.length} 个重复 ACK 中有 ${blocks.length} 个块${claimsLost ? '，其中含丢失的字节' : ''}`,
    );
    return when(good, seen, frames('client.pcap', offered?.frame, ...numbers(early)));
  });
}

/** What Linux takes as the least retransmission time-out (TCP_RTO_MIN). */
const LEAST_RTO_MS = 200;

const numbers = (segments: readonly Segment[]): number[] => segments.map(({ frame }) => frame);

type Rule = (view: CaseView) => Statement;

function onSome(evidence: Evidence, expected: Text, ids: readonly Case[], rule: Rule): Finding {
  const views = caseViews(evidence).filter(({ id }) => ids.includes(id));
  return concludeEach(evidence, expected, views, ids.length, rule);
}
const onAll = (evidence: Evidence, expected: Text, rule: Rule): Finding =>
  onSome(evidence, expected, CASES, rule);
const onOne = (evidence: Evidence, expected: Text, id: Case, rule: Rule): Finding =>
  onSome(evidence, expected, [id], rule);
