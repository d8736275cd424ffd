import { conclude, failed, frames, passed, type Statement, withoutPackets } from './conclude.ts';
import type { Evidence } from './evidence.ts';
import { text } from './text.ts';
import type { Finding } from './verdict.ts';
import { type PortPair, wireView } from './wire-view.ts';

/** A connection that must be in the captures of these hosts without a hole. */
export interface Needed extends PortPair {
  readonly hosts: readonly string[];
  /** False for one that is not opened, or not seen to its end. */
  readonly handshake?: boolean;
}

/** The check that every lab begins with: no packet was lost by tcpdump, and the connections it is about are there. */
export function wholeCaptures(evidence: Evidence, needed: readonly Needed[]): Finding {
  const expected = text(
    'no packet lost by tcpdump; every connection of the lab in the captures, without holes',
    'tcpdump 没有丢失分组；实验中的每条连接都在抓包中且没有缺失',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const lost = evidence.captures.filter(({ dropped }) => dropped > 0);
  const losses = lost.map(({ file, dropped }): Statement => ({
    verdict: 'ungradable',
    seen: text(
      `${file}: ${dropped} lost before tcpdump had them`,
      `${file}：tcpdump 取走之前丢失 ${dropped} 个`,
    ),
  }));
  const found = needed.flatMap((pair) =>
    pair.hosts.map((host): Statement => {
      const view = wireView(evidence, host, pair);
      const name = `${pair.clientPort} → ${pair.serverPort}`;
      if (view === undefined) {
        const seen = text(`${name} is not in ${host}’s capture`, `${host} 的抓包中没有 ${name}`);
        return { verdict: 'ungradable', seen };
      }
      const { connection, capture } = view;
      const gaps = connection.directions.flatMap((direction) => direction.gaps);
      if (gaps.length > 0)
        return failed(
          text(
            `${name}: ${gaps.length} holes in ${capture.file}`,
            `${name}：${capture.file} 中有 ${gaps.length} 处缺失`,
          ),
        );
      const { syn, synAck, ack, complete } = connection.handshake;
      if (pair.handshake !== false && !complete)
        return failed(
          text(`${name}: no whole handshake in ${capture.file}`, `${name}：${capture.file} 中没有完整的握手`),
        );
      return passed(text('', ''), frames(capture.file, syn, synAck, ack));
    }),
  );
  const bad = [...losses, ...found.filter(({ verdict }) => verdict !== 'pass')];
  if (bad.length > 0) return conclude(expected, bad);
  const all = text(
    `0 lost; ${needed.length} ${needed.length === 1 ? 'connection' : 'connections'} found`,
    `丢失 0 个；找到 ${needed.length} 条连接`,
  );
  return conclude(expected, [passed(all, ...found.flatMap(({ where }) => where ?? []))]);
}

/** The same where each connection must be whole in both captures, the client's and the server's. */
export function wholeAtBothEnds(evidence: Evidence, pairs: readonly PortPair[]): Finding {
  const hosts = ['client', 'server'];
  return wholeCaptures(
    evidence,
    pairs.map(({ clientPort, serverPort }) => ({ clientPort, serverPort, hosts })),
  );
}
