import {
  callLines,
  conclude,
  concludeEach,
  type Evidence,
  type Finding,
  frames,
  labelled,
  MISSING,
  type Statement,
  text,
  type Text,
  unknown,
  when,
  wholeAtBothEnds,
  withoutPackets,
} from '../../src/check/index.ts';
import { GREETS, NAMES } from './names.ts';
import { GREETINGS, PROTOCOLS, type Way, WAYS } from './scenario.ts';
import { answersLeft, caseViews, type CaseView, greetingViews, naiveCount } from './views.ts';

export function capturesComplete(evidence: Evidence): Finding {
  return wholeAtBothEnds(evidence, [...caseViews(evidence), ...greetingViews(evidence)]);
}

export function control(evidence: Evidence): Finding {
  const expected = text(
    'as many reads as writes, each one whole packet',
    '读取次数等于写入次数，每次正好一个分组',
  );
  return on(evidence, expected, ['apart'], (view) => {
    const whole = view.reads.filter(({ naive }) => naive === 'packet').length;
    return when(
      whole === view.writes && view.reads.length === view.writes && whole > 0,
      readText(view),
      ...places(view),
    );
  });
}

export function boundaries(evidence: Evidence): Finding {
  const expected = text(
    'the same writes and bytes as in the control; joined: fewer reads than writes; split: a read that ends within a packet',
    '写入与字节同对照；合并：读取少于写入；拆分：有一次读取在分组中间结束',
  );
  return on(evidence, expected, ['joined', 'split'], (view) => {
    const { way, reads, writes, written } = view;
    const read = reads.reduce((sum, { bytes }) => sum + bytes, 0);
    const wire = view.server.connection.directions[0].bytes;
    if (read !== wire) return unknown(readText(view), ...places(view));
    const good = way === 'joined' ? reads.length < writes : reads.some(({ naive }) => naive === 'part');
    return when(good && read === written, readText(view), ...places(view));
  });
}

export function naive(evidence: Evidence): Finding {
  const expected = text(
    'joined and split, a program that takes each read for a packet understands fewer packets than were written',
    '合并与拆分时，把每次读取当作一个分组的程序理解的分组少于写出的',
  );
  return on(evidence, expected, ['joined', 'split'], (view) => {
    const count = naiveCount(view);
    const seen = labelled(nameOf(view), text(`${count} of ${view.writes}`, `${count}/${view.writes}`));
    return when(count < view.writes, seen, ...places(view));
  });
}

export function framed(evidence: Evidence): Finding {
  const expected = text('every packet, however its bytes were delivered', '无论字节如何送达，都找到每个分组');
  return on(evidence, expected, WAYS, (view) => {
    const seen = labelled(
      nameOf(view),
      text(`${view.framed} of ${view.writes}`, `${view.framed}/${view.writes}`),
    );
    const data = view.server.connection.segments.filter(
      ({ side, payloadLength }) => side === 0 && payloadLength > 0,
    );
    return when(
      view.framed === view.writes && view.writes > 0,
      seen,
      frames('server.pcap', ...data.map(({ frame }) => frame)),
    );
  });
}

export function greeting(evidence: Evidence): Finding {
  const expected = text(
    'the same bytes on both connections; a client that takes its first read for the greeting finds the answer when the two came apart, and none when they came joined',
    '两条连接上的字节数相同；把第一次读取当作问候语的客户端，在两者分开到达时能找到应答，一起到达时找不到',
  );
  if (evidence.captures.length === 0) return withoutPackets(expected);
  const views = greetingViews(evidence);
  return conclude(
    expected,
    views.length < GREETINGS.length
      ? [MISSING]
      : views.map((view) => {
          const { way, reads, greetingBytes, answerBytes, client } = view;
          const sizes = reads.map(({ bytes }) => bytes);
          const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
          const seen = text(
            `${GREETS[way].en}: reads of ${sizes.join(', ')} bytes, ${answersLeft(view)} ${answersLeft(view) === 1 ? 'answer' : 'answers'} found`,
            `${GREETS[way].zh}：读取 ${sizes.join('、')} 字节，找到应答 ${answersLeft(view)} 个`,
          );
          const where = callLines(...reads.map(({ line }) => line));
          if (total !== client.connection.directions[1].bytes) return unknown(seen, where);
          const good = answersLeft(view) === (way === 'greeting apart' ? 1 : 0);
          return when(good && total === greetingBytes + answerBytes, seen, where);
        }),
  );
}

const nameOf = ({ protocol, way }: CaseView): Text =>
  text(`${protocol}, ${NAMES[way].en}`, `${protocol}，${NAMES[way].zh}`);

const readText = (view: CaseView): Text => {
  const sizes = view.reads.map(({ bytes }) => bytes);
  return labelled(
    nameOf(view),
    text(
      `${view.writes} writes, reads of ${sizes.join(', ')} bytes`,
      `写入 ${view.writes} 次，读取 ${sizes.join('、')} 字节`,
    ),
  );
};
const places = ({ reads, writeLines }: CaseView): ReturnType<typeof callLines>[] => [
  callLines(...writeLines, ...reads.map(({ line }) => line)),
];

function on(
  evidence: Evidence,
  expected: Text,
  ways: readonly Way[],
  rule: (view: CaseView) => Statement,
): Finding {
  const views = caseViews(evidence).filter(({ way }) => ways.includes(way));
  return concludeEach(evidence, expected, views, ways.length * PROTOCOLS.length, rule);
}
